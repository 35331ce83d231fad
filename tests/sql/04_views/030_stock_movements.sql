-- stock_movements: the whole story of the seed's harpoon, rope and hardtack.
BEGIN;
SELECT plan(3);

SELECT results_eq(
    $$SELECT quantity, kind::TEXT, order_id, occurred_at::TIMESTAMPTZ FROM stock_movements
    WHERE product_id = 3 ORDER BY occurred_at$$,
    -- 19 ropes came, 5 parcels took 8, one came back: 12 on hand.
    $$SELECT quantity, kind, order_id, occurred_at::TIMESTAMPTZ FROM (VALUES
    (19, 'receipt', NULL, '2024-10-02 08:00-04'),
    (-2, 'shipment', 1, '2024-11-05 10:07-05'),
    (-1, 'shipment', 7, '2024-12-20 12:49-05'),
    (-1, 'shipment', 9, '2025-01-01 10:03-05'),
    (-1, 'shipment', 11, '2025-01-18 12:17-05'),
    (1, 'return', 11, '2025-02-10 15:00-05'),
    (-3, 'shipment', 29, '2025-07-07 10:23-04')
    ) AS told (quantity, kind, order_id, occurred_at)$$,
    'receipts, parcels and what came back, each with its time'
);
SELECT is_empty(
    $$SELECT 1 FROM stock_movements WHERE order_id = 13 AND kind = 'return'$$,
    'what came back soggy went on no shelf'
);
SELECT is_empty(
    $$SELECT product_id, inventory.on_hand, sum(stock_movements.quantity) FROM inventory
    LEFT JOIN stock_movements USING (product_id)
    GROUP BY product_id HAVING inventory.on_hand <> coalesce(sum(stock_movements.quantity), 0)$$,
    'the movements of every product sum to what is on hand'
);
SELECT * FROM finish();
ROLLBACK;
