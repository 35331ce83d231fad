-- rolling_sales in DuckDB, where the median is a window function too.

WITH sales AS (
    SELECT
        local_time::DATE AS sale_date,
        count(*) AS order_count,
        sum(total) AS revenue
    FROM counted_orders
    GROUP BY local_time::DATE
),

bounds AS (
    SELECT
        min(sale_date) AS first_day,
        max(sale_date) AS last_day
    FROM sales
),

days AS (
    SELECT unnest(generate_series(first_day, last_day, INTERVAL '1 day'))::DATE AS sale_date
    FROM bounds
),

days_beside_earlier_ones AS (
    SELECT
        days.sale_date,
        coalesce(sales.order_count, 0) AS order_count,
        coalesce(sales.revenue, 0) AS revenue,
        row_number() OVER (ORDER BY days.sale_date) AS day_number,
        sum(coalesce(sales.revenue, 0)) OVER (ORDER BY days.sale_date ROWS 6 PRECEDING)
            AS revenue_7d,
        sum(coalesce(sales.revenue, 0)) OVER (ORDER BY days.sale_date ROWS 27 PRECEDING)
            AS revenue_28d,
        median(coalesce(sales.revenue, 0)) OVER same_weekday AS median_revenue,
        mad(coalesce(sales.revenue, 0)::DOUBLE PRECISION) OVER same_weekday AS median_deviation,
        count(*) OVER same_weekday AS same_weekdays
    FROM days
    LEFT JOIN sales ON days.sale_date = sales.sale_date
    WINDOW
        same_weekday AS (
            PARTITION BY extract(ISODOW FROM days.sale_date)
            ORDER BY days.sale_date
            ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING
        )
)

SELECT
    sale_date,
    order_count AS orders,
    revenue,
    CASE WHEN day_number >= 7 THEN round(revenue_7d / 7, 2) END AS revenue_7d_avg,
    CASE WHEN day_number >= 28 THEN round(revenue_28d / 28, 2) END AS revenue_28d_avg,
    CASE
        WHEN same_weekdays = 8
            THEN round((revenue - median_revenue) / nullif(1.4826 * median_deviation, 0), 2)
    END AS same_weekday_z
FROM days_beside_earlier_ones;
