-- A store with a history: as many customers and orders, of two lines each, over two years, as the
-- settings fill.customers and fill.orders say, and a row of order audit an order. Triggers and
-- foreign keys are off meanwhile: nothing here measures them.

SELECT set_config('session_replication_role', 'replica', FALSE);

INSERT INTO customers (email, first_name, last_name)
SELECT
    format('%s@a.example', i) AS email,
    'First' AS first_name,
    'Last' AS last_name
FROM generate_series(1, current_setting('fill.customers')::INT) AS i;

INSERT INTO products (sku, name, price) VALUES ('A', 'A', 10), ('B', 'B', 5);

INSERT INTO orders (customer_id, status, subtotal, paid_amount, created_at, ship_to_country)
SELECT
    1 + mod(i * 7919::BIGINT, current_setting('fill.customers')::INT) AS customer_id,
    CASE WHEN mod(i, 50) = 0 THEN 'pending' ELSE 'delivered' END AS status,
    20 AS subtotal,
    CASE WHEN mod(i, 50) = 0 THEN 0 ELSE 20 END AS paid_amount,
    TIMESTAMPTZ '2024-01-01 00:00Z'
    + i * (INTERVAL '730 days' / current_setting('fill.orders')::INT) AS created_at,
    'US' AS ship_to_country
FROM generate_series(1, current_setting('fill.orders')::INT) AS i;

INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, unit_price, quantity)
SELECT
    orders.order_id,
    n AS line_no,
    n AS product_id,
    chr(64 + n) AS sku,
    chr(64 + n) AS product_name,
    15 - 5 * n AS unit_price,
    n AS quantity
FROM orders
CROSS JOIN generate_series(1, 2) AS n;

INSERT INTO order_audit (order_id, action, details, customer_id)
SELECT
    order_id,
    'placed' AS action,
    jsonb_build_object('total', total) AS details,
    NULL AS customer_id
FROM orders;

SELECT set_config('session_replication_role', 'origin', FALSE);

ANALYZE customers, orders, order_items, order_audit;
