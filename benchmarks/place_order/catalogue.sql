-- What both sides sell: 2,000 products with stock for ever, 2,000 customers. Run in the store's
-- schema by measure.py.

INSERT INTO customers (email, last_name)
SELECT
    'customer-' || number || '@example.com',
    'Customer ' || number
FROM generate_series(1, 2000) AS number;

INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
SELECT
    'standard',
    country_code,
    DATE '2020-01-01',
    0.2
FROM store_settings;

INSERT INTO products (sku, name, price, cost)
SELECT
    'P' || number,
    'Product ' || number,
    1 + number / 100.0,
    1
FROM generate_series(1, 2000) AS number;

UPDATE inventory SET on_hand = 1000000000;

INSERT INTO least.stock (product_id, available)
SELECT
    product_id,
    1000000000
FROM products;
