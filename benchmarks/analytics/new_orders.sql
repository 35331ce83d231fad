-- benchmark.orders orders of the history once more, as many again from each part of it, as if they
-- had been placed at its end: what a refresh finds new. Stock, money and parcels are not its
-- business.

SET session_replication_role TO replica;

CREATE TEMPORARY TABLE new_orders AS
WITH placed AS (
    SELECT
        order_id,
        row_number() OVER (ORDER BY order_id) * current_setting('benchmark.orders')::INT
        % count(*) OVER () AS place
    FROM orders
    WHERE status <> 'cancelled'
),

chosen AS (
    SELECT order_id
    FROM placed
    ORDER BY place
    LIMIT current_setting('benchmark.orders')::INT
),

newest AS (
    SELECT
        max(order_id) AS order_id,
        max(created_at) AS created_at
    FROM orders
)

SELECT
    chosen.order_id,
    newest.order_id + row_number() OVER (ORDER BY chosen.order_id) AS new_order_id,
    newest.created_at
FROM chosen
CROSS JOIN newest;

INSERT INTO orders (order_id, customer_id, subtotal, tax, ship_to_country, created_at)
OVERRIDING SYSTEM VALUE
SELECT
    new_orders.new_order_id AS order_id,
    orders.customer_id,
    orders.subtotal,
    orders.tax,
    orders.ship_to_country,
    new_orders.created_at
FROM new_orders
INNER JOIN orders ON new_orders.order_id = orders.order_id;

INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, unit_cost, tax_rate, quantity,
    discount, tax
)
SELECT
    new_orders.new_order_id AS order_id,
    order_items.line_no,
    order_items.product_id,
    order_items.sku,
    order_items.product_name,
    order_items.unit_price,
    order_items.unit_cost,
    order_items.tax_rate,
    order_items.quantity,
    order_items.discount,
    order_items.tax
FROM new_orders
INNER JOIN order_items ON new_orders.order_id = order_items.order_id;

INSERT INTO order_audit (order_id, action)
SELECT
    new_order_id AS order_id,
    'placed' AS action
FROM new_orders;

DROP TABLE new_orders;

RESET session_replication_role;
