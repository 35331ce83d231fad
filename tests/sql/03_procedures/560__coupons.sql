-- A coupon holds from its first day to its last and from its minimum on, and takes off at most what
-- there is; a share of it is rounded half up, from the true quotient, however large the amount.
BEGIN;
SELECT plan(14);

SELECT
    is(
        _round_quotient(dividend, divisor, decimals), quotient,
        format('%s by %s is %s', dividend, divisor, quotient)
    )
FROM (
    VALUES
    -- A third, two thirds, and half a cent.
    (1.00, 3, 2, 0.33), (2.00, 3, 2, 0.67), (0.01, 2, 2, 0.01), (0.03, 2, 2, 0.02),
    -- Half a cent less a 2,000,000,000,000th of one, which NUMERIC's own division takes for a half.
    (999999999817000000.0049, 9999999999.67, 2, 99999999.98),
    -- Yen: half of one, and less.
    (1, 2, 0, 1), (1, 3, 0, 0)
) AS share (dividend, divisor, decimals, quotient);

INSERT INTO coupons (coupon_code, kind, value, minimum_subtotal, valid_from, valid_until)
VALUES ('MARCH', 'fixed', 5, 4, '2025-03-01', '2025-03-31');
SELECT
    is(
        (_coupon_discount('MARCH', 5, subtotal, 2, day)).discount, discount,
        format('%s off %s on %s', discount, subtotal, day)
    )
FROM (
    VALUES (4.00, DATE '2025-03-01', 4.00), (4.00, '2025-03-31', 4.00), (5.01, '2025-03-02', 5.00)
) AS asked (subtotal, day, discount);
SELECT
    throws_ok(
        format($$SELECT _coupon_discount('MARCH', 5, %s, 2, '%s')$$, subtotal, day), 'ST006', NULL,
        format('nothing off %s on %s', subtotal, day)
    )
FROM (
    VALUES (4.00, '2025-02-28'), (4.00, '2025-04-01'), (3.99, '2025-03-02')
) AS asked (subtotal, day);

INSERT INTO coupons (coupon_code, kind, value, per_customer_limit)
VALUES ('ONCE', 'percent', 10, 1);
SELECT place_order(5, '[{"product_id": 3, "quantity": 1}]', 'a rope', 'once');
SELECT cancel_order(order_id, 'no longer wanted') FROM orders WHERE idempotency_key = 'a rope';
SELECT is(
    (_coupon_discount('ONCE', 5, 18, 2, current_date)).discount, 1.80,
    'a use is given back by the order that is cancelled'
);

SELECT * FROM finish();
ROLLBACK;
