-- What a function asks of the number of rows it may take or return.

CREATE OR REPLACE FUNCTION require_limit(p_limit INT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $require_limit$
BEGIN
    IF p_limit > 0 THEN
        RETURN;
    END IF;
    PERFORM refuse_argument('p_limit', p_limit::TEXT, 'Give p_limit, 1 or more.');
END;
$require_limit$;
REVOKE EXECUTE ON FUNCTION require_limit(INT) FROM PUBLIC;
COMMENT ON FUNCTION require_limit(INT) IS
'Returns when p_limit is 1 or more. Raises ST003 otherwise. Internal.';
