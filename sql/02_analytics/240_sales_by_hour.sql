-- When customers buy: a week of 168 hours on the store's wall clock, empty hours too. The hour a
-- clock change repeats counts twice a year, the one it skips never. Stored sums, and what has
-- changed since they were stored; equal at any moment to what the orders say.

CREATE OR REPLACE VIEW sales_by_hour WITH (security_invoker = TRUE) AS
WITH stored_and_changed AS (
    SELECT
        hourly_sales_rollup.iso_weekday,
        stored.hour - 1 AS hour,
        stored.order_count,
        stored.revenue
    FROM hourly_sales_rollup
    CROSS JOIN
        LATERAL unnest(hourly_sales_rollup.order_counts, hourly_sales_rollup.revenues)
        WITH ORDINALITY AS stored (order_count, revenue, hour)
    UNION ALL
    SELECT
        iso_weekday,
        hour,
        order_count,
        revenue
    FROM hourly_sales_since_refresh()
),

sales AS (
    SELECT
        iso_weekday,
        hour,
        sum(order_count)::BIGINT AS order_count,
        sum(revenue) AS revenue
    FROM stored_and_changed
    GROUP BY iso_weekday, hour
)

SELECT
    week.iso_weekday,
    day.hour,
    coalesce(sales.order_count, 0) AS orders,
    round(coalesce(sales.revenue, 0), store_settings.currency_decimals) AS revenue
FROM generate_series(1, 7) AS week (iso_weekday)
CROSS JOIN generate_series(0, 23) AS day (hour)
CROSS JOIN store_settings
LEFT JOIN sales ON week.iso_weekday = sales.iso_weekday AND day.hour = sales.hour
WHERE store_settings.is_only_row;
COMMENT ON VIEW sales_by_hour IS 'Orders and revenue by weekday and hour of the store''s clock.';
COMMENT ON COLUMN sales_by_hour.iso_weekday IS '1 (Monday) to 7 (Sunday).';
COMMENT ON COLUMN sales_by_hour.hour IS '0 to 23.';
COMMENT ON COLUMN sales_by_hour.orders IS 'Orders placed in that hour and not cancelled.';
COMMENT ON COLUMN sales_by_hour.revenue IS 'Sum of their totals.';
