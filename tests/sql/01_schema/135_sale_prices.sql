-- sale_prices: made for what is to come, changed until they begin, ended and never forgotten.
BEGIN;
SELECT plan(32);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_staff', current_schema()) \gexec
INSERT INTO products (product_id, sku, name, price) OVERRIDING SYSTEM VALUE VALUES
(901, 'WHALE', 'White whale', 10),
(902, 'SQUID', 'Giant squid', 10);

-- Staff make them: none that began before now, none that is no reduction.

SET LOCAL ROLE shop_staff;
PREPARE sale (INT, NUMERIC, TEXT, TEXT) AS
INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
VALUES ($1, $2, now() + $3::INTERVAL, now() + $4::INTERVAL);
SELECT
    throws_ok(
        format('EXECUTE sale (901, %s, %L, %L)', price, valid_from, valid_until),
        state, NULL, description
    )
FROM (
    VALUES
    ('9', '-1 second', '1 day', '55000', 'no sale begins before now'),
    ('10', '0', '1 day', '23514', 'its price is below the regular one'),
    ('9.995', '0', '1 day', '23514', 'and not rounded'),
    ('-1', '0', '1 day', '23514', 'nor negative'),
    ('NULL', '0', '1 day', '23502', 'nor none'),
    ('9', NULL, '1 day', '23502', 'it begins some time'),
    ('9', '0', NULL, '23502', 'and ends'),
    ('9', '1 day', '1 day', '23514', 'later than it begins')
) AS bad (price, valid_from, valid_until, state, description);
SELECT throws_ok(
    $$INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
    VALUES (901, 9, now(), 'infinity')$$,
    '23514', NULL, 'which is never too late'
);
SELECT throws_ok('EXECUTE sale (999, 9, ''0'', ''1 day'')', '23503', NULL, 'of a product there is');
SELECT lives_ok('EXECUTE sale (901, 9, ''0'', ''1 day'')', 'one may begin now');
SELECT lives_ok('EXECUTE sale (901, 8, ''1 day'', ''2 days'')', 'another as it ends');
SELECT lives_ok('EXECUTE sale (902, 8, ''0'', ''2 days'')', 'another product''s at the same time');
SELECT throws_ok(
    'EXECUTE sale (901, 7, ''47 hours'', ''3 days'')', '23P01', NULL, 'but no two overlap'
);
SELECT throws_ok(
    'EXECUTE sale (901, 7, ''0'', ''3 days'')', '23P01',
    'product 901 has another sale at that time', 'which is said in words'
);

-- One that has begun is ended, no more.

SELECT
    throws_ok(
        format('UPDATE sale_prices SET %s WHERE product_id = 901 AND price = 9', change),
        '55000',
        NULL,
        format('a sale that has begun is not told to SET %s', change)
    )
FROM (
    VALUES
    ('price = 8.5'),
    ('product_id = 902'),
    ('valid_from = now() + INTERVAL ''1 hour'''),
    ('valid_until = valid_until + INTERVAL ''1 second'''),
    ('valid_until = now() - INTERVAL ''1 second''')
) AS refused (change);
SELECT throws_ok(
    'DELETE FROM sale_prices WHERE product_id = 901', '55000', NULL, 'nor forgotten'
);
SELECT lives_ok(
    'UPDATE sale_prices SET valid_until = now() + INTERVAL ''1 hour'' WHERE product_id = 901
    AND price = 9', 'it may be ended sooner'
);
SELECT lives_ok(
    'UPDATE sale_prices SET valid_from = now() + INTERVAL ''2 hours'', price = 9.5
    WHERE product_id = 901 AND price = 8', 'one to come may be changed'
);
SELECT throws_ok(
    'UPDATE sale_prices SET price = 10.5 WHERE product_id = 901 AND price = 9.5', '23514', NULL,
    'to another reduction'
);
SELECT throws_ok(
    'UPDATE sale_prices SET valid_from = now() - INTERVAL ''1 hour''
    WHERE product_id = 901 AND price = 9.5', '55000', NULL, 'not to one of before'
);
SELECT lives_ok(
    'DELETE FROM sale_prices WHERE product_id = 901 AND price = 9.5', 'or called off'
);
RESET ROLE;

-- What is over is final, for the owner too, who may bring it along.

SELECT lives_ok(
    $$INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
    VALUES (902, 5, '2025-01-01', '2025-02-01')$$,
    'the owner imports past sales'
);
SELECT throws_ok(
    $$UPDATE sale_prices SET valid_until = '2025-01-15' WHERE product_id = 902 AND price = 5$$,
    '55000', NULL, 'which are not shortened'
);
SELECT throws_ok('TRUNCATE sale_prices', '55000', NULL, 'nor are all forgotten at once');

-- It was below the price of its time: 2's was 40.00 until May 2025.
SELECT throws_ok(
    $$INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
    VALUES (2, 42, '2025-01-01', '2025-02-01')$$,
    '23514', NULL, 'an import is measured by the price of its time'
);

-- A regular price below it makes it none.
UPDATE products SET price = 7 WHERE product_id = 902;
SELECT is(price_at(902, clock_timestamp()), 7.00, 'the lower price applies');
SELECT results_eq(
    $$SELECT price::NUMERIC, regular_price::NUMERIC, prior_price, discount_pct, sale_until::TEXT
    FROM storefront_products WHERE product_id = 902$$,
    'VALUES (7.00, 7.00, NULL::NUMERIC, NULL::NUMERIC, NULL::TEXT)', 'and is shown as no reduction'
);
SELECT * FROM finish();
ROLLBACK;
