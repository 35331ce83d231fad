-- There is one scrimshaw (19) left. Ishmael (1) and Jo (2) both want it.
\set SHOW_CONTEXT never

SELECT on_hand, reserved, available FROM inventory WHERE product_id = 19;
SELECT place_order(1, '[{"product_id": 19, "quantity": 1}]') AS ishmael \gset
SELECT place_order(2, '[{"product_id": 3, "quantity": 20}, {"product_id": 19, "quantity": 1}]');
\echo :LAST_ERROR_SQLSTATE

-- A cart may ask before it buys: quoting tells what is there, and is no error.
SELECT sku, quantity, available FROM quote_order('[{"product_id": 19, "quantity": 1}]', NULL, 2);

-- Ishmael does not pay in time. What is not paid for goes back on sale; another order's hold has
-- run out as well.
UPDATE orders SET expires_at = now() WHERE order_id = :ishmael;  -- half an hour later
SELECT expire_unpaid_orders();
SELECT place_order(2, '[{"product_id": 19, "quantity": 1}]') > :ishmael AS jo_has_it;

-- His money comes after all: kept as a fact, it never revives the order, and is owed back.
SELECT record_payment(:ishmael, 'stripe', 'ch_ishmael_1', 95.20) > 0 AS recorded;
SELECT status, amount_due
FROM orders INNER JOIN refunds_due USING (order_id) WHERE order_id = :ishmael;
SELECT on_hand, reserved, available FROM inventory WHERE product_id = 19;
