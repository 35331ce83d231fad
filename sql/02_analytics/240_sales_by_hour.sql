-- When customers buy: a week of 168 hours on the store's wall clock, empty hours too. The hour a
-- clock change repeats counts twice a year, the one it skips never.

CREATE OR REPLACE VIEW sales_by_hour WITH (security_invoker = TRUE) AS
WITH local_orders AS (
    SELECT
        orders.created_at AT TIME ZONE store_settings.time_zone AS local_time,
        orders.total
    FROM orders
    CROSS JOIN store_settings
    WHERE orders.status <> 'cancelled' AND store_settings.is_only_row
    OFFSET 0  -- noqa: AM09, a fence: the planner would convert the time wherever it is used
),

-- Which hour of its week, by subtraction from a Monday: taking weekday and hour out of every
-- order's time would double the cost of the report.
sales AS (
    SELECT
        date_bin('1 hour', local_time, '0001-01-01') - date_bin('7 days', local_time, '0001-01-01')
            AS since_monday,
        count(*) AS order_count,
        sum(total) AS revenue
    FROM local_orders
    GROUP BY since_monday
),

week AS (
    SELECT
        iso_weekday,
        hour,
        make_interval(days => iso_weekday - 1, hours => hour) AS since_monday
    FROM generate_series(1, 7) AS iso_weekday
    CROSS JOIN generate_series(0, 23) AS hour
)

SELECT
    week.iso_weekday,
    week.hour,
    coalesce(sales.order_count, 0) AS orders,
    round(coalesce(sales.revenue, 0), store_settings.currency_decimals) AS revenue
FROM week
CROSS JOIN store_settings
LEFT JOIN sales ON week.since_monday = sales.since_monday
WHERE store_settings.is_only_row;
COMMENT ON VIEW sales_by_hour IS 'Orders and revenue by weekday and hour of the store''s clock.';
COMMENT ON COLUMN sales_by_hour.iso_weekday IS '1 (Monday) to 7 (Sunday).';
COMMENT ON COLUMN sales_by_hour.hour IS '0 to 23.';
COMMENT ON COLUMN sales_by_hour.orders IS 'Orders placed in that hour and not cancelled.';
COMMENT ON COLUMN sales_by_hour.revenue IS 'Sum of their totals.';
