-- A shop of usual size in usual words: 2,000 customers with an address each, 2,000 products with
-- stock for ever. Run in the store's schema by measure.py.

UPDATE store_settings SET max_pending_orders = NULL;

INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
SELECT
    'standard' AS tax_class,
    country_code,
    DATE '2020-01-01' AS valid_from,
    0.2 AS rate
FROM store_settings;

INSERT INTO customers (email, first_name, last_name)
SELECT
    format('firstname.lastname.%s@example.com', number) AS email,
    'Firstname' AS first_name,
    'Lastname' AS last_name
FROM generate_series(1, 2000) AS number;

INSERT INTO addresses (customer_id, recipient, line1, city, postal_code, country_code)
SELECT
    customers.customer_id,
    'Firstname Lastname' AS recipient,
    '12 Some Street' AS line1,
    'Some Town' AS city,
    '12345' AS postal_code,
    store_settings.country_code
FROM customers CROSS JOIN store_settings;

UPDATE customers SET default_address_id = addresses.address_id
FROM addresses
WHERE customers.customer_id = addresses.customer_id;

INSERT INTO products (sku, name, price, cost)
SELECT
    format('SKU-%s', 100000 + number) AS sku,
    format('A product of usual name, size %s', number) AS name,
    10 + number / 100.0 AS price,
    5 AS cost
FROM generate_series(1, 2000) AS number;

SELECT receive_stock(product_id, 1000000, 'sizing') FROM products;
