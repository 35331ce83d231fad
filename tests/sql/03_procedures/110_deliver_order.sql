-- deliver_order: parcel by parcel, or all that are under way. Jo's order 40 is on its way in one
-- parcel, 39; of her order 42 parcel 41 is, and three blocks wait.
BEGIN;
SELECT plan(10);

SELECT throws_ok(
    'SELECT deliver_order(44)', 'ST005', 'order 44 is paid and cannot be delivered: nothing is '
    'under way', 'what has not left does not arrive'
);
SELECT throws_ok(
    'SELECT deliver_order(40, 41)', 'ST002', 'parcel 41 does not belong to order 40',
    'nor with another order''s parcel'
);
SELECT throws_ok(
    $$SELECT deliver_order(40, 39, '2025-11-15')$$, 'ST003', NULL, 'nor before it left'
);
SELECT deliver_order(40, 39, '2025-11-18 12:00+00');
SELECT results_eq(
    $$SELECT status, delivered_at::TIMESTAMPTZ FROM orders INNER JOIN shipments USING (order_id)
    WHERE order_id = 40$$,
    $$VALUES ('delivered'::VARCHAR, '2025-11-18 12:00+00'::TIMESTAMPTZ)$$, 'it arrives when it did'
);
SELECT throws_ok('SELECT deliver_order(40)', 'ST005', NULL, 'once');
SELECT deliver_order(42);
SELECT results_eq(
    'SELECT status, waiting_for FROM orders INNER JOIN order_backlog USING (order_id)
    WHERE order_id = 42', $$VALUES ('paid'::VARCHAR, 'shipment')$$,
    'a parcel may arrive while others wait to leave'
);
SELECT ship_order(42, 'Post', NULL, '[{"line_no": 1, "quantity": 1}]');
SELECT ship_order(42, 'Post', NULL);
SELECT is(status, 'shipped', 'with the last gone it is shipped') FROM orders WHERE order_id = 42;
SELECT deliver_order(42);
SELECT is(status, 'delivered', 'with the last two there, delivered') FROM orders
WHERE order_id = 42;
SELECT results_eq(
    $$SELECT jsonb_array_length(details -> 'shipment_ids') FROM order_audit
    WHERE order_id = 42 AND action = 'delivered' ORDER BY id$$, 'VALUES (1), (2)',
    'the audit trail says which'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
