-- What a function asks of a text it is given: there, not blank, not longer than its column.

CREATE OR REPLACE FUNCTION require_text(p_value TEXT, p_argument TEXT, p_length INT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $require_text$
BEGIN
    IF p_value ~ '[^[:space:]]' AND length(p_value) <= p_length THEN
        RETURN;
    END IF;
    RAISE EXCEPTION '% is missing or too long', p_argument
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object(
            'argument', p_argument, 'length', length(p_value), 'at_most', p_length
        ),
        HINT = format('Give %s, 1 to %s characters, not blank.', p_argument, p_length);
END;
$require_text$;
REVOKE EXECUTE ON FUNCTION require_text(TEXT, TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION require_text(TEXT, TEXT, INT) IS
'Returns when p_value, named p_argument in the message, has 1 to p_length characters, not all
blank. Raises ST003 otherwise. Internal.';
