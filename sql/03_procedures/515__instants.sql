-- When something is said to have happened: an instant a caller gives, or now.

CREATE OR REPLACE FUNCTION _past_instant(
    p_given TIMESTAMPTZ, p_argument TEXT,
    p_not_before TIMESTAMPTZ DEFAULT '1000-01-01 00:00:00+00'  -- the first there is
) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_past_instant$
BEGIN
    IF p_given IS NULL THEN
        RETURN greatest(now(), p_not_before);
    END IF;
    IF p_given NOT BETWEEN p_not_before AND clock_timestamp() THEN
        PERFORM _refuse_argument(
            p_argument, p_given::TEXT,
            format('Give an instant from %s to now, or NULL for now.', p_not_before)
        );
    END IF;
    RETURN p_given;
END;
$_past_instant$;
REVOKE EXECUTE ON FUNCTION _past_instant(TIMESTAMPTZ, TEXT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _past_instant(TIMESTAMPTZ, TEXT, TIMESTAMPTZ) IS
'p_given, or where it is NULL the later of now() and p_not_before: a session that waited for a lock
has an older now(). Raises ST003 (in the future, before p_not_before). Internal.';
