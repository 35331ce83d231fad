-- dashboard_kpis: every figure of the seed, worked out by hand. The orders around (New York time):
--
--   33  3 Oct  43.04    38   2 Nov  01:30    70.88  customer 1   43   5 Dec  30.00  pending
--   34 10 Oct  61.76    39   7 Nov           99.20  customer 4   44  12 Dec  24.32
--   35 17 Oct  47.20    40  14 Nov          134.40  customer 2   45  15 Dec  78.56  pending
--   36 24 Oct  80.48    41  28 Nov           56.75  customer 3
--   37 31 Oct 102.80    42  30 Nov  23:30   103.52  customer 2
--       (20:00)
BEGIN;
SELECT plan(9);

-- Low stock, always: the cordial (0 <= 10), Treasure Island (5 <= 5), the atlas (0 <= 2).

SELECT set_config('app.report_now', '2025-12-01 00:30-05', TRUE);
SELECT results_eq(
    'TABLE dashboard_kpis',
    -- November: 70.88 + 99.20 + 134.40 + 56.75 + 103.52 = 464.75. Half an hour into it: nothing.
    $$VALUES (
        0.00, 464.75, -100.00, 0.00, NULL::NUMERIC,
        0::BIGINT, 5::BIGINT, -100.00, 0::BIGINT, NULL::NUMERIC, 0::BIGINT, 0.00, 3::BIGINT
    )$$,
    'as a month begins, it is compared with the whole of the last and with nothing so far'
);

SELECT set_config('app.report_now', '2025-12-15 12:00-05', TRUE);
SELECT results_eq(
    'TABLE dashboard_kpis',
    -- 30.00 + 24.32 + 78.56 = 132.88 of 3 customers; / 3 = 44.293.
    -- (132.88 - 464.75) / 464.75 = -71.408 %. Up to 15 November, noon: 70.88 + 99.20 + 134.40
    -- = 304.48; (132.88 - 304.48) / 304.48 = -56.358 %. Pending: 30.00 + 78.56.
    $$VALUES (
        132.88, 464.75, -71.41, 304.48, -56.36,
        3::BIGINT, 5::BIGINT, -40.00, 3::BIGINT, 44.29, 2::BIGINT, 108.56, 3::BIGINT
    )$$,
    'in the middle of a month, to date means up to this day and minute of the last'
);

SELECT set_config('app.report_now', '2025-11-30 23:45-05', TRUE);
SELECT results_eq(
    'TABLE dashboard_kpis',
    -- It is December in UTC. October: 43.04 + 61.76 + 47.20 + 80.48 + 102.80 = 335.28;
    -- (464.75 - 335.28) / 335.28 = 38.615 %. Up to 30 October: 232.48; 232.27 / 232.48 = 99.910 %.
    -- Customers 1, 4, 2, 3 and 2 again; 464.75 / 5 = 92.95. Orders 43 and 45 are yet to come.
    $$VALUES (
        464.75, 335.28, 38.62, 232.48, 99.91,
        5::BIGINT, 5::BIGINT, 0.00, 4::BIGINT, 92.95, 0::BIGINT, 0.00, 3::BIGINT
    )$$,
    'on the last evening of a month, it is still the store''s month, whatever UTC says'
);

SELECT set_config('app.report_now', '2025-05-31 12:00-04', TRUE);
SELECT results_eq(
    'TABLE dashboard_kpis',
    -- May: 81.50 + 5.00, not the 80.00 that were cancelled. April: 25.00 + 49.00 + 120.00 (on the
    -- 30th, 23:45) = 194.00, all of it, since April has no 31st.
    -- (86.50 - 194.00) / 194.00 = -55.412 %; 2 orders for 3: -33.333 %.
    $$VALUES (
        86.50, 194.00, -55.41, 194.00, -55.41,
        2::BIGINT, 3::BIGINT, -33.33, 2::BIGINT, 43.25, 0::BIGINT, 0.00, 3::BIGINT
    )$$,
    'on a day the last month lacks, to date means all of it'
);

SELECT set_config('app.report_now', '2025-04-30 12:00-04', TRUE);
SELECT results_eq(
    'SELECT current_revenue, previous_revenue_to_date FROM dashboard_kpis',
    -- Order 21 comes at 23:45. March: 29.70 + 29.70 + 88.00 + 264.00, charged back or not.
    'VALUES (74.00, 411.40)',
    'nothing dated later today counts, and a chargeback does not lower revenue'
);

-- The second half past one of 2 November is where order 38 stands; on 2 December it is 01:30 once.
SELECT set_config('app.report_now', '2025-12-02 01:30-05', TRUE);
SELECT results_eq(
    'SELECT previous_revenue_to_date FROM dashboard_kpis', 'VALUES (70.88)',
    'to date includes the minute itself, after the clocks went back'
);

-- The same evening in a store whose clock is 14 hours ahead of New York's: 1 December, 13:45.
UPDATE store_settings SET time_zone = 'Asia/Tokyo';
SELECT set_config('TimeZone', 'America/New_York', TRUE);
SELECT set_config('app.report_now', '2025-11-30 23:45-05', TRUE);
SELECT results_eq(
    'TABLE dashboard_kpis',
    -- December there began at 10:00 here: order 42 is in it. November began on 31 October, 11:00:
    -- orders 37 to 41, 102.80 + 70.88 + 99.20 + 134.40 + 56.75 = 464.03;
    -- (103.52 - 464.03) / 464.03 = -77.691 %. Up to 1 November, 13:45 there, which is 0:45 here:
    -- order 37 alone; 0.72 / 102.80 = 0.700 %.
    $$VALUES (
        103.52, 464.03, -77.69, 102.80, 0.70,
        1::BIGINT, 5::BIGINT, -80.00, 1::BIGINT, 103.52, 0::BIGINT, 0.00, 3::BIGINT
    )$$,
    'a store already in the next month shows that month, whatever the session''s zone'
);

-- Havana's clocks go back from 1:00 to midnight: 1 November 2020 began twice.
UPDATE store_settings SET time_zone = 'America/Havana';
SELECT set_config('app.report_now', '2020-11-15 12:00-05', TRUE);
INSERT INTO orders (customer_id, status, subtotal, ship_to_country, created_at) VALUES
(1, 'pending', 5.00, 'CU', '2020-10-31 23:29-04'),
(1, 'paid', 10.00, 'CU', '2020-10-31 23:30-04'),
(1, 'paid', 20.00, 'CU', '2020-11-01 00:30-04'),
(1, 'pending', 40.00, 'CU', '2020-11-01 00:30-05');
SELECT results_eq(
    'SELECT current_revenue, previous_revenue, pending_orders, pending_revenue FROM dashboard_kpis',
    'VALUES (60.00, 15.00, 2::BIGINT, 40.00)',
    'a month that begins twice has both its first half hours'
);

UPDATE products SET is_active = FALSE WHERE sku = 'ATLAS';
SELECT results_eq(
    'SELECT low_stock_products FROM dashboard_kpis', 'VALUES (2::BIGINT)',
    'what is not offered any more is no low stock'
);
SELECT * FROM finish();
ROLLBACK;
