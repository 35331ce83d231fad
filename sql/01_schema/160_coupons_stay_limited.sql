-- Whether a code has a limit is fixed when it is made: uses before a late limit were never
-- counted. A CHECK sees no old row, hence a trigger; the size of a limit may change.

CREATE FUNCTION refuse_coupon_limit_switch() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_coupon_limit_switch$
BEGIN
    RAISE EXCEPTION 'coupon % cannot gain or lose its limits', old.coupon_code
    USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = jsonb_build_object('coupon_code', old.coupon_code),
        HINT = 'End this coupon with valid_until and make a new one.';
END;
$refuse_coupon_limit_switch$;
REVOKE EXECUTE ON FUNCTION refuse_coupon_limit_switch() FROM PUBLIC;
COMMENT ON FUNCTION refuse_coupon_limit_switch() IS
'Trigger: raises 55000 when a coupon would begin or cease to be limited.';

CREATE TRIGGER coupons_stay_limited
BEFORE UPDATE OF usage_limit, per_customer_limit ON coupons
FOR EACH ROW WHEN (
    (num_nonnulls(old.usage_limit, old.per_customer_limit) = 0)
    <> (num_nonnulls(new.usage_limit, new.per_customer_limit) = 0)
)
EXECUTE FUNCTION refuse_coupon_limit_switch();
