-- prior_price: a store that moves in has its first reduction measured by the prices it brought.
BEGIN;
SELECT plan(8);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer', current_schema()) \gexec

INSERT INTO products (product_id, sku, name, price) OVERRIDING SYSTEM VALUE
SELECT
    number AS product_id,
    'MOVED-' || number AS sku,
    'Moved in' AS name,
    10 AS price
FROM generate_series(901, 906) AS number;
-- 901 comes without a past. 902 to 906 cost 12 in spring and 10 for the last hundred days; for a
-- week of these thirty 903 was sold at 8, 904 at 7 and 905 for nothing, and 906 at 5 before them.
INSERT INTO price_history (product_id, valid_from, price)
SELECT
    number AS product_id,
    now() - INTERVAL '200 days' AS valid_from,
    12 AS price
FROM generate_series(902, 906) AS number
UNION ALL
SELECT
    number AS product_id,
    now() - INTERVAL '100 days' AS valid_from,
    10 AS price
FROM generate_series(902, 906) AS number;
INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
SELECT
    product_id,
    price,
    now() - days_ago * INTERVAL '1 day' AS valid_from,
    now() - (days_ago - 7) * INTERVAL '1 day' AS valid_until
FROM (VALUES (903, 8, 20), (904, 7, 20), (905, 0, 20), (906, 5, 60)) AS sale (
    product_id, price, days_ago
);
SELECT is(prior_price(902, now()), 10.00, 'the lowest of thirty days, not that of before');
SELECT is(prior_price(902, now() - INTERVAL '100 days'), 12.00, 'asked of a day in spring');

INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
SELECT
    number AS product_id,
    8 AS price,
    now() AS valid_from,
    now() + INTERVAL '1 day' AS valid_until
FROM generate_series(901, 906) AS number;
SET LOCAL ROLE shop_customer;
SELECT
    is(
        format(
            '%s %s %s', storefront_products.price, storefront_products.prior_price,
            storefront_products.discount_pct
        ),
        expected.shown, expected.description
    )
FROM (
    VALUES
    (901, '8.00  ', 'what was never sold before announces no reduction'),
    (902, '8.00 10.00 20.00', 'two off ten'),
    (903, '8.00 8.00 ', 'as much as last week is none'),
    (904, '8.00 7.00 ', 'dearer than last week is none'),
    (905, '8.00 0.00 ', 'nor is anything, of what was given away'),
    (906, '8.00 10.00 20.00', 'a sale that ended before the thirty days is past')
) AS expected (product_id, shown, description)
INNER JOIN storefront_products ON expected.product_id = storefront_products.product_id
ORDER BY expected.product_id;
SELECT * FROM finish();
ROLLBACK;
