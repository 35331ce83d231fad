-- Sales by day, equal at any moment to what the orders say: days nobody touched since the last
-- refresh come from the stored picture, the few others are computed from their orders. However
-- seldom reports are refreshed, only the cost of reading grows.

CREATE OR REPLACE VIEW daily_sales WITH (security_invoker = TRUE) AS
WITH live_days AS MATERIALIZED (
    SELECT changed.* FROM sales_days_since_refresh() AS changed
),

live_sales AS (
    SELECT
        live_days.sale_date,
        sales.orders,
        sales.revenue,
        sales.unique_customers
    FROM live_days
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS orders,
            sum(orders.total) AS revenue,
            count(DISTINCT orders.customer_id) AS unique_customers
        FROM orders
        WHERE
            orders.status <> 'cancelled'
            AND orders.created_at >= live_days.starts_at
            AND orders.created_at < live_days.ends_at
            AND (orders.created_at AT TIME ZONE live_days.time_zone)::DATE = live_days.sale_date
        HAVING count(*) > 0
    ) AS sales
)

SELECT
    sale_date,
    orders,
    revenue,
    unique_customers
FROM mv_daily_sales
WHERE sale_date <> ALL(ARRAY(SELECT live_days.sale_date FROM live_days))
UNION ALL
SELECT
    sale_date,
    orders,
    revenue,
    unique_customers
FROM live_sales;
COMMENT ON VIEW daily_sales IS
'Sales by store day, always as the orders say; days without a sale have no row.';
COMMENT ON COLUMN daily_sales.orders IS 'Orders placed that day and not cancelled.';
COMMENT ON COLUMN daily_sales.revenue IS 'Sum of their totals.';
COMMENT ON COLUMN daily_sales.unique_customers IS 'Customers who placed them.';
