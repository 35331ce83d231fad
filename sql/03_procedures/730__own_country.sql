-- A store serves the country it is in. The row of countries is where both sides meet: whoever moves
-- the store there writes it, whoever would no longer serve it waits for that and then looks.

CREATE OR REPLACE FUNCTION _serve_own_country() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_serve_own_country$
BEGIN
    -- Also where it is served already: somebody may be about to end that.
    UPDATE countries SET is_served = TRUE WHERE country_code = new.country_code;
    RETURN NULL;
END;
$_serve_own_country$;
REVOKE EXECUTE ON FUNCTION _serve_own_country() FROM PUBLIC;
COMMENT ON FUNCTION _serve_own_country() IS
'Trigger: the country the store moves to is served from then on.';

CREATE OR REPLACE FUNCTION _refuse_unserving_own_country() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_unserving_own_country$
BEGIN
    IF EXISTS (SELECT FROM store_settings WHERE country_code = new.country_code) THEN
        RAISE EXCEPTION 'the store is in %, which it therefore serves', new.name
        USING ERRCODE = 'check_violation', TABLE = tg_table_name,
            CONSTRAINT = 'countries_own_is_served',
            DETAIL = jsonb_build_object('country_code', new.country_code),
            HINT = 'Move the store first: set country_code in store_settings.';
    END IF;
    RETURN new;
END;
$_refuse_unserving_own_country$;
REVOKE EXECUTE ON FUNCTION _refuse_unserving_own_country() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_unserving_own_country() IS
'Trigger: raises 23514 (countries_own_is_served) for the country the store itself is in.';
