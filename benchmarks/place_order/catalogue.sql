-- What both sides sell: 2,000 products with stock for ever, and one that has none, to 2,000
-- customers, each with an address of the same number and no limit to what is pending. Run in the
-- store's schema by measure.py.

UPDATE store_settings SET max_pending_orders = NULL;

INSERT INTO customers (email, last_name)
SELECT
    'customer-' || number || '@example.com' AS email,
    'Customer ' || number AS last_name
FROM generate_series(1, 2000) AS number;

INSERT INTO addresses (customer_id, recipient, line1, city, postal_code, country_code)
SELECT
    customers.customer_id,
    'Firstname Lastname' AS recipient,
    '12 Some Street' AS line1,
    'Some Town' AS city,
    '12345' AS postal_code,
    store_settings.country_code
FROM customers CROSS JOIN store_settings
ORDER BY customers.customer_id;

INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
SELECT
    'standard' AS tax_class,
    country_code,
    DATE '2020-01-01' AS valid_from,
    0.2 AS rate
FROM store_settings;

INSERT INTO products (sku, name, price, cost)
SELECT
    'P' || number AS sku,
    'Product ' || number AS name,
    1 + number / 100.0 AS price,
    1 AS cost
FROM generate_series(1, 2001) AS number;

UPDATE inventory SET on_hand = 1000000000 WHERE product_id <= 2000;

INSERT INTO least.stock (product_id, available)
SELECT
    product_id,
    1000000000 AS available
FROM products;
