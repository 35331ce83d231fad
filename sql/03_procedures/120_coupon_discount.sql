-- What a coupon takes off a subtotal, or why it does not. Limits are checked on the snapshot an
-- order is priced from; place_order checks the overall one again when it counts the use.

CREATE OR REPLACE FUNCTION coupon_discount(
    p_coupon_code TEXT, p_customer_id INT, p_subtotal NUMERIC
) RETURNS NUMERIC
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $coupon_discount$
DECLARE
    v_coupon coupons;
    v_problem TEXT;
BEGIN
    SELECT * INTO v_coupon FROM coupons WHERE coupon_code = p_coupon_code;
    v_problem := CASE
        WHEN NOT found THEN 'is unknown'
        WHEN now() < v_coupon.valid_from THEN 'is not valid yet'
        WHEN now() >= v_coupon.valid_until THEN 'is no longer valid'
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
        PERFORM refuse_coupon(p_coupon_code, v_problem);
    END IF;
    RETURN CASE v_coupon.kind
        WHEN 'percent' THEN round(p_subtotal * v_coupon.value / 100, 2)
        ELSE least(v_coupon.value, p_subtotal)
    END;
END;
$coupon_discount$;
REVOKE EXECUTE ON FUNCTION coupon_discount(TEXT, INT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION coupon_discount(TEXT, INT, NUMERIC) IS
'Discount the coupon gives on p_subtotal, in the store''s currency: a percentage rounded to the
cent, a fixed amount at most the subtotal. p_coupon_code in upper case. Raises ST006 (unknown, not
valid now, exhausted, below its minimum). Internal.';
