-- products: never half there, never gone, and every price remembered.
BEGIN;
SELECT plan(19);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('whale', 'Whale', 1)$$, '23514', NULL,
    'a SKU is stored in upper case'
);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('WHALE', 'Whale', -0.01)$$, '23514', NULL,
    'no price is negative'
);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('WHALE', 'Whale', 'NaN')$$, '23514', NULL,
    'NaN is no price'
);
INSERT INTO products (product_id, sku, name, description, price)
OVERRIDING SYSTEM VALUE VALUES
(901, 'WHALE', 'White whale', 'Swims in whirlpools.', 10),
(902, 'BOATHOOK', 'Boat hook', NULL, 5);
SELECT results_eq(
    'SELECT product_id, on_hand, reserved, available FROM inventory
    WHERE product_id > 900 ORDER BY product_id',
    'VALUES (901, 0, 0, 0), (902, 0, 0, 0)', 'each comes with a stock row of zeros'
);
SELECT results_eq(
    'SELECT product_id, price FROM price_history WHERE product_id > 900 ORDER BY product_id',
    'VALUES (901, 10.00), (902, 5.00)', 'and with its first price'
);
SELECT results_eq(
    $$SELECT product_id FROM products
    WHERE search_vector @@ websearch_to_tsquery('english', 'whirlpool whales')$$,
    'VALUES (901)', 'and is found by the words of its name and description'
);
SELECT throws_ok(
    'DELETE FROM products WHERE product_id = 902', '55000', NULL, 'a product is never deleted'
);

-- Within one transaction the last change counts.
UPDATE products SET price = 11 WHERE product_id = 901;
UPDATE products SET price = 12 WHERE product_id = 901;
SELECT results_eq(
    'SELECT price FROM price_history WHERE product_id = 901', 'VALUES (12.00)',
    'a second change in one transaction replaces the first'
);
UPDATE products SET name = 'Moby Dick' WHERE product_id = 901;
SELECT results_eq(
    'SELECT count(*) FROM price_history WHERE product_id = 901', 'VALUES (1::BIGINT)',
    'another column is no new price'
);
-- The price of an earlier transaction, by a clock that was ahead of ours.
INSERT INTO price_history (product_id, valid_from, price, transaction_id)
SELECT
    product_id,
    now() + INTERVAL '1 hour' AS valid_from,
    price,
    XID8 '3' AS transaction_id
FROM products WHERE product_id = 1;
SELECT throws_ok(
    'UPDATE price_history SET price = 0 WHERE product_id = 1 AND valid_from > now()', '55000', NULL,
    'what an earlier transaction wrote is not rewritten'
);
SELECT throws_ok(
    'UPDATE price_history SET valid_from = valid_from + INTERVAL ''1 day'' WHERE product_id = 1',
    '55000', NULL, 'nor dated anew'
);
UPDATE products SET price = price + 1 WHERE product_id = 1;
SELECT results_eq(
    'SELECT price_history.price = products.price, valid_from > now() + INTERVAL ''1 hour''
    FROM price_history INNER JOIN products USING (product_id)
    WHERE product_id = 1 ORDER BY valid_from DESC LIMIT 1',
    'VALUES (TRUE, TRUE)', 'the latest price is the product''s, whatever the clock does'
);
SELECT results_eq(
    'SELECT price_at(901, ''infinity''), price_at(901, ''-infinity''), price_at(0, now())',
    'VALUES (12.00, NULL::NUMERIC, NULL::NUMERIC)', 'price_at knows the price of an instant'
);

SELECT throws_ok(
    'UPDATE inventory SET reserved = 1 WHERE product_id = 902', '23514', NULL,
    'what is not there cannot be promised'
);
SELECT throws_ok(
    'UPDATE inventory SET on_hand = -1, reserved = -1 WHERE product_id = 902', '23514', NULL,
    'there is no less than nothing'
);
SELECT throws_ok(
    $$INSERT INTO stock_adjustments (product_id, quantity, reason) VALUES (902, 1, 'loss')$$,
    '23514', NULL, 'a loss takes away'
);
SELECT throws_ok(
    $$INSERT INTO stock_adjustments (product_id, quantity, reason, reference)
    VALUES (902, 1, 'receipt', '')$$,
    '23514', NULL, 'a reference that is none is NULL'
);
SELECT throws_ok(
    $$UPDATE products SET description = '' WHERE product_id = 902$$, '23514', NULL,
    'as is a description'
);
SELECT throws_ok(
    $$INSERT INTO stock_adjustments (product_id, quantity, reason) VALUES (902, 0, 'count')$$,
    '23514', NULL, 'an adjustment of nothing is none'
);
SELECT * FROM finish();
ROLLBACK;
