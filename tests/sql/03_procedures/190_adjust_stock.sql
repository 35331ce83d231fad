-- adjust_stock, receive_stock and count_stock: never below what is reserved. Two cordials (7) are
-- on the shelf, both reserved; twelve ropes (3), none.
BEGIN;
SELECT plan(10);

SELECT throws_ok(
    $$SELECT adjust_stock(7, -1, 'damage')$$, 'ST001', 'insufficient stock of 1 products',
    'what is reserved is not taken'
);
SELECT throws_ok('SELECT count_stock(7, 1)', 'ST001', NULL, 'nor counted away');
SELECT lives_ok('SELECT count_stock(7, 2, $$sheet 2$$)', 'a count may find what is stored');
SELECT is_empty(
    $$SELECT FROM stock_adjustments WHERE reference = 'sheet 2'$$, 'then there is nothing to note'
);

SELECT receive_stock(3, 10, 'note 5', 7.25, 'key');
SELECT receive_stock(3, 10, 'note 5', 7.25, 'key');
SELECT adjust_stock(3, -2, 'loss');
SELECT count_stock(3, 25, 'sheet 2');
SELECT count_stock(3, 24);
SELECT adjust_stock(3, 1, 'count', 'sheet 3');
SELECT throws_ok(
    $$SELECT adjust_stock(3, -2, 'loss', NULL, 'key')$$, 'ST004', NULL, 'a key is one call''s'
);
SELECT is(on_hand, 25, 'each changes the stock') FROM inventory WHERE product_id = 3;
SELECT results_eq(
    'SELECT quantity, reason, reference::TEXT, unit_cost::NUMERIC, performed_by
    FROM stock_adjustments WHERE created_at = now() ORDER BY stock_adjustment_id',
    $$VALUES
    (10, 'receipt'::VARCHAR, 'note 5', 7.25, acting_role()),
    (-2, 'loss', NULL, NULL, acting_role()),
    (5, 'count', 'sheet 2', NULL, acting_role()),
    (-1, 'count', NULL, NULL, acting_role()),
    (1, 'count', 'sheet 3', NULL, acting_role())$$, 'and is noted, a count by its difference'
);

UPDATE products SET is_active = FALSE WHERE product_id = 3;
SELECT lives_ok('SELECT count_stock(3, 0)', 'what is no longer offered can still be cleared');
SELECT lives_ok(
    $$SELECT receive_stock(3, 2147483647, 'note 6')$$, 'a counter can be full to the brim'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
