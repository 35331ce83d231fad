-- When customers buy: a week of 168 hours on the store's wall clock, empty hours too. The hour a
-- clock change repeats counts twice a year, the one it skips never. Stored sums, and what has
-- changed since they were stored; equal at any moment to what the orders say.

CREATE OR REPLACE VIEW sales_by_hour WITH (security_invoker = TRUE) AS
SELECT
    week.iso_weekday,
    day.hour,
    coalesce(stored.order_counts[day.hour + 1], 0) + coalesce(changed.order_count, 0) AS orders,
    round(
        coalesce(stored.revenues[day.hour + 1], 0) + coalesce(changed.revenue, 0),
        store_settings.currency_decimals
    ) AS revenue
FROM generate_series(1, 7) AS week (iso_weekday)
CROSS JOIN generate_series(0, 23) AS day (hour)
CROSS JOIN store_settings
LEFT JOIN hourly_sales_rollup AS stored ON week.iso_weekday = stored.iso_weekday
LEFT JOIN hourly_sales_since_refresh() AS changed
    ON week.iso_weekday = changed.iso_weekday AND day.hour = changed.hour
WHERE store_settings.is_only_row;
COMMENT ON VIEW sales_by_hour IS 'Orders and revenue by weekday and hour of the store''s clock.';
COMMENT ON COLUMN sales_by_hour.iso_weekday IS '1 (Monday) to 7 (Sunday).';
COMMENT ON COLUMN sales_by_hour.hour IS '0 to 23.';
COMMENT ON COLUMN sales_by_hour.orders IS 'Orders placed in that hour and not cancelled.';
COMMENT ON COLUMN sales_by_hour.revenue IS 'Sum of their totals.';
