-- cancel_order: whole orders and single units, by whom and until when. Of Jo's order (42), 103.52
-- paid, one line has left and three pulley blocks, 20.16 each, have not; Gatsby's (44) cordials
-- wait, paid; the scout's order (45) is not paid.
BEGIN;
SELECT plan(23);
SELECT format(
    'GRANT USAGE ON SCHEMA %I TO shop_customer, shop_staff', current_schema()
) \gexec

SET LOCAL ROLE shop_customer;
SELECT set_config('app.customer_id', '9', TRUE);
SELECT throws_ok(
    $$SELECT cancel_order(44, 'not mine')$$, '42501', NULL, 'a shopper cancels no stranger''s order'
);
SELECT throws_ok(
    $$SELECT cancel_order(9999, 'nobody''s')$$, '42501', NULL, 'nor learns that there is none'
);
SELECT throws_ok(
    $$SELECT cancel_order(45, 'two too many', '[{"line_no": 1, "quantity": 1}]')$$, '42501',
    'only staff may cancel single units', 'nor units of their own'
);
SELECT throws_ok(
    $$SELECT cancel_order(45, ' ')$$, 'ST003', NULL, 'nor without saying why'
);
SELECT lives_ok(
    $$SELECT cancel_order(45, 'changed my mind')$$, 'but a whole one that is not paid'
);
SELECT set_config('app.customer_id', '4', TRUE);
SELECT throws_ok(
    $$SELECT cancel_order(44, 'too late')$$, 'ST005', 'order 44 is paid and cannot be cancelled',
    'once it is paid the store has to'
);
RESET ROLE;
SELECT results_eq(
    $$SELECT status, cancelled_at::TIMESTAMPTZ, cancel_reason::TEXT FROM orders
    WHERE order_id = 45$$,
    $$VALUES ('cancelled'::VARCHAR, now(), 'changed my mind')$$, 'the order is cancelled'
);
SELECT throws_ok(
    $$UPDATE orders SET cancel_reason = 'we had none' WHERE order_id = 45$$, '55000', NULL,
    'and the reason stays what it was'
);
SELECT is(reserved, 0, 'and its units are free') FROM inventory WHERE product_id = 9;
SELECT is_empty(
    'SELECT FROM credits WHERE order_id = 45', 'a cancelled order is worth nothing, without credits'
);

SET LOCAL ROLE shop_staff;
SELECT throws_ok(
    $$SELECT cancel_order(42, 'part of it has left')$$, 'ST005', NULL,
    'what has left cannot be cancelled'
);
SELECT cancel_order(42, 'out of blocks', '[{"line_no": 1, "quantity": 1}]', 'key');
SELECT cancel_order(42, 'out of blocks', '[{"line_no": 1.0, "quantity": 1}]', 'key');
SELECT throws_ok(
    $$SELECT cancel_order(42, 'out of blocks', '[{"line_no": 1, "quantity": 2}]', 'key')$$, 'ST004',
    NULL, 'a key stands for one request'
);
RESET ROLE;
SELECT results_eq(
    'SELECT status, amount_due FROM orders INNER JOIN refunds_due USING (order_id)
    WHERE order_id = 42',
    $$VALUES ('paid'::VARCHAR, 20.16)$$,
    'what cancelled units were worth is due back, once however often it is asked'
);
SELECT results_eq(
    $$SELECT credit_no, line_no, kind, quantity, net::NUMERIC, tax::NUMERIC, is_supplied,
        reason::TEXT FROM credits WHERE order_id = 42$$,
    $$VALUES (1, 1, 'cancellation'::VARCHAR, 1, 18.00, 2.16, FALSE, 'out of blocks')$$,
    'it is credited'
);
SELECT cancel_order(42, 'out of blocks', '[{"line_no": 1, "quantity": 2}]');
SELECT results_eq(
    'SELECT status, amount_due FROM orders INNER JOIN refunds_due USING (order_id)
    WHERE order_id = 42',
    $$VALUES ('shipped'::VARCHAR, 60.48)$$,
    'with nothing left to ship, what has left is the order'
);

-- A coupon's use, and all units one by one.
SELECT place_order(5, '[{"product_id": 3, "quantity": 2}]', 'tom', 'gift50');
SELECT is(times_used, 2, 'a use') FROM coupons WHERE coupon_code = 'GIFT50';
SELECT record_payment(order_id, 'visa', 'tom', total) FROM orders WHERE idempotency_key = 'tom';
SELECT cancel_order(order_id, 'one', '[{"line_no": 1, "quantity": 1}]')
FROM orders WHERE idempotency_key = 'tom';
SELECT cancel_order(order_id, 'and the other', '[{"line_no": 1, "quantity": 1}]')
FROM orders WHERE idempotency_key = 'tom';
SELECT results_eq(
    $$SELECT status, amount_due = paid_amount FROM orders INNER JOIN refunds_due USING (order_id)
    WHERE idempotency_key = 'tom'$$,
    $$VALUES ('cancelled'::VARCHAR, TRUE)$$,
    'with nothing left and nothing shipped it is cancelled as a whole, postage due back too'
);
SELECT is(times_used, 1, 'and the use of the coupon goes back')
FROM coupons WHERE coupon_code = 'GIFT50';
-- 36.00 of goods, all taken off by the coupon: units of it are worth nothing.
SELECT results_eq(
    $$SELECT action, details FROM order_audit INNER JOIN orders USING (order_id)
    WHERE idempotency_key = 'tom' AND action LIKE '%cancelled' ORDER BY id$$,
    $$VALUES
    (
        'items_cancelled'::VARCHAR,
        '{"items": [{"line_no": 1, "quantity": 1}], "amount": 0, "credit_no": null}'::JSONB
    ),
    (
        'items_cancelled',
        '{"items": [{"line_no": 1, "quantity": 1}], "amount": 0, "credit_no": null}'
    ),
    ('cancelled', '{}')$$, 'the audit trail tells of each step, and not why'
);

-- On account: units of a released order; what is left of it may be paid with that.
SELECT place_order(6, '[{"product_id": 3, "quantity": 2}]', 'dorothy');
SELECT throws_ok(
    format('SELECT cancel_order(%s, %L, %L)', order_id, 'x', '[{"line_no": 1, "quantity": 1}]'),
    'ST005', NULL, 'an unpaid order is cancelled as a whole'
) FROM orders WHERE idempotency_key = 'dorothy';
SELECT release_order(order_id, 'on account') FROM orders WHERE idempotency_key = 'dorothy';
-- 36.00 + 5.00, 12 %: 45.92. A rope less is 20.16 less: 25.76.
SELECT record_payment(order_id, 'visa', 'dorothy', 25.76) FROM orders
WHERE idempotency_key = 'dorothy';
SELECT cancel_order(order_id, 'one', '[{"line_no": 1, "quantity": 1}]') FROM orders
WHERE idempotency_key = 'dorothy';
SELECT results_eq(
    $$SELECT status, payment_status, balance FROM orders WHERE idempotency_key = 'dorothy'$$,
    $$VALUES ('paid'::VARCHAR, 'paid'::VARCHAR, 0.00)$$, 'units given up may make an order paid'
);
SELECT cancel_order(order_id, 'all') FROM orders WHERE idempotency_key = 'dorothy';
SELECT is(status, 'cancelled', 'a released order may still be cancelled by the store') FROM orders
WHERE idempotency_key = 'dorothy';
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
