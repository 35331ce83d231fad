-- Three years of a small store, 200 orders of two lines a month, for plans to choose from: orders
-- 1 to 7,200 in order of time, every tenth cancelled, a unit of every sixth returned a week later.
INSERT INTO customers (email)
SELECT 'customer-' || number::TEXT || '@example.com' FROM generate_series(1, 1000) AS number;
INSERT INTO products (sku, name, price)
SELECT
    'P' || number::TEXT AS sku,
    'Product' AS name,
    10 AS price
FROM generate_series(1, 100) AS number;
INSERT INTO coupons (coupon_code, kind, value)
SELECT
    'C' || number::TEXT AS coupon_code,
    'fixed' AS kind,
    1 AS value
FROM generate_series(1, 50) AS number;
INSERT INTO orders (
    customer_id, status, subtotal, paid_amount, credited_amount, coupon_code, ship_to_country,
    created_at, paid_at, cancelled_at
)
WITH numbers AS (
    SELECT
        number,
        TIMESTAMPTZ '2022-01-01 12:00+00'
        + (number - 1) / 200 * INTERVAL '1 month'
        + (number - 1) % 200 * INTERVAL '3 hours' AS created_at
    FROM generate_series(1, 7200) AS number
)

SELECT
    1 + number % 1000 AS customer_id,
    CASE WHEN number % 10 = 0 THEN 'cancelled' ELSE 'shipped' END AS status,
    20 AS subtotal,
    20 AS paid_amount,
    CASE WHEN number % 6 = 0 THEN 10 ELSE 0 END AS credited_amount,
    'C' || (1 + number % 50)::TEXT AS coupon_code,
    'US' AS ship_to_country,
    created_at,
    created_at AS paid_at,
    CASE WHEN number % 10 = 0 THEN created_at END AS cancelled_at
FROM numbers
ORDER BY number;
INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, unit_price, quantity)
SELECT
    orders.order_id,
    line_no,
    1 + (orders.order_id + line_no) % 100 AS product_id,
    'P' AS sku,
    'Product' AS product_name,
    10 AS unit_price,
    1 AS quantity
FROM orders
CROSS JOIN generate_series(1, 2) AS line_no;
INSERT INTO payments (
    order_id, kind, amount, provider, provider_reference, occurred_at, created_at
)
SELECT
    order_id,
    'charge' AS kind,
    paid_amount AS amount,
    'provider' AS provider,
    order_id::TEXT AS provider_reference,
    created_at AS occurred_at,
    created_at
FROM orders;
INSERT INTO credits (
    order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, created_at
)
SELECT
    order_id,
    1 AS credit_no,
    1 AS line_no,
    'return' AS kind,
    1 AS quantity,
    credited_amount AS net,
    0 AS tax,
    TRUE AS is_supplied,
    created_at + INTERVAL '7 days' AS created_at
FROM orders
WHERE credited_amount > 0;
INSERT INTO shipments (order_id, carrier, shipped_at, delivered_at)
SELECT
    order_id,
    'carrier' AS carrier,
    created_at + INTERVAL '1 day' AS shipped_at,
    created_at + INTERVAL '2 days' AS delivered_at
FROM orders
WHERE status = 'shipped';
