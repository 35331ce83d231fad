-- When customers buy: a week of 168 hours on the store's wall clock, empty hours too. The hour a
-- clock change repeats counts twice a year, the one it skips never.

CREATE OR REPLACE VIEW sales_by_hour WITH (security_invoker = TRUE) AS
WITH hours_of_history AS (
    SELECT
        date_trunc('hour', orders.created_at AT TIME ZONE store_settings.time_zone) AS hour,
        count(*) AS order_count,
        sum(orders.total) AS revenue
    FROM orders
    CROSS JOIN store_settings
    WHERE orders.status <> 'cancelled' AND store_settings.is_only_row
    GROUP BY date_trunc('hour', orders.created_at AT TIME ZONE store_settings.time_zone)
),

sales AS (
    SELECT
        extract(ISODOW FROM hour) AS iso_weekday,
        extract(HOUR FROM hour) AS hour,
        sum(order_count) AS order_count,
        sum(revenue) AS revenue
    FROM hours_of_history
    GROUP BY extract(ISODOW FROM hour), extract(HOUR FROM hour)
),

week AS (
    SELECT
        iso_weekday,
        hour
    FROM generate_series(1, 7) AS iso_weekday
    CROSS JOIN generate_series(0, 23) AS hour
)

SELECT
    week.iso_weekday,
    week.hour,
    coalesce(sales.order_count, 0)::BIGINT AS orders,
    round(coalesce(sales.revenue, 0), 2) AS revenue
FROM week
LEFT JOIN sales ON week.iso_weekday = sales.iso_weekday AND week.hour = sales.hour;
COMMENT ON VIEW sales_by_hour IS 'Orders and revenue by weekday and hour of the store''s clock.';
COMMENT ON COLUMN sales_by_hour.iso_weekday IS '1 (Monday) to 7 (Sunday).';
COMMENT ON COLUMN sales_by_hour.hour IS '0 to 23.';
COMMENT ON COLUMN sales_by_hour.orders IS 'Orders placed in that hour and not cancelled.';
COMMENT ON COLUMN sales_by_hour.revenue IS 'Sum of their totals.';
