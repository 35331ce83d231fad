-- ship_order: what leaves, in one parcel or several, and what a chargeback stops. Gatsby's order
-- (44) of two cordials waits; of Jo's (42), 103.52, three pulley blocks do, 20.16 each.
BEGIN;
SELECT plan(10);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_staff', current_schema()) \gexec

SET LOCAL ROLE shop_staff;
SELECT record_chargeback(44, 'visa', 'disputed', 0.01);
SELECT throws_ok(
    $$SELECT ship_order(44, 'Post', 'X 1')$$, 'ST005', 'order 44 is no longer paid',
    'not a cent of the money may be missing'
);
SELECT record_payment(44, 'visa', 'dispute won', 0.01);
SELECT lives_ok($$SELECT ship_order(44, 'Post', 'X 1')$$, 'a dispute that was won is a new charge');
RESET ROLE;
SELECT results_eq(
    'SELECT status FROM orders WHERE order_id = 44', $$VALUES ('shipped'::VARCHAR)$$,
    'an order is shipped once nothing is left'
);

SELECT is(on_hand, 8, 'eight blocks are on the shelf') FROM inventory WHERE product_id = 4;
SELECT ship_order(42, 'Post', 'X 2', '[{"line_no": 1, "quantity": 1}]');
SELECT results_eq(
    'SELECT status, on_hand, reserved FROM orders CROSS JOIN inventory
    WHERE order_id = 42 AND product_id = 4',
    $$VALUES ('paid'::VARCHAR, 7, 5)$$, 'while something is left it stays paid'
);
SELECT results_eq(
    $$SELECT carrier, tracking_number, line_no, quantity, delivered_at
    FROM shipments INNER JOIN shipment_items USING (shipment_id)
    WHERE tracking_number LIKE 'X%' ORDER BY tracking_number$$,
    $$VALUES
    ('Post'::VARCHAR, 'X 1'::VARCHAR, 1, 2, NULL::TIMESTAMPTZ),
    ('Post', 'X 2', 1, 1, NULL)$$, 'a parcel says what is in it'
);

-- 93.52 kept is less than 103.52, and enough for what is left without one block, 83.36.
SELECT record_chargeback(42, 'visa', 'half', 10.00);
SELECT throws_ok(
    $$SELECT ship_order(42, 'Post', 'X 3')$$, 'ST005', NULL,
    'a chargeback stops an order on its way too'
);
SELECT cancel_order(42, 'disputed', '[{"line_no": 1, "quantity": 1}]');
SELECT lives_ok(
    $$SELECT ship_order(42, 'Post', 'X 3')$$, 'until as much is cancelled'
);
SELECT is(reserved, 3, 'what is reserved now is another order''s') FROM inventory
WHERE product_id = 4;
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
