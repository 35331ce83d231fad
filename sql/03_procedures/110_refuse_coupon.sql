-- One refusal for whatever keeps a coupon from being used, when an order is priced and when the use
-- is counted.

CREATE OR REPLACE FUNCTION refuse_coupon(p_coupon_code TEXT, p_problem TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_coupon$
BEGIN
    RAISE EXCEPTION 'coupon % %', p_coupon_code, p_problem
    USING ERRCODE = 'ST006',
        DETAIL = jsonb_build_object('coupon_code', p_coupon_code, 'problem', p_problem),
        HINT = 'Order without the coupon, or with another one.';
END;
$refuse_coupon$;
REVOKE EXECUTE ON FUNCTION refuse_coupon(TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION refuse_coupon(TEXT, TEXT) IS
'Always raises ST006, naming the coupon and what is wrong with it. Internal.';
