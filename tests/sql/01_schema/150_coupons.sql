-- coupons: limits that hold, and that were counted from the first use on.
BEGIN;
SELECT plan(9);
INSERT INTO coupons (coupon_code, kind, value, usage_limit, per_customer_limit, times_used) VALUES
('FREE', 'percent', 10, NULL, NULL, 0),
('THREE', 'fixed', 5, 3, NULL, 2),
('ONCE', 'fixed', 5, NULL, 1, 7);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('lower', 'fixed', 1)$$, '23514', NULL,
    'a code is stored in upper case'
);
SELECT throws_ok(
    $$INSERT INTO coupons (coupon_code, kind, value) VALUES ('GIFT', 'percent', 100.01)$$, '23514',
    NULL, 'nobody is paid to shop'
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
    VALUES ('NEVER', 'fixed', 1, now(), now())$$,
    '23514', NULL, 'a code ends after it starts'
);
SELECT * FROM finish();
ROLLBACK;
