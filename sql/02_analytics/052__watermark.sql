-- How far a follower of the audit trail has looked, for whoever may believe it: transaction numbers
-- of another cluster, as after a restore, mean nothing. Here, since the first picture of daily
-- sales is drawn before procedures are there.

CREATE OR REPLACE FUNCTION _watermark(p_name TEXT) RETURNS WATERMARKS
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_watermark$
DECLARE
    v_watermark watermarks;
    v_system_identifier BIGINT := (SELECT system_identifier FROM pg_control_system());
BEGIN
    SELECT * INTO v_watermark FROM watermarks WHERE name = p_name;
    IF v_watermark.system_identifier IS DISTINCT FROM v_system_identifier THEN
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
another''s, and with this one''s system_identifier. Internal.';
