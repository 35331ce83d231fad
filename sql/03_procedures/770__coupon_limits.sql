-- Whether a code has a limit is fixed when it is made: uses before a late limit were never
-- counted. A CHECK sees no old row, hence a trigger; the size of a limit may change.

CREATE OR REPLACE FUNCTION _refuse_coupon_limit_switch() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_coupon_limit_switch$
BEGIN
    RAISE EXCEPTION 'coupon % cannot gain or lose its limits', old.coupon_code
    USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = jsonb_build_object('coupon_code', old.coupon_code),
        HINT = 'End this coupon with valid_until and make a new one.';
END;
$_refuse_coupon_limit_switch$;
REVOKE EXECUTE ON FUNCTION _refuse_coupon_limit_switch() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_coupon_limit_switch() IS
'Trigger: raises 55000 when a coupon would begin or cease to be limited.';
