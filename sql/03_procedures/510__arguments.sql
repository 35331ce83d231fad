-- What the functions of the store ask of an argument before they use it. Size comes first: what an
-- argument can cost is bounded before it is looked at. No message repeats a text it was given:
-- errors end in logs, and logs are not erased.

CREATE OR REPLACE FUNCTION _refuse_text(p_argument TEXT, p_octets INT, p_at_most INT)
RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_text$
BEGIN
    RAISE EXCEPTION '% is missing, blank or over % characters', p_argument, p_at_most
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object(
            'argument', p_argument, 'bytes', p_octets, 'at_most', p_at_most
        ),
        HINT = format('Give %s, 1 to %s characters.', p_argument, p_at_most);
END;
$_refuse_text$;
REVOKE EXECUTE ON FUNCTION _refuse_text(TEXT, INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_text(TEXT, INT, INT) IS 'Always raises ST003. Internal.';

CREATE OR REPLACE FUNCTION _clean_argument(p_text TEXT, p_argument TEXT, p_at_most INT)
RETURNS TEXT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_clean_argument$
DECLARE
    v_text TEXT;
BEGIN
    -- Four bytes a character at most, and as many again to be cleaned away.
    IF octet_length(p_text) <= 8 * p_at_most THEN
        v_text := clean_text(p_text);
    END IF;
    IF v_text IS NULL OR length(v_text) > p_at_most THEN
        PERFORM _refuse_text(p_argument, octet_length(p_text), p_at_most);
    END IF;
    RETURN v_text;
END;
$_clean_argument$;
REVOKE EXECUTE ON FUNCTION _clean_argument(TEXT, TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _clean_argument(TEXT, TEXT, INT) IS
'p_text as clean_text() has it, 1 to p_at_most characters. Raises ST003 otherwise. Internal.';

CREATE OR REPLACE FUNCTION _lower_argument(p_text TEXT, p_argument TEXT, p_at_most INT)
RETURNS TEXT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_lower_argument$
BEGIN
    -- Some letters are more in lower case, such as the dotted capital I: counted again.
    RETURN _clean_argument(
        lower(_clean_argument(p_text, p_argument, p_at_most)), p_argument, p_at_most
    );
END;
$_lower_argument$;
REVOKE EXECUTE ON FUNCTION _lower_argument(TEXT, TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _lower_argument(TEXT, TEXT, INT) IS
'As _clean_argument(), in lower case. Raises ST003. Internal.';

CREATE OR REPLACE FUNCTION _require_amount(
    p_amount NUMERIC, p_argument TEXT, p_at_least NUMERIC DEFAULT NULL
) RETURNS NUMERIC
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_amount$
DECLARE
    v_decimals INT := (SELECT currency_decimals FROM store_settings);
    v_at_least NUMERIC := coalesce(p_at_least, CASE v_decimals WHEN 0 THEN 1 ELSE 0.01 END);
BEGIN
    -- NaN and Infinity are above every bound; a long number is never printed.
    IF p_amount BETWEEN v_at_least AND 9999999999.99 AND p_amount = round(p_amount, v_decimals) THEN
        RETURN round(p_amount, v_decimals);
    END IF;
    RAISE EXCEPTION '% is not an amount of money', p_argument
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object(
            'argument', p_argument, 'given', CASE
                WHEN p_amount BETWEEN -1e15 AND 1e15 OR p_amount IN ('NaN', 'Infinity', '-Infinity')
                    THEN left(p_amount::TEXT, 50)
            END
        ),
        HINT = format(
            'Give %s from %s to %s, with at most %s decimals.', p_argument, v_at_least,
            trunc(9999999999.99, v_decimals), v_decimals
        );
END;
$_require_amount$;
REVOKE EXECUTE ON FUNCTION _require_amount(NUMERIC, TEXT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION _require_amount(NUMERIC, TEXT, NUMERIC) IS
'p_amount in the currency, from p_at_least (default: its smallest coin). Raises ST003. Internal.';

CREATE OR REPLACE FUNCTION _refuse_key(p_idempotency_key TEXT, p_details JSONB) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_key$
BEGIN
    RAISE EXCEPTION 'the idempotency key was used for another request'
    USING ERRCODE = 'ST004',
        DETAIL = jsonb_build_object('idempotency_key', p_idempotency_key) || p_details,
        HINT = 'Use a new key for a new request.';
END;
$_refuse_key$;
REVOKE EXECUTE ON FUNCTION _refuse_key(TEXT, JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_key(TEXT, JSONB) IS 'Always raises ST004. Internal.';
