-- products: never half there and never gone.
BEGIN;
SELECT plan(15);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('whale', 'Whale', 1)$$, '23514', NULL,
    'a SKU is stored in upper case'
);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('WHALE', 'Whale', -0.01)$$, '23514', NULL,
    'no price is negative'
);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('WHALE', 'Whale', 1.255)$$, '23514', NULL,
    'nor rounded in silence'
);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price, cost) VALUES ('WHALE', 'Whale', 1, 0.995)$$, '23514',
    NULL, 'nor is a cost'
);
SELECT throws_ok(
    $$INSERT INTO products (sku, name, price) VALUES ('HARPOON' || chr(160), 'Harpoon', 1)$$,
    '23514', NULL, 'no SKU is another one''s with a space behind'
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
    'SELECT product_id, price::TEXT FROM price_history WHERE product_id > 900 ORDER BY product_id',
    $$VALUES (901, '10.00'), (902, '5.00')$$, 'and with its first price, to the cent'
);
SELECT results_eq(
    $$SELECT product_id FROM products
    WHERE search_vector @@ websearch_to_tsquery('english', 'whirlpool whales')$$,
    'VALUES (901)', 'and is found by the words of its name and description'
);
SELECT throws_ok(
    'DELETE FROM products WHERE product_id = 902', '55000', NULL, 'a product is never deleted'
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
