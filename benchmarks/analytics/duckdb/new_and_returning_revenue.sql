-- new_and_returning_revenue in DuckDB.

WITH first_months AS (
    SELECT
        customer_id,
        min(month) AS first_month
    FROM counted_orders
    GROUP BY customer_id
),

sales AS (
    SELECT
        counted_orders.month,
        counted_orders.customer_id,
        counted_orders.total,
        counted_orders.month = first_months.first_month AS is_new
    FROM counted_orders
    INNER JOIN first_months ON counted_orders.customer_id = first_months.customer_id
)

SELECT
    report_months.month,
    count(DISTINCT sales.customer_id) FILTER (WHERE sales.is_new) AS new_customers,
    coalesce(sum(sales.total) FILTER (WHERE sales.is_new), 0) AS new_revenue,
    count(DISTINCT sales.customer_id) FILTER (WHERE NOT sales.is_new) AS returning_customers,
    coalesce(sum(sales.total) FILTER (WHERE NOT sales.is_new), 0) AS returning_revenue
FROM report_months
LEFT JOIN sales ON report_months.month = sales.month
GROUP BY report_months.month;
