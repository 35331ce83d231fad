-- cancel_order: whole orders and single units, by whom and until when. Of Jo's order (42), 103.52
-- paid, one line has left and three pulley blocks, 60.48, have not; Gatsby's (44) cordials wait,
-- paid; the scout's order (45) is not paid.
BEGIN;
SELECT plan(18);
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
    'SELECT status, cancelled_at FROM orders WHERE order_id = 45',
    $$VALUES ('cancelled'::VARCHAR, now())$$, 'the order is cancelled'
);
SELECT is(reserved, 0, 'and its units are free') FROM inventory WHERE product_id = 9;

SET LOCAL ROLE shop_staff;
SELECT throws_ok(
    $$SELECT cancel_order(42, 'part of it has left')$$, 'ST005', 'order 42 has left in part',
    'what has left cannot be cancelled'
);
SELECT cancel_order(42, 'out of blocks', '[{"line_no": 1, "quantity": 1}]');
RESET ROLE;
SELECT results_eq(
    'SELECT status, amount_due FROM orders INNER JOIN refunds_due USING (order_id)
    WHERE order_id = 42',
    $$VALUES ('paid'::VARCHAR, 20.16)$$,
    'what cancelled units cost is due back; the order keeps its price'
);
SELECT cancel_order(42, 'out of blocks', '[{"line_no": 1, "quantity": 2}]');
SELECT results_eq(
    'SELECT status, amount_due FROM orders INNER JOIN refunds_due USING (order_id)
    WHERE order_id = 42',
    $$VALUES ('shipped'::VARCHAR, 60.48)$$,
    'with nothing left to ship, what has left is the order'
);

-- One of Anne's, half of which has left, and all of whose money has gone back.
SELECT place_order(3, '[{"product_id": 3, "quantity": 2}]', 'anne');
SELECT record_payment(order_id, 'visa', 'anne', total) FROM orders WHERE idempotency_key = 'anne';
SELECT ship_order(order_id, 'Post', NULL, '[{"line_no": 1, "quantity": 1}]')
FROM orders WHERE idempotency_key = 'anne';
SELECT refund_order(order_id, 'visa', 'anne back', total)
FROM orders WHERE idempotency_key = 'anne';
SELECT cancel_order(order_id, 'lost interest', '[{"line_no": 1, "quantity": 1}]')
FROM orders WHERE idempotency_key = 'anne';
SELECT is(status, 'refunded', 'cancelling the rest may complete a refunded order') FROM orders
WHERE idempotency_key = 'anne';

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
SELECT results_eq(
    $$SELECT action, details ->> 'reason' FROM order_audit INNER JOIN orders USING (order_id)
    WHERE idempotency_key = 'tom' AND details ? 'reason' ORDER BY id$$,
    $$VALUES
    ('items_cancelled'::VARCHAR, 'one'), ('items_cancelled', 'and the other'),
    ('cancelled', 'and the other')$$, 'the audit trail tells of each step, and why'
);
SELECT is_empty(
    $$SELECT FROM order_audit INNER JOIN orders USING (order_id)
    WHERE idempotency_key = 'tom' AND action = 'items_cancelled'
    AND details -> 'items' IS DISTINCT FROM '[{"line_no": 1, "quantity": 1}]'::JSONB$$,
    'and which units'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
