-- How this month is going against the last: one row, read every morning. Sales dated after
-- report_now() are not counted; stock is as it is. It reads two months of orders and the open
-- ones, so it costs the same however long the history.

CREATE OR REPLACE VIEW dashboard_kpis WITH (security_invoker = TRUE) AS
WITH clock AS (
    SELECT
        time_zone,
        currency_decimals,
        report_now() AS now_at,
        report_now() AT TIME ZONE time_zone AS store_time
    FROM store_settings
),

months AS (
    SELECT
        currency_decimals,
        now_at,
        first_instant_of(date_trunc('month', store_time), time_zone) AS current_from,
        first_instant_of(
            date_trunc('month', store_time) - INTERVAL '1 month', time_zone
        ) AS previous_from,
        -- NULL on a day the last month lacks: a month ago is then its last day, too early.
        CASE
            WHEN extract(DAY FROM store_time - INTERVAL '1 month') = extract(DAY FROM store_time)
                THEN (store_time - INTERVAL '1 month') AT TIME ZONE time_zone
        END AS previous_until
    FROM clock
),

-- The bounds are sub-selects so that they are read once and the index on created_at serves
-- whatever the statistics say.
recent_orders AS (
    SELECT
        orders.customer_id,
        orders.total,
        orders.status = 'pending' AS is_pending,
        orders.created_at >= months.current_from AS is_current,
        orders.created_at < months.current_from
        AND (orders.created_at <= months.previous_until) IS NOT FALSE AS is_previous_to_date
    FROM orders
    CROSS JOIN months
    WHERE
        orders.status <> 'cancelled'
        AND orders.created_at >= (SELECT bounds.previous_from FROM months AS bounds)
        AND orders.created_at <= (SELECT bounds.now_at FROM months AS bounds)
),

sales AS (
    SELECT
        coalesce(sum(total) FILTER (WHERE is_current), 0) AS current_revenue,
        coalesce(sum(total) FILTER (WHERE is_current AND is_pending), 0) AS pending_revenue,
        coalesce(sum(total) FILTER (WHERE NOT is_current), 0) AS previous_revenue,
        coalesce(sum(total) FILTER (WHERE is_previous_to_date), 0) AS previous_revenue_to_date,
        count(*) FILTER (WHERE is_current) AS current_orders,
        count(*) FILTER (WHERE NOT is_current) AS previous_orders,
        count(DISTINCT customer_id) FILTER (WHERE is_current) AS current_customers
    FROM recent_orders
),

pending AS (
    SELECT count(*) AS pending_orders
    FROM unsettled_orders
    INNER JOIN orders ON unsettled_orders.order_id = orders.order_id
    WHERE orders.status = 'pending' AND orders.created_at <= (SELECT months.now_at FROM months)
),

low_stock AS (
    SELECT count(*) AS low_stock_products
    FROM products
    INNER JOIN inventory ON products.product_id = inventory.product_id
    WHERE products.is_active AND inventory.available <= inventory.reorder_point
)

SELECT
    round(sales.current_revenue, months.currency_decimals) AS current_revenue,
    round(sales.previous_revenue, months.currency_decimals) AS previous_revenue,
    round(
        (sales.current_revenue - sales.previous_revenue) * 100
        / nullif(sales.previous_revenue, 0), 2
    ) AS revenue_growth_pct,
    round(sales.previous_revenue_to_date, months.currency_decimals) AS previous_revenue_to_date,
    round(
        (sales.current_revenue - sales.previous_revenue_to_date) * 100
        / nullif(sales.previous_revenue_to_date, 0), 2
    ) AS revenue_growth_to_date_pct,
    sales.current_orders,
    sales.previous_orders,
    round(
        (sales.current_orders - sales.previous_orders) * 100.0
        / nullif(sales.previous_orders, 0), 2
    ) AS orders_growth_pct,
    sales.current_customers,
    round(sales.current_revenue / nullif(sales.current_orders, 0), months.currency_decimals)
        AS average_order_value,
    pending.pending_orders,
    round(sales.pending_revenue, months.currency_decimals) AS pending_revenue,
    low_stock.low_stock_products
FROM sales
CROSS JOIN months
CROSS JOIN pending
CROSS JOIN low_stock;
COMMENT ON VIEW dashboard_kpis IS
'One row: this store month, up to report_now(), against the last. Orders count by created_at and
unless cancelled; their revenue is total, as ordered. Growth is per cent, NULL against nothing.';
COMMENT ON COLUMN dashboard_kpis.previous_revenue IS 'The whole of last month''s.';
COMMENT ON COLUMN dashboard_kpis.revenue_growth_pct IS 'Against the whole of last month.';
COMMENT ON COLUMN dashboard_kpis.previous_revenue_to_date IS
'Last month''s up to the store''s wall clock one month ago; the whole month on a day it lacks.';
COMMENT ON COLUMN dashboard_kpis.revenue_growth_to_date_pct IS
'Against last month to the same point.';
COMMENT ON COLUMN dashboard_kpis.orders_growth_pct IS 'Against the whole of last month.';
COMMENT ON COLUMN dashboard_kpis.current_customers IS 'Who ordered this month; each counts once.';
COMMENT ON COLUMN dashboard_kpis.average_order_value IS 'Of this month; NULL without orders.';
COMMENT ON COLUMN dashboard_kpis.pending_orders IS 'Of any month; released ones too.';
COMMENT ON COLUMN dashboard_kpis.pending_revenue IS 'Of current_revenue, what is still pending.';
COMMENT ON COLUMN dashboard_kpis.low_stock_products IS
'Active products of which no more is available than their reorder point.';
