-- Why somebody did what they did, in their own words, as the store keeps it.

CREATE OR REPLACE FUNCTION _clean_reason(p_reason TEXT) RETURNS TEXT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_clean_reason$
DECLARE
    v_reason TEXT;
BEGIN
    IF octet_length(p_reason) <= 8000 THEN
        v_reason := clean_lines(p_reason);
    END IF;
    IF v_reason IS NULL OR length(v_reason) > 1000 THEN
        PERFORM _refuse_text('p_reason', octet_length(p_reason), 1000);
    END IF;
    RETURN v_reason;
END;
$_clean_reason$;
REVOKE EXECUTE ON FUNCTION _clean_reason(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _clean_reason(TEXT) IS
'p_reason as the domain reason has it. Raises ST003 (missing, blank, too long). Internal.';
