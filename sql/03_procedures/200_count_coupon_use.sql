-- Counts one more use of a coupon that has a limit, and only then locks it.

CREATE OR REPLACE FUNCTION count_coupon_use(p_coupon_code TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $count_coupon_use$
BEGIN
    UPDATE coupons SET times_used = times_used + 1
    WHERE
        coupon_code = p_coupon_code
        AND num_nonnulls(usage_limit, per_customer_limit) > 0
        AND (usage_limit IS NULL OR times_used < usage_limit);
    -- Others may have taken the last use since the order was priced.
    IF NOT found AND EXISTS (
        SELECT FROM coupons
        WHERE coupon_code = p_coupon_code AND num_nonnulls(usage_limit, per_customer_limit) > 0
    ) THEN
        PERFORM refuse_coupon(p_coupon_code, 'is exhausted');
    END IF;
END;
$count_coupon_use$;
REVOKE EXECUTE ON FUNCTION count_coupon_use(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION count_coupon_use(TEXT) IS
'Adds one to coupons.times_used where the coupon is limited. Raises ST006 (exhausted meanwhile).
Internal.';
