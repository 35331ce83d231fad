-- expire_unpaid_orders and change_hold: who is let go, and who is not. The hold of the scout's
-- order (45) ran out long ago; Scrooge's (43) was lifted, and half of it is paid.
BEGIN;
SELECT plan(12);

SELECT change_hold(45, now() + INTERVAL '1 hour');
SELECT is(expire_unpaid_orders(), 0, 'an order that is held longer is kept');
SELECT results_eq(
    $$SELECT details FROM order_audit WHERE order_id = 45 AND action = 'hold_changed'$$,
    $$SELECT jsonb_build_object('until', now() + INTERVAL '1 hour')$$, 'it is told until when'
);
SELECT change_hold(45, NULL);
SELECT is(expires_at, NULL, 'for ever is no instant') FROM orders WHERE order_id = 45;

UPDATE orders SET expires_at = now() WHERE order_id IN (43, 44, 45);
SELECT is(expire_unpaid_orders(), 1, 'at its last instant an order is let go');
SELECT results_eq(
    'SELECT order_id, status FROM orders WHERE order_id IN (43, 44, 45) ORDER BY 1',
    $$VALUES (43, 'pending'::VARCHAR), (44, 'paid'), (45, 'cancelled')$$,
    'but none with money on it, and none that is paid'
);
SELECT results_eq(
    $$SELECT action, details FROM order_audit WHERE order_id = 45 ORDER BY id DESC LIMIT 1$$,
    $$SELECT 'expired'::VARCHAR, jsonb_build_object('expires_at', now())$$, 'it is told'
);
SELECT record_chargeback(43, 'bank', 'back', (SELECT paid_amount FROM orders WHERE order_id = 43));
SELECT is(expire_unpaid_orders(), 1, 'once its money has gone back it is let go too');

SELECT place_order(5, '[{"product_id": 12, "quantity": 1}]', 'tom' || number)
FROM generate_series(1, 3) AS number;
UPDATE orders SET expires_at = now() WHERE status = 'pending';
SELECT is(expire_unpaid_orders(2), 2, 'at most so many at once');
SELECT is(expire_unpaid_orders(2), 1, 'the rest the next time');
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

-- Two orders run out, and somebody's hand has broken the books of the product of the older.
SELECT place_order(5, '[{"product_id": 12, "quantity": 1}]', 'fine');
SELECT place_order(5, '[{"product_id": 10, "quantity": 1}]', 'broken');
UPDATE inventory SET reserved = 0 WHERE product_id = 10;
UPDATE orders SET expires_at = now() WHERE idempotency_key = 'fine';
UPDATE orders SET expires_at = now() - INTERVAL '1 minute' WHERE idempotency_key = 'broken';
SELECT is(expire_unpaid_orders(1), 1, 'one that cannot be cancelled does not keep the others');
SELECT is(status, 'pending', 'and is left') FROM orders WHERE idempotency_key = 'broken';

SELECT * FROM finish();
ROLLBACK;
