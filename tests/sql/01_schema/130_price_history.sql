-- price_history: every price a product had, and none it had not.
BEGIN;
SELECT plan(15);

-- The price of an earlier transaction, by a clock that was ahead of ours.
ALTER TABLE price_history DISABLE TRIGGER price_history_imports_come_before;
INSERT INTO price_history (product_id, valid_from, price, transaction_id)
SELECT
    product_id,
    now() + INTERVAL '1 hour' AS valid_from,
    price,
    XID8 '3' AS transaction_id
FROM products WHERE product_id = 1;
ALTER TABLE price_history ENABLE TRIGGER price_history_imports_come_before;

INSERT INTO products (product_id, sku, name, price) OVERRIDING SYSTEM VALUE VALUES
(901, 'WHALE', 'White whale', 10);

-- Within one transaction the last change counts.
UPDATE products SET price = 11 WHERE product_id = 901;
UPDATE products SET price = 12 WHERE product_id = 901;
SELECT results_eq(
    'SELECT price::TEXT FROM price_history WHERE product_id = 901', $$VALUES ('12.00')$$,
    'a second change in one transaction replaces the first'
);
UPDATE products SET name = 'Moby Dick', price = 12.00 WHERE product_id = 901;
SELECT results_eq(
    'SELECT count(*)::INT FROM price_history WHERE product_id = 901', 'VALUES (1)',
    'the same price is no new one'
);
SELECT throws_ok(
    'UPDATE price_history SET price = 0 WHERE product_id = 1 AND valid_from > now()', '55000', NULL,
    'what an earlier transaction wrote is not rewritten'
);
SELECT throws_ok(
    'UPDATE price_history SET valid_from = valid_from + INTERVAL ''1 day'' WHERE product_id = 1',
    '55000', NULL, 'nor dated anew'
);
SELECT throws_ok('DELETE FROM price_history', '55000', NULL, 'nor forgotten');
UPDATE products SET price = price + 1 WHERE product_id = 1;
SELECT results_eq(
    'SELECT price_history.price = products.price, valid_from > now() + INTERVAL ''1 hour''
    FROM price_history INNER JOIN products USING (product_id)
    WHERE product_id = 1 ORDER BY valid_from DESC LIMIT 1',
    'VALUES (TRUE, TRUE)', 'the latest price is the product''s, whatever the clock does'
);

-- A store that moves in brings its prices along, in any order.
SELECT lives_ok(
    $$INSERT INTO price_history (product_id, valid_from, price) VALUES
    (901, '2020-06-01', 8), (901, '2020-01-01', 7.5)$$,
    'earlier prices may be imported'
);
SELECT lives_ok(
    $$INSERT INTO price_history (product_id, valid_from, price) VALUES (901, '2021-01-01', 9)$$,
    'later ones of these after them'
);
SELECT results_eq(
    $$SELECT price::TEXT FROM price_history WHERE product_id = 901 ORDER BY valid_from$$,
    $$VALUES ('7.50'), ('8.00'), ('9.00'), ('12.00')$$, 'to the cent, as all of them'
);
SELECT throws_ok(
    $$INSERT INTO price_history (product_id, valid_from, price) VALUES (901, '2021-06-01', 9.995)$$,
    '23514', NULL, 'and never rounded'
);
SELECT throws_ok(
    $$INSERT INTO price_history (product_id, valid_from, price) VALUES (901, '2021-01-01', 5)$$,
    '23505', NULL, 'one price an instant'
);
SELECT throws_ok(
    $$UPDATE price_history SET price = 1 WHERE product_id = 901 AND valid_from < '2022-01-01'$$,
    '55000', NULL, 'what was imported stays'
);
SELECT throws_ok(
    $$INSERT INTO price_history (product_id, valid_from, price)
    VALUES (901, clock_timestamp(), 5)$$,
    '55000', NULL, 'since the product has had prices of this store, only its price says more'
);
SELECT throws_ok(
    $$INSERT INTO price_history (product_id, valid_from, price) VALUES (901, '2999-01-01', 5)$$,
    '55000', NULL, 'also of what is to come'
);
UPDATE products SET price = 13 WHERE product_id = 901;
SELECT results_eq(
    $$SELECT price::TEXT FROM price_history
    WHERE product_id = 901 ORDER BY valid_from DESC LIMIT 1$$,
    $$VALUES ('13.00')$$, 'and an import does not stand in a change''s way'
);
SELECT * FROM finish();
ROLLBACK;
