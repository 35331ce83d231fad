-- A zone nobody knows would break every report. No CHECK may read pg_timezone_names, and reading
-- it takes a tenth of a second: so a trigger, only when the zone changes.

CREATE OR REPLACE FUNCTION _refuse_unknown_time_zone() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_unknown_time_zone$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = new.time_zone) THEN
        RAISE EXCEPTION 'time zone "%" is not known', new.time_zone
        USING ERRCODE = 'invalid_parameter_value',
            DETAIL = jsonb_build_object('time_zone', new.time_zone),
            HINT = 'Choose a name from pg_timezone_names, such as Europe/London.';
    END IF;
    RETURN new;
END;
$_refuse_unknown_time_zone$;
REVOKE EXECUTE ON FUNCTION _refuse_unknown_time_zone() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_unknown_time_zone() IS
'Trigger: raises 22023 for a zone that pg_timezone_names does not list.';
