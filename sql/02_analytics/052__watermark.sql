-- How far a follower of the audit trail has looked, for whoever may believe it: transaction numbers
-- of another cluster, as after a restore, mean nothing, nor days cut by rules of a zone that have
-- changed since. Here: the first picture of daily sales is drawn before procedures are there.

CREATE OR REPLACE FUNCTION _watermark(p_name TEXT) RETURNS WATERMARKS
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_watermark$
DECLARE
    v_watermark watermarks;
    v_system_identifier BIGINT := (SELECT system_identifier FROM pg_control_system());
BEGIN
    SELECT * INTO v_watermark FROM watermarks WHERE name = p_name;
    IF v_watermark.system_identifier IS DISTINCT FROM v_system_identifier
        OR v_watermark.refreshed_at AT TIME ZONE v_watermark.time_zone
        <> v_watermark.refreshed_at AT TIME ZONE 'UTC' + v_watermark.utc_offset
    THEN
        v_watermark.snapshot := NULL;
        v_watermark.looking_at := NULL;
        v_watermark.system_identifier := v_system_identifier;
    END IF;
    RETURN v_watermark;
END;
$_watermark$;
REVOKE EXECUTE ON FUNCTION _watermark(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _watermark(TEXT) IS
'The watermark of that name as this cluster has to take it: without a snapshot where that is
another''s or the clock''s rules were others, and with this one''s system_identifier. Internal.';
