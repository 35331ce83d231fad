-- What both sides sell: 2,000 products with stock for ever, 2,000 customers. Run in the store's
-- schema by measure.py.

INSERT INTO customers (email, last_name)
SELECT
    'customer-' || number || '@example.com' AS email,
    'Customer ' || number AS last_name
FROM generate_series(1, 2000) AS number;

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
FROM generate_series(1, 2000) AS number;

UPDATE inventory SET on_hand = 1000000000;

INSERT INTO least.stock (product_id, available)
SELECT
    product_id,
    1000000000 AS available
FROM products;
