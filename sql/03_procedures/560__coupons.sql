-- What a coupon takes off a subtotal, or why it does not, and how a part is rounded. Limits are
-- checked on the snapshot an order is priced from, the overall one again when the use is counted.

CREATE OR REPLACE FUNCTION _refuse_coupon(p_coupon_code TEXT, p_problem TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_coupon$
BEGIN
    RAISE EXCEPTION 'coupon % %', p_coupon_code, p_problem
    USING ERRCODE = 'ST006',
        DETAIL = jsonb_build_object('coupon_code', p_coupon_code, 'problem', p_problem),
        HINT = 'Order without the coupon, or with another one.';
END;
$_refuse_coupon$;
REVOKE EXECUTE ON FUNCTION _refuse_coupon(TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_coupon(TEXT, TEXT) IS 'Always raises ST006. Internal.';

CREATE OR REPLACE FUNCTION _clean_coupon(p_coupon_code TEXT) RETURNS TEXT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_clean_coupon$
BEGIN
    IF octet_length(p_coupon_code) > 400 THEN
        PERFORM _refuse_text('p_coupon_code', octet_length(p_coupon_code), 50);
    END IF;
    -- What letters become in upper case need not be in NFC, as of the Greek iota with two accents.
    RETURN clean_text(upper(clean_text(p_coupon_code)));
END;
$_clean_coupon$;
REVOKE EXECUTE ON FUNCTION _clean_coupon(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _clean_coupon(TEXT) IS
'The code as coupons keep it; a blank one is none. Raises ST003 (far too long). Internal.';

CREATE OR REPLACE FUNCTION _coupon_discount(
    p_coupon_code TEXT, p_customer_id INT, p_subtotal NUMERIC, p_decimals INT, p_day DATE,
    OUT discount NUMERIC, OUT is_counted BOOLEAN
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_coupon_discount$
DECLARE
    v_coupon coupons;
    v_problem TEXT;
BEGIN
    SELECT * INTO v_coupon FROM coupons WHERE coupon_code = p_coupon_code;
    v_problem := CASE
        WHEN NOT found THEN 'is unknown'
        WHEN p_day < v_coupon.valid_from THEN 'is not valid yet'
        WHEN p_day > v_coupon.valid_until THEN 'is no longer valid'
        WHEN p_subtotal < v_coupon.minimum_subtotal
            THEN format('needs a subtotal of %s', v_coupon.minimum_subtotal)
        WHEN v_coupon.times_used >= v_coupon.usage_limit THEN 'is exhausted'
        WHEN v_coupon.per_customer_limit <= (
            SELECT count(*) FROM orders
            WHERE
                coupon_code = p_coupon_code
                AND customer_id = p_customer_id
                AND status <> 'cancelled'
        ) THEN 'is exhausted for this customer'
    END;
    IF v_problem IS NOT NULL THEN
        PERFORM _refuse_coupon(p_coupon_code, v_problem);
    END IF;
    is_counted := num_nonnulls(v_coupon.usage_limit, v_coupon.per_customer_limit) > 0;
    discount := CASE v_coupon.kind
        WHEN 'percent' THEN round(p_subtotal * v_coupon.value * 0.01, p_decimals)
        ELSE least(v_coupon.value, p_subtotal)
    END;
END;
$_coupon_discount$;
REVOKE EXECUTE ON FUNCTION _coupon_discount(TEXT, INT, NUMERIC, INT, DATE) FROM PUBLIC;
COMMENT ON FUNCTION _coupon_discount(TEXT, INT, NUMERIC, INT, DATE) IS
'What it takes off p_subtotal on the store''s day, and whether its uses are counted, as a limited
one''s are. Raises ST006 (unknown, not valid, exhausted, below its minimum). Internal.';

CREATE OR REPLACE FUNCTION _round_quotient(
    p_dividend NUMERIC, p_divisor NUMERIC, p_decimals INT
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- NUMERIC's own division rounds first, which at a tie is one cent off from about a billion up.
RETURN CASE p_decimals
    WHEN 0 THEN div(2 * p_dividend + p_divisor, 2 * p_divisor)
    ELSE div(200 * p_dividend + p_divisor, 2 * p_divisor) * 0.01
END;
REVOKE EXECUTE ON FUNCTION _round_quotient(NUMERIC, NUMERIC, INT) FROM PUBLIC;
COMMENT ON FUNCTION _round_quotient(NUMERIC, NUMERIC, INT) IS
'The true quotient, not negative, half up to p_decimals (0 or 2). Raises 22012. Internal.';
