-- What the functions of the store ask of an argument before they use it. Size comes first: what an
-- argument can cost is bounded before it is looked at. No message repeats a text it was given:
-- errors end in logs, and logs are not erased.

CREATE OR REPLACE FUNCTION _clean_argument(
    p_text TEXT, p_argument TEXT, p_at_most INT, p_form TEXT DEFAULT 'line',
    p_is_optional BOOLEAN DEFAULT FALSE
) RETURNS TEXT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_clean_argument$
DECLARE
    v_text TEXT;
BEGIN
    -- Four bytes a character at most, and as many again to be cleaned away.
    IF octet_length(p_text) > 8 * p_at_most IS NOT TRUE THEN
        v_text := CASE p_form
            WHEN 'line' THEN clean_text(p_text)
            -- What folds may decompose; and letters are the database's, whatever collation the text
            -- came with.
            WHEN 'lower' THEN clean_text(lower(clean_text(p_text) COLLATE "default"))
            WHEN 'lines' THEN clean_lines(p_text)
        END;
        IF coalesce(length(v_text) <= p_at_most, p_is_optional) THEN
            RETURN v_text;
        END IF;
    END IF;
    RAISE EXCEPTION '% is missing, blank or over % characters', p_argument, p_at_most
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object(
            'argument', p_argument, 'bytes', octet_length(p_text), 'at_most', p_at_most
        ),
        HINT = format('Give %s, 1 to %s characters.', p_argument, p_at_most);
END;
$_clean_argument$;
REVOKE EXECUTE ON FUNCTION _clean_argument(TEXT, TEXT, INT, TEXT, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION _clean_argument(TEXT, TEXT, INT, TEXT, BOOLEAN) IS
'p_text cleaned, 1 to p_at_most characters; NULL = an optional one, blank. Raises ST003. Internal.';

CREATE OR REPLACE FUNCTION _clean_coupon(p_coupon_code TEXT) RETURNS TEXT
LANGUAGE sql
RETURN CASE
    WHEN octet_length(p_coupon_code) > 400
        THEN _clean_argument(p_coupon_code, 'p_coupon_code', 50)  -- refused
    -- What letters become in upper case need not be in NFC, as of the Greek iota with two accents.
    ELSE clean_code(upper(clean_code(p_coupon_code)))
END;
REVOKE EXECUTE ON FUNCTION _clean_coupon(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _clean_coupon(TEXT) IS
'The code as coupons keep it; a blank one is none. Raises ST003 (far too long). Internal.';

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

-- An amount without its currency is no amount: who places or prices holds it as it is. No advisory
-- lock: anybody could take that, and so keep the store from selling.
CREATE OR REPLACE FUNCTION _hold_currency() RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_hold_currency$
BEGIN
    LOCK TABLE store_settings IN ROW SHARE MODE;
    -- A snapshot older than the lock may show another currency: this then fails with 40001.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        PERFORM FROM store_settings FOR SHARE;
    END IF;
END;
$_hold_currency$;
REVOKE EXECUTE ON FUNCTION _hold_currency() FROM PUBLIC;
COMMENT ON FUNCTION _hold_currency() IS
'Keeps the currency until the transaction ends. Raises 40001 (an old snapshot). Internal.';

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
