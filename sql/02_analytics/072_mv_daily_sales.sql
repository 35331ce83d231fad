-- The store behind daily_sales: a picture of every day as the last refresh saw it. Read
-- daily_sales instead, which knows what changed since. Each picture is drawn from the one before;
-- the first, and one that cannot trust what was there, from all orders.

CREATE MATERIALIZED VIEW mv_daily_sales AS
WITH kept AS MATERIALIZED (
    SELECT
        sale_date,
        orders,
        revenue,
        unique_customers
    FROM _kept_daily_sales()
)

SELECT
    sale_date,
    orders,
    revenue,
    unique_customers
FROM kept
UNION ALL
SELECT
    (
        orders.created_at AT TIME ZONE (SELECT store_settings.time_zone FROM store_settings)
    )::DATE AS sale_date,
    count(*) AS orders,
    sum(orders.total) AS revenue,
    count(DISTINCT orders.customer_id) AS unique_customers
FROM orders
WHERE orders.status <> 'cancelled' AND NOT EXISTS (SELECT FROM kept)
GROUP BY sale_date;
-- What REFRESH CONCURRENTLY tells rows apart by.
CREATE UNIQUE INDEX idx_mv_daily_date ON mv_daily_sales (sale_date);

COMMENT ON MATERIALIZED VIEW mv_daily_sales IS
'Sales by store day as of the last refresh_reports(); daily_sales, which has the same columns, is
never out of date.';
