-- refund_order and record_chargeback: how much may go back, and when an order is refunded.
-- Gatsby's order 44 (24.32) is paid, Jo's 40 (134.40) on its way, Anne's 41 (56.75) too.
BEGIN;
SELECT plan(10);

SELECT throws_ok(
    $$SELECT refund_order(44, 'visa', 'r1', 0.01)$$, 'ST008', NULL,
    'before anything has left or is cancelled nothing is due'
);
SELECT record_payment(44, 'visa', 'too much', 5.00);
SELECT lives_ok(
    $$SELECT refund_order(44, 'visa', 'r1', 5.00)$$, 'but what was paid too much is'
);
SELECT is(
    refund_order(44, 'visa', 'r1', 5.00), payment_id,
    'the same refund again is the same payment, though nothing is due any more'
) FROM payments WHERE provider_reference = 'r1';
SELECT throws_ok(
    $$SELECT refund_order(40, 'visa', 'r1', 5.00)$$, 'ST004', NULL,
    'for another order its reference is not'
);

SELECT lives_ok(
    $$SELECT refund_order(40, 'visa', 'r2', 100.00, 'late')$$,
    'once units have left, more may go back than is due'
);
SELECT record_chargeback(40, 'visa', 'c1', 34.40);
SELECT results_eq(
    'SELECT status, payment_status, refunded_amount FROM orders WHERE order_id = 40',
    $$VALUES ('refunded'::VARCHAR, 'refunded'::VARCHAR, 134.40)$$,
    'when all has gone back it is refunded, whoever gave the rest'
);
SELECT record_chargeback(44, 'visa', 'c2', 24.32);
SELECT is(status, 'paid', 'an order that has not left stays what it was') FROM orders
WHERE order_id = 44;
SELECT cancel_order(44, 'charged back');
SELECT is_empty(
    'SELECT FROM refunds_due WHERE order_id IN (40, 44)', 'nothing is due back any more'
);
SELECT deliver_order(41);
SELECT refund_order(41, 'visa', 'r3', (SELECT paid_amount FROM orders WHERE order_id = 41));
SELECT results_eq(
    'SELECT action FROM order_audit WHERE order_id = 41 ORDER BY id DESC LIMIT 3',
    $$VALUES ('refunded'::VARCHAR), ('refund'), ('delivered')$$,
    'a delivered order can be refunded, and both is told'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
