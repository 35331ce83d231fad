-- sales_by_hour in DuckDB.

WITH sales AS (
    SELECT
        extract(ISODOW FROM local_time) AS iso_weekday,
        extract(HOUR FROM local_time) AS hour,
        count(*) AS order_count,
        sum(total) AS revenue
    FROM counted_orders
    GROUP BY extract(ISODOW FROM local_time), extract(HOUR FROM local_time)
),

week AS (
    SELECT
        weekdays.iso_weekday,
        hours.hour
    FROM generate_series(1, 7) AS weekdays (iso_weekday)
    CROSS JOIN generate_series(0, 23) AS hours (hour)
)

SELECT
    week.iso_weekday,
    week.hour,
    coalesce(sales.order_count, 0) AS orders,
    coalesce(sales.revenue, 0) AS revenue
FROM week
LEFT JOIN sales ON week.iso_weekday = sales.iso_weekday AND week.hour = sales.hour;
