-- coupons: limits that hold, and that were counted from the first use on.
BEGIN;
SELECT plan(16);
INSERT INTO coupons (coupon_code, kind, value, usage_limit, per_customer_limit, times_used) VALUES
('FREE', 'percent', 7.5, NULL, NULL, 0),
('THREE', 'fixed', 5, 3, NULL, 2),
('ONCE', 'fixed', 5, NULL, 1, 7);
SELECT results_eq(
    $$SELECT value::TEXT, minimum_subtotal::TEXT FROM coupons
    WHERE coupon_code IN ('FREE', 'THREE') ORDER BY coupon_code$$,
    $$VALUES ('7.5', '0.00'), ('5.00', '0.00')$$, 'an amount is stored to the cent'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('lower', 'fixed', 1)$$, '23514', NULL,
    'a code is stored in upper case'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('GIFT', 'percent', 100.01)$$, '23514',
    NULL, 'nobody is paid to shop'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('THIRD', 'percent', 33.335)$$, '23514',
    NULL, 'a percentage of three decimals is not rounded'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('MILL', 'fixed', 0.005)$$, '23514',
    NULL, 'nor is half a cent'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('NONE', 'fixed', 0)$$, '23514', NULL,
    'nothing off is no coupon'
);
SELECT throws_ok(
    $$UPDATE coupons SET usage_limit = 5 WHERE coupon_code = 'FREE'$$, '55000', NULL,
    'a code without a limit stays without: its uses were not counted'
);
SELECT throws_ok(
    $$UPDATE coupons SET usage_limit = NULL WHERE coupon_code = 'THREE'$$, '55000', NULL,
    'a limited one stays limited'
);
SELECT lives_ok(
    $$UPDATE coupons SET usage_limit = 2 WHERE coupon_code = 'THREE'$$, 'its size may change'
);
SELECT throws_ok(
    $$UPDATE coupons SET usage_limit = 1 WHERE coupon_code = 'THREE'$$, '23514', NULL,
    'but never below what was used'
);
SELECT throws_ok(
    $$UPDATE coupons SET times_used = 3 WHERE coupon_code = 'THREE'$$, '23514', NULL,
    'nor may what was used exceed it'
);
SELECT lives_ok(
    $$UPDATE coupons SET usage_limit = 7 WHERE coupon_code = 'ONCE'$$,
    'a second limit is fine where uses were counted'
);
SELECT throws_ok(
    $$UPDATE coupons SET times_used = 1 WHERE coupon_code = 'FREE'$$, '23514', NULL,
    'uses are counted only where there is a limit'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value, valid_from, valid_until)
    VALUES ('NEVER', 'fixed', 1, '2025-12-31', '2025-12-30')$$,
    '23514', NULL, 'no coupon ends before its first day'
);
SELECT lives_ok(
    $$INSERT INTO coupons (coupon_code, kind, value, valid_from, valid_until)
    VALUES ('EVE', 'fixed', 1, '2025-12-31', '2025-12-31')$$,
    'though it may be its last too'
);
SELECT throws_ok(
    $$UPDATE coupons SET valid_until = 'infinity' WHERE coupon_code = 'EVE'$$, '23514', NULL,
    'no end is NULL'
);
SELECT * FROM finish();
ROLLBACK;
