-- inventory_alerts: every row of the seed at three instants, worked out by hand. Stock is as it is:
-- available 2 blocks, 0 cordials, 5 Treasure Islands, 40 Waldens, 0 atlases. The units ordered of
-- what sells (New York time):
--
--   37  31 Oct 20:00  5 cordials, 1 lantern     41  28 Nov 08:00  2 Waldens, 1 compass
--   38   2 Nov 01:30  1 Moby-Dick,              42  30 Nov 23:30  3 blocks, 3 Treasure Islands
--                     1 Treasure Island,        43   5 Dec 10:00  1 chart
--                     2 blocks                  44  12 Dec 20:00  2 cordials
--   39   7 Nov 20:00  10 cordials               45  15 Dec 11:50  1 Moby-Dick, 3 blocks
--   40  14 Nov 12:00  1 harpoon
--
-- Nobody bought a sextant ever, a catalogue since February, an oilskin hat since March; the
-- scrimshaw's only order was cancelled; all of them came in October 2024; the other hats in
-- November 2025. The inactive quill is never here.
BEGIN;
SELECT plan(13);

CREATE TEMP VIEW alerts AS
SELECT
    sku,
    units_sold_30d::INT,
    days_of_supply,
    alert_level,
    suggested_order_quantity
FROM inventory_alerts;

SELECT set_config('app.report_now', '2025-12-01 00:30-05', TRUE);
SELECT bag_eq(
    'TABLE alerts',
    $$VALUES
    -- Since 1 November, 00:30: 2 + 3 blocks; 2 x 30 / 5 = 12 days, fewer than the 14 of the lead
    -- time. 1 + 5 x 14 / 30 - 2 = 1.33, so the usual 20.
    ('BLOCK', 5, 12.00, 'critical', 20),
    -- 10 + 10 x 10 / 30 - 0 = 13.33: the usual 40.
    ('CORDIAL', 10, 0.00, 'out_of_stock', 40),
    -- 5 x 30 / 4 = 37.5 days, more than 7; but 5 is the reorder point. 5 + 0.93 - 5: the usual 10.
    ('TREASURE', 4, 37.50, 'low', 10),
    -- 40 x 30 / 2.
    ('WALDEN', 2, 600.00, 'overstock', NULL),
    ('ATLAS', 0, NULL, 'out_of_stock', 5),
    ('SEXTANT', 0, NULL, 'dead_stock', NULL),
    ('CATALOGUE', 0, NULL, 'dead_stock', NULL),
    ('SCRIMSHAW', 0, NULL, 'dead_stock', NULL),
    ('OILSKIN', 0, NULL, 'dead_stock', NULL)$$,
    'as December begins'
);

SELECT set_config('app.report_now', '2025-12-15 12:00-05', TRUE);
SELECT bag_eq(
    'TABLE alerts',
    $$VALUES
    -- Since 15 November, noon: 3 + 3 blocks, 2 x 30 / 6 = 10 days; 1 + 2.8 - 2.
    ('BLOCK', 6, 10.00, 'critical', 20),
    ('CORDIAL', 2, 0.00, 'out_of_stock', 40),
    -- 5 x 30 / 3.
    ('TREASURE', 3, 50.00, 'low', 10),
    ('WALDEN', 2, 600.00, 'overstock', NULL),
    ('ATLAS', 0, NULL, 'out_of_stock', 5),
    ('SEXTANT', 0, NULL, 'dead_stock', NULL),
    ('CATALOGUE', 0, NULL, 'dead_stock', NULL),
    ('SCRIMSHAW', 0, NULL, 'dead_stock', NULL),
    ('OILSKIN', 0, NULL, 'dead_stock', NULL)$$,
    'in the middle of December'
);
SELECT results_eq(
    $$SELECT product_id, product_name::TEXT, on_hand, available, reorder_point FROM inventory_alerts
    WHERE sku = 'BLOCK'$$,
    $$VALUES (4, 'Pulley Block', 8, 2, 1)$$,
    'an alert says what is there'
);

-- A store in Tokyo is in December when it is 11:00 on 30 November in New York: 1:00 there.
UPDATE store_settings SET time_zone = 'Asia/Tokyo';
SELECT set_config('app.report_now', '2025-11-30 11:00-05', TRUE);
SELECT bag_eq(
    'TABLE alerts',
    $$VALUES
    -- Since 1 November, 1:00 there, which is 31 October, noon, here: orders 37 to 41. 2 blocks
    -- only, 2 x 30 / 2 = 30 days: no alert. 5 + 10 cordials, 10 + 5 - 0 = 15. 5 x 30 / 1 = 150
    -- days of Treasure Island.
    ('CORDIAL', 15, 0.00, 'out_of_stock', 40),
    ('TREASURE', 1, 150.00, 'low', 10),
    ('WALDEN', 2, 600.00, 'overstock', NULL),
    ('ATLAS', 0, NULL, 'out_of_stock', 5),
    ('SEXTANT', 0, NULL, 'dead_stock', NULL),
    ('CATALOGUE', 0, NULL, 'dead_stock', NULL),
    ('SCRIMSHAW', 0, NULL, 'dead_stock', NULL),
    ('OILSKIN', 0, NULL, 'dead_stock', NULL)$$,
    'on the last day of November, in a store that is already in December'
);
UPDATE store_settings SET time_zone = 'America/New_York';

-- The edges of each rule, one after the other.
SELECT set_config('app.report_now', '2025-12-15 12:00-05', TRUE);
UPDATE inventory SET lead_time_days = 10 WHERE product_id = 4;
SELECT is_empty(
    $$SELECT 1 FROM alerts WHERE sku = 'BLOCK'$$,
    'supply for exactly the lead time is enough'
);
-- 20 x 30 / 6 = 100 days of lead time: 1 + 6 x 100 / 30 - 2 = 19.
UPDATE inventory SET lead_time_days = 100, reorder_quantity = 18 WHERE product_id = 4;
SELECT results_eq(
    $$SELECT suggested_order_quantity FROM alerts WHERE sku = 'BLOCK'$$, 'VALUES (19)',
    'a long lead time orders more than the usual quantity'
);
UPDATE inventory SET lead_time_days = 101 WHERE product_id = 4;  -- 19.2
SELECT results_eq(
    $$SELECT suggested_order_quantity FROM alerts WHERE sku = 'BLOCK'$$, 'VALUES (20)',
    'a part of a unit is ordered whole'
);

UPDATE inventory SET lead_time_days = 2147483647, reorder_point = 2147483647 WHERE product_id = 4;
SELECT results_eq(
    $$SELECT suggested_order_quantity FROM alerts WHERE sku = 'BLOCK'$$, 'VALUES (2147483647)',
    'figures that cannot be meant fail nobody''s list'
);

-- For 180 days: since 18 June 2025, 11:00, which is noon on today's clock. Of the receipts, the
-- hat's came a second too early to count; what was found when counting is no receipt.
INSERT INTO stock_adjustments (product_id, quantity, reason, created_at) VALUES
(20, 1, 'receipt', '2025-06-18 12:00-04'),
(16, 1, 'receipt', '2025-06-18 12:00:01-04'),
(19, 1, 'count', '2025-12-01 12:00-05'),
(18, 1, 'receipt', '2025-12-15 12:00:01-05');
SELECT set_eq(
    $$SELECT sku::TEXT FROM alerts WHERE alert_level = 'dead_stock'$$,
    $$VALUES ('CATALOGUE'), ('SCRIMSHAW'), ('OILSKIN')$$,
    'what came in within 180 days, and not later than now, is not dead yet'
);

-- A log line came ten days ago; five were ordered and one of them was cancelled. 16 x 10 / 4 = 40
-- days; 4 x 41 / 10 - 16 = 0.4.
INSERT INTO products (product_id, sku, name, price) OVERRIDING SYSTEM VALUE
VALUES (31, 'LOG', 'Log Line', 10);
INSERT INTO stock_adjustments (product_id, quantity, reason, created_at) VALUES
(31, -1, 'loss', '2025-10-01 09:00-04'),
(31, 21, 'count', '2025-12-05 23:59-05'),
(31, 1, 'receipt', '2025-12-14 09:00-05');
UPDATE inventory SET on_hand = 20, reserved = 4, lead_time_days = 41 WHERE product_id = 31;
INSERT INTO orders (order_id, customer_id, status, subtotal, ship_to_country, created_at)
OVERRIDING SYSTEM VALUE VALUES (46, 13, 'paid', 50, 'GB', '2025-12-12 09:00-05');
INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, quantity, cancelled_quantity
) VALUES (46, 1, 31, 'LOG', 'Log Line', 10, 5, 1);
SELECT results_eq(
    $$SELECT units_sold_30d, days_of_supply, alert_level, suggested_order_quantity FROM alerts
    WHERE sku = 'LOG'$$,
    $$VALUES (4, 40.00, 'critical', 1)$$,
    'what came less than 30 days ago is judged by the days it has been there'
);
SELECT set_config('app.report_now', '2025-12-05 23:59:30-05', TRUE);
UPDATE orders SET created_at = '2025-12-05 23:59:10-05' WHERE order_id = 46;
SELECT results_eq(
    $$SELECT days_of_supply FROM alerts WHERE sku = 'LOG'$$,  -- 16 x 1 / 4
    $$VALUES (4.00)$$,
    'on its first day by one day'
);
SELECT set_config('app.report_now', '2025-12-15 12:00-05', TRUE);

-- Order 27 is of 30 June, 23:30, and has a kettle, as has order 28 half an hour later.
SELECT set_config('app.report_now', '2025-12-27 23:59-05', TRUE);
SELECT is_empty(
    $$SELECT 1 FROM alerts WHERE sku = 'KETTLE'$$, 'a sale within 180 days is life'
);
SELECT set_config('app.report_now', '2025-12-28 00:00-05', TRUE);
SELECT isnt_empty(
    $$SELECT 1 FROM alerts WHERE sku = 'KETTLE' AND alert_level = 'dead_stock'$$,
    'a sale 180 days ago is none in them'
);
SELECT * FROM finish();
ROLLBACK;
