-- Policies on orders and what hangs on them: a customer's own, staff's all.
BEGIN;
SELECT plan(10);

SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer, shop_staff', current_schema()) \gexec

SET LOCAL ROLE shop_customer;
SELECT is_empty('SELECT order_id FROM orders', 'who is nobody sees no order');
SELECT set_config('app.customer_id', '2', TRUE);
SELECT results_eq(
    'SELECT order_id, credit_no, amount::NUMERIC FROM credits ORDER BY 1, 3',
    'VALUES (13, 1, 5.50), (13, 1, 20.80)', 'a customer sees the own credits'
);
SELECT set_config('app.customer_id', '9', TRUE);
SELECT results_eq(
    'SELECT order_id FROM orders ORDER BY order_id', ARRAY[8, 23, 45],
    'a customer sees the own orders'
);
SELECT results_eq(
    'SELECT order_id, line_no FROM order_items ORDER BY 1, 2',
    'VALUES (8, 1), (23, 1), (23, 2), (45, 1), (45, 2)', 'a customer sees the own lines'
);
SELECT results_eq(
    'SELECT order_id, amount::NUMERIC FROM payments ORDER BY 1', 'VALUES (8, 30.46), (23, 5.00)',
    'a customer sees the own payments'
);
SELECT results_eq(
    'SELECT order_id FROM shipments ORDER BY 1', ARRAY[8, 23], 'a customer sees the own parcels'
);
SELECT throws_ok(
    'SELECT reason FROM credits', '42501', NULL, 'what was noted of a credit is not shown'
);
SELECT throws_ok(
    'SELECT unit_cost FROM order_items', '42501', NULL, 'what goods cost the store is not shown'
);
SELECT throws_ok(
    'UPDATE orders SET expires_at = NULL', '42501', NULL, 'an order is changed by functions alone'
);

SET LOCAL ROLE shop_staff;
SELECT results_eq(
    'SELECT count(*)::INT FROM orders', ARRAY[45], 'staff see every order, signed in or not'
);

RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
