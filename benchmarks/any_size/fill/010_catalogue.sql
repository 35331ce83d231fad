-- A shop with a catalogue that turns over: a hundred products are sold at a time, each for ten
-- thousand orders, and of each hundred sold one gives way to a new one. So a product, a customer or
-- a day has the same history however long the shop has been selling. filling.py sets app.orders and
-- app.orders_a_day; run in the store's schema.

UPDATE store_settings SET
    shipping_fee = 4.90,
    max_pending_orders = NULL,
    legal_name = 'A Store',
    legal_address = '{"line1": "1 High Street", "city": "Town", "country_code": "US"}';

INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
VALUES
('standard', 'US', '2000-01-01', 0.08),
('reduced', 'US', '2000-01-01', 0.02);

INSERT INTO coupons (coupon_code, kind, value, valid_from, valid_until)
VALUES ('TENTH', 'percent', 10, '2000-01-01', '2100-01-01');

INSERT INTO customers (customer_id, email, first_name, last_name)
OVERRIDING SYSTEM VALUE
SELECT
    number AS customer_id,
    format('customer.%s@example.com', number) AS email,
    'Firstname' AS first_name,
    format('Lastname %s', number) AS last_name
FROM generate_series(1, current_setting('app.orders')::INT / 10 + 200) AS number;

INSERT INTO addresses (address_id, customer_id, recipient, line1, city, postal_code, country_code)
OVERRIDING SYSTEM VALUE
SELECT
    customer_id AS address_id,
    customer_id,
    'Firstname ' || last_name AS recipient,
    '12 Some Street' AS line1,
    'Some Town' AS city,
    '12345' AS postal_code,
    'US' AS country_code
FROM customers;

INSERT INTO categories (name)
SELECT format('Category %s', number) FROM generate_series(1, 20) AS number;

INSERT INTO products (product_id, sku, name, category_id, tax_class, price, cost)
OVERRIDING SYSTEM VALUE
SELECT
    number AS product_id,
    'SKU-' || lpad(number::TEXT, 7, '0') AS sku,
    format('Thing %s', number) AS name,
    1 + number % 20 AS category_id,
    CASE WHEN number % 5 = 0 THEN 'reduced' ELSE 'standard' END AS tax_class,
    10 + number % 900 / 10.0 AS price,
    5 AS cost
FROM generate_series(1, current_setting('app.orders')::INT / 100 + 100) AS number;

-- What was sold in the last two years is still offered.
UPDATE products SET is_active = FALSE
WHERE
    product_id
    <= (current_setting('app.orders')::INT - 730 * current_setting('app.orders_a_day')::INT) / 100;
