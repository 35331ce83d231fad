-- inventory_valuation: what lies on the seed's shelf, at cost.
BEGIN;
SELECT plan(2);

SELECT results_eq(
    $$SELECT sku::TEXT, on_hand, reserved, unit_cost::NUMERIC, stock_value
    FROM inventory_valuation
    WHERE sku IN ('BLOCK', 'ATLAS', 'QUILL', 'SCRIMSHAW') ORDER BY product_id$$,
    $$SELECT sku, on_hand, reserved, unit_cost, stock_value FROM (VALUES
    ('BLOCK', 8, 6, 9.00, 72.00),
    ('ATLAS', 0, 0, NULL, NULL),  -- nobody knows what one costs
    ('QUILL', 74, 0, 0.40, 29.60),  -- not offered any more, still there
    ('SCRIMSHAW', 1, 0, 35.00, 35.00)
    ) AS worked_out (sku, on_hand, reserved, unit_cost, stock_value)$$,
    'promised units, old products and unknown costs'
);
SELECT results_eq(
    'SELECT count(*), sum(stock_value) FROM inventory_valuation',
    -- Harpoons to kettles: 280 + 120 + 90 + 72 + 66 + 33.60 + 6 + 45 = 712.60; books: 45 + 25 + 28
    -- + 160 = 258; charts and instruments: 40 + 36 + 300 = 376; quills to hats: 29.60 + 49.50 + 35
    -- + 45 = 159.10; the other hats: 36 + 2 x 38 = 112.
    'VALUES (23::BIGINT, 1617.70)',
    'every product has its row'
);
SELECT * FROM finish();
ROLLBACK;
