-- ship_order: what leaves, in one parcel or several, what it is worth, and what a chargeback stops.
-- Gatsby's order (44) of two cordials waits; of Jo's (42), 103.52, three pulley blocks do, 18.00
-- and 2.16 of tax each.
BEGIN;
SELECT plan(14);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_staff', current_schema()) \gexec

SET LOCAL ROLE shop_staff;
SELECT record_chargeback(44, 'visa', 'disputed', 0.01);
SELECT throws_ok(
    $$SELECT ship_order(44, 'Post', 'X 1')$$, 'ST005',
    'order 44 is paid and cannot be shipped while 0.01 is owed',
    'not a cent of the money may be missing'
);
SELECT record_payment(44, 'visa', 'dispute won', 0.01);
SELECT lives_ok($$SELECT ship_order(44, 'Post', 'X 1')$$, 'a dispute that was won is a new charge');
RESET ROLE;
SELECT results_eq(
    'SELECT status FROM orders WHERE order_id = 44', $$VALUES ('shipped'::VARCHAR)$$,
    'an order is shipped once nothing is left'
);
SELECT throws_ok(
    $$SELECT ship_order(44, 'Post', 'X 1')$$, 'ST005',
    'order 44 is shipped and cannot be shipped', 'and then it is not its money that is missing'
);

SELECT is(on_hand, 8, 'eight blocks are on the shelf') FROM inventory WHERE product_id = 4;
SELECT throws_ok(
    $$SELECT ship_order(42, 'Post', 'X 2', NULL, '2025-11-30')$$, 'ST003', NULL,
    'nothing leaves before it was ordered'
);
SELECT is(
    ship_order(42, 'Post', 'X 2', '[{"line_no": 1, "quantity": 1}]', '2025-12-02', 'key'),
    ship_order(42, ' Post', 'X 2', '[{"quantity": 1, "line_no": 1}]', '2025-12-02', 'key'),
    'the same key is the same parcel'
);
SELECT results_eq(
    'SELECT status, on_hand, reserved FROM orders CROSS JOIN inventory
    WHERE order_id = 42 AND product_id = 4',
    $$VALUES ('paid'::VARCHAR, 7, 5)$$, 'while something is left it stays paid'
);
-- Two cordials, 18.00 and 0.72, with the delivery of 5.00 and 0.60; a block alone: 42's delivery
-- left with its first parcel.
SELECT results_eq(
    $$SELECT tracking_number::TEXT, shipped_at::TIMESTAMPTZ, delivery_net::NUMERIC,
        delivery_tax::NUMERIC, line_no, quantity, net::NUMERIC, shipment_items.tax::NUMERIC
    FROM shipments INNER JOIN shipment_items USING (shipment_id)
    WHERE tracking_number LIKE 'X%' ORDER BY tracking_number$$,
    $$VALUES
    ('X 1', now(), 5.00, 0.60, 1, 2, 18.00, 0.72),
    ('X 2', '2025-12-02'::TIMESTAMPTZ, 0.00, 0.00, 1, 1, 18.00, 2.16)$$,
    'a parcel says what is in it, and what that is worth'
);

SELECT record_chargeback(42, 'visa', 'half', 20.16);
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

-- Money given back between two parcels is worth less, and no more than that.
SELECT place_order(6, '[{"product_id": 3, "quantity": 2}]', 'dorothy');
SELECT record_payment(order_id, 'visa', 'dorothy', total) FROM orders
WHERE idempotency_key = 'dorothy';
SELECT ship_order(order_id, 'Post', 'X 4', '[{"line_no": 1, "quantity": 1}]') FROM orders
WHERE idempotency_key = 'dorothy';
SELECT refund_order(order_id, 'visa', 'dorothy-back', 0.01, 'sorry', TRUE) FROM orders
WHERE idempotency_key = 'dorothy';
SELECT lives_ok(
    format('SELECT ship_order(%s, %L, %L)', order_id, 'Post', 'X 5'),
    'a cent of goodwill does not keep the second parcel'
) FROM orders WHERE idempotency_key = 'dorothy';
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
