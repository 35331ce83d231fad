-- monthly_revenue in DuckDB: group, then look back with window functions.

WITH sales AS (
    SELECT
        month,
        count(*) AS total_orders,
        count(DISTINCT customer_id) AS unique_customers,
        sum(total) AS revenue
    FROM counted_orders
    GROUP BY month
),

credited AS (
    SELECT
        month,
        sum(amount) AS credits
    FROM counted_credits
    GROUP BY month
),

months AS (
    SELECT
        report_months.month,
        coalesce(sales.total_orders, 0) AS total_orders,
        coalesce(sales.unique_customers, 0) AS unique_customers,
        coalesce(sales.revenue, 0) AS revenue,
        coalesce(credited.credits, 0) AS credits
    FROM report_months
    LEFT JOIN sales ON report_months.month = sales.month
    LEFT JOIN credited ON report_months.month = credited.month
),

months_beside_earlier_ones AS (
    SELECT
        *,
        lag(revenue) OVER (ORDER BY month) AS previous_revenue,
        lag(revenue, 12) OVER (ORDER BY month) AS year_ago_revenue,
        sum(revenue) OVER (PARTITION BY extract(YEAR FROM month) ORDER BY month)
            AS year_to_date_revenue
    FROM months
)

SELECT
    month,
    total_orders,
    unique_customers,
    revenue,
    credits,
    revenue - credits AS net_revenue,
    round(revenue / nullif(total_orders, 0), 2) AS average_order_value,
    previous_revenue,
    round(100 * (revenue - previous_revenue) / nullif(previous_revenue, 0), 2) AS growth_pct,
    round(100 * (revenue - year_ago_revenue) / nullif(year_ago_revenue, 0), 2)
        AS year_over_year_pct,
    year_to_date_revenue,
    month + INTERVAL '1 month' > report_now() AT TIME ZONE time_zone() AS is_partial
FROM months_beside_earlier_ones;
