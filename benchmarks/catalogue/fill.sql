-- A catalogue of a thousand products, or as many times that as app.thousands says: in twenty
-- categories, one after the other, as a shop takes them up; a tenth of them of styles of ten sizes,
-- a tenth on sale, each with a few prices and sales of before.

INSERT INTO categories (name)
SELECT format('Category %s', number) FROM generate_series(1, 20) AS number;

CREATE TEMPORARY TABLE numbers AS
SELECT number
FROM
    generate_series(1, 1000 * current_setting('app.thousands')::INT) AS number;

INSERT INTO styles (style_id, name, category_id, option_names)
OVERRIDING SYSTEM VALUE
SELECT
    number / 100 AS style_id,
    format('Style %s', number / 100) AS name,
    1 + (number - 1) / (50 * current_setting('app.thousands')::INT) AS category_id,
    '{Size}' AS option_names
FROM numbers
WHERE number % 100 = 0;

INSERT INTO products (product_id, sku, name, price, category_id, style_id, options)
OVERRIDING SYSTEM VALUE
SELECT
    number AS product_id,
    format('SKU-%s', number) AS sku,
    format('Thing %s', number) AS name,
    10 AS price,
    1 + (number - 1) / (50 * current_setting('app.thousands')::INT) AS category_id,
    CASE WHEN number % 10 = 0 THEN (number + 99) / 100 END AS style_id,
    CASE WHEN number % 10 = 0 THEN jsonb_build_object('Size', (number % 100)::TEXT) ELSE '{}' END
        AS options
FROM numbers;

-- By whoever may leave out the guards, which refuse to make up the past.
SET session_replication_role = replica;
UPDATE inventory SET on_hand = 10;
DELETE FROM price_history;

-- A year of prices, a change every two months, and of sales, a week every two.
INSERT INTO price_history (product_id, valid_from, price)
SELECT
    products.product_id,
    now() - make_interval(months => 2 * step) AS valid_from,
    10 + step AS price
FROM products
CROSS JOIN generate_series(0, 6) AS step;

INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
SELECT
    products.product_id,
    9 AS price,
    now() - make_interval(months => 2 * step) AS valid_from,
    now() - make_interval(months => 2 * step) + INTERVAL '7 days' AS valid_until
FROM products
CROSS JOIN generate_series(1, 6) AS step;

INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
SELECT
    product_id,
    8 AS price,
    now() AS valid_from,
    now() + INTERVAL '1 day' AS valid_until
FROM products
WHERE product_id % 10 = 1;
RESET session_replication_role;
