-- What a function asks of an amount of money it is given. NUMERIC(12, 2) as a parameter type would
-- not do: types of parameters lose their precision, and a third decimal must be refused, not
-- rounded.

CREATE OR REPLACE FUNCTION require_amount(
    p_amount NUMERIC, p_argument TEXT, p_at_least NUMERIC DEFAULT 0.01
) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $require_amount$
BEGIN
    -- NaN and Infinity are above every bound.
    IF p_amount BETWEEN p_at_least AND 9999999999.99 AND p_amount = round(p_amount, 2) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION '% is not an amount of money', p_argument
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object('argument', p_argument, 'given', p_amount::TEXT),
        HINT = format(
            'Give %s from %s to 9999999999.99, with at most two decimals.', p_argument, p_at_least
        );
END;
$require_amount$;
REVOKE EXECUTE ON FUNCTION require_amount(NUMERIC, TEXT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION require_amount(NUMERIC, TEXT, NUMERIC) IS
'Returns when p_amount, named p_argument in the message, is a whole number of cents from
p_at_least on. Raises ST003 otherwise (NULL, NaN, infinite, more decimals, out of range).
Internal.';
