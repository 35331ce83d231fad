-- return_items: what came back, onto the shelf or not, and what it was worth. Jo's harpoon (order
-- 40, 134.40, no postage) is on its way; Anne's order 41 holds a compass, 30.00 and 1.50 of tax,
-- two Waldens at 10.00, untaxed, and a delivery of 5.00 and 0.25.
BEGIN;
SELECT plan(16);

SELECT throws_ok(
    $$SELECT return_items(13, '[{"line_no": 1, "quantity": 1}]')$$, 'ST008', NULL,
    'what came back does not come back again'
);
SELECT throws_ok(
    $$SELECT return_items(44, '[{"line_no": 1, "quantity": 1}]')$$, 'ST008', NULL,
    'nor what never left'
);
SELECT lives_ok(
    $$SELECT return_items(40, '[{"line_no": 1, "quantity": 1}]', FALSE, 'bent', NULL, 'key')$$,
    'a parcel may be refused at the door'
);
SELECT lives_ok(
    $$SELECT return_items(40, '[{"line_no": 1, "quantity": 1}]', FALSE, 'bent', NULL, 'key')$$,
    'telling it again is no second return'
);
SELECT results_eq(
    'SELECT product_id, on_hand FROM inventory WHERE product_id = 1', 'VALUES (1, 4)',
    'what is not restocked is not on the shelf'
);
SELECT results_eq(
    'SELECT line_no, shipment_id, quantity, restocked, reason::TEXT FROM returns
    WHERE order_id = 40',
    $$VALUES (1, 39, 1, FALSE, 'bent')$$, 'it is written down, with the only parcel it can be of'
);
SELECT results_eq(
    'SELECT status, payment_status, balance FROM orders WHERE order_id = 40',
    $$VALUES ('returned'::VARCHAR, 'overpaid'::VARCHAR, -134.40)$$,
    'an order of which nothing is kept is returned, and waits for nothing'
);
SELECT results_eq(
    $$SELECT details FROM order_audit WHERE order_id = 40 AND action = 'returned'$$,
    $$VALUES ('{
        "items": [{"line_no": 1, "quantity": 1}], "amount": 134.40, "credit_no": 1,
        "restocked": false, "shipment_id": 39
    }'::JSONB)$$, 'the audit trail says what it was worth, and not why'
);
SELECT results_eq(
    'SELECT amount_due FROM refunds_due WHERE order_id = 40', 'VALUES (134.40)',
    'which is due back'
);

SELECT return_items(41, '[{"line_no": 2, "quantity": 1}]');
SELECT results_eq(
    'SELECT status, balance FROM orders WHERE order_id = 41',
    $$VALUES ('shipped'::VARCHAR, -10.00)$$, 'the rest of a parcel is still under way'
);
SELECT return_items(41, '[{"line_no": 2, "quantity": 1}, {"line_no": 1, "quantity": 1}]');
SELECT results_eq(
    $$SELECT credit_no, line_no, kind, net::NUMERIC, tax::NUMERIC FROM credits
    WHERE order_id = 41 ORDER BY credit_no, line_no$$,
    $$VALUES
    (1, 2, 'return'::VARCHAR, 10.00, 0.00), (2, 1, 'return', 30.00, 1.50),
    (2, 2, 'return', 10.00, 0.00), (2, NULL, 'delivery', 5.00, 0.25)$$,
    'with the last unit the delivery is given back, in the same event'
);
SELECT results_eq(
    'SELECT status, credited_amount = total FROM orders WHERE order_id = 41',
    $$VALUES ('returned'::VARCHAR, TRUE)$$, 'then the order is worth nothing'
);

-- Gatsby's order on account (39) left before it was paid.
SELECT return_items(39, jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity)))
FROM order_items WHERE order_id = 39;
SELECT results_eq(
    'SELECT status, balance, paid_at::TIMESTAMPTZ FROM orders WHERE order_id = 39',
    $$VALUES ('returned'::VARCHAR, 0.00, NULL::TIMESTAMPTZ)$$,
    'of which nothing is owed any more was not paid for that'
);

-- The store may keep the delivery.
UPDATE store_settings SET delivery_back_on_full_return = FALSE;
SELECT ship_order(44, 'Post', NULL);
SELECT throws_ok(
    $$SELECT return_items(44, '[{"line_no": 1, "quantity": 2}]', p_shipment_id => 39)$$, 'ST002',
    'parcel 39 does not belong to order 44', 'units come back of a parcel they were in'
);
SELECT return_items(44, '[{"line_no": 1, "quantity": 2}]');
SELECT results_eq(
    'SELECT status, total - credited_amount FROM orders WHERE order_id = 44',
    $$VALUES ('returned'::VARCHAR, 5.60)$$, 'unless the store says otherwise'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
