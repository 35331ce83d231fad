-- How the store does, month by month, and beside what it did before. Each month is read with the
-- twelve before it, each of those once for all months that look at it (Memoize): WHERE month >= x
-- reads the orders from a year before x, however long the history, and the credits from x.

CREATE OR REPLACE VIEW monthly_revenue WITH (security_invoker = TRUE) AS
WITH first_month AS (
    SELECT min(starts_at) AS starts_at FROM report_months
),

compared_months AS (
    SELECT
        report_months.month,
        report_months.starts_at,
        report_months.ends_at,
        months_before,
        report_months.month - months_before * INTERVAL '1 month' AS compared_month,
        store_settings.time_zone
    FROM report_months
    CROSS JOIN generate_series(0, 12) AS months_before
    CROSS JOIN store_settings
    WHERE store_settings.is_only_row  -- tells the planner that there is one
),

-- Functions in FROM, so that they are worked out once a month and not once an order.
compared_instants AS (
    SELECT
        compared_months.*,
        compared_starts_at,
        compared_ends_at
    FROM compared_months
    CROSS JOIN
        LATERAL first_instant_of(
            compared_months.compared_month, compared_months.time_zone
        ) AS compared_starts_at
    CROSS JOIN
        LATERAL first_instant_of(
            compared_months.compared_month + INTERVAL '1 month', compared_months.time_zone
        ) AS compared_ends_at
    CROSS JOIN first_month
    WHERE compared_starts_at >= first_month.starts_at
),

compared_sales AS (
    SELECT
        compared_instants.*,
        sales.order_count,
        sales.customer_count,
        sales.revenue
    FROM compared_instants
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS order_count,
            count(DISTINCT customer_id) AS customer_count,
            coalesce(sum(total), 0) AS revenue
        FROM orders
        WHERE
            status <> 'cancelled'
            AND created_at >= compared_instants.compared_starts_at
            AND created_at < compared_instants.compared_ends_at
    ) AS sales
),

sales_beside_earlier_ones AS (
    SELECT
        month,
        starts_at,
        ends_at,
        max(order_count) FILTER (WHERE months_before = 0) AS order_count,
        max(customer_count) FILTER (WHERE months_before = 0) AS customer_count,
        sum(revenue) FILTER (WHERE months_before = 0) AS revenue,
        sum(revenue) FILTER (WHERE months_before = 1) AS previous_revenue,
        sum(revenue) FILTER (WHERE months_before = 12) AS year_ago_revenue,
        sum(revenue) FILTER (
            WHERE months_before < extract(MONTH FROM month)
        ) AS year_to_date_revenue
    FROM compared_sales
    GROUP BY month, starts_at, ends_at
),

sales_and_credits AS (
    SELECT
        sales_beside_earlier_ones.*,
        credited.credits
    FROM sales_beside_earlier_ones
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS credits
        FROM counted_credits
        WHERE
            created_at >= sales_beside_earlier_ones.starts_at
            AND created_at < sales_beside_earlier_ones.ends_at
    ) AS credited
)

SELECT
    sales.month,
    sales.order_count AS total_orders,
    sales.customer_count AS unique_customers,
    round(sales.revenue, store_settings.currency_decimals) AS revenue,
    round(sales.credits, store_settings.currency_decimals) AS credits,
    round(sales.revenue - sales.credits, store_settings.currency_decimals) AS net_revenue,
    round(sales.revenue / nullif(sales.order_count, 0), store_settings.currency_decimals)
        AS average_order_value,
    round(sales.previous_revenue, store_settings.currency_decimals) AS previous_revenue,
    round(
        100 * (sales.revenue - sales.previous_revenue) / nullif(sales.previous_revenue, 0), 2
    ) AS growth_pct,
    round(
        100 * (sales.revenue - sales.year_ago_revenue) / nullif(sales.year_ago_revenue, 0), 2
    ) AS year_over_year_pct,
    round(sales.year_to_date_revenue, store_settings.currency_decimals) AS year_to_date_revenue,
    sales.ends_at > report_now() AS is_partial
FROM sales_and_credits AS sales
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW monthly_revenue IS
'Revenue by store month, gap-free, beside the month before and the year before.';
COMMENT ON COLUMN monthly_revenue.month IS 'First day of the month.';
COMMENT ON COLUMN monthly_revenue.total_orders IS 'Orders placed in it and not cancelled.';
COMMENT ON COLUMN monthly_revenue.revenue IS 'Sum of their totals, as ordered.';
COMMENT ON COLUMN monthly_revenue.credits IS
'What was taken off orders in the month, whenever those were placed: units cancelled or returned,
allowances, delivery given back.';
COMMENT ON COLUMN monthly_revenue.net_revenue IS 'Revenue less credits.';
COMMENT ON COLUMN monthly_revenue.average_order_value IS 'Revenue per order; NULL without orders.';
COMMENT ON COLUMN monthly_revenue.previous_revenue IS
'Revenue of the calendar month before; NULL in the first row.';
COMMENT ON COLUMN monthly_revenue.growth_pct IS
'Change of revenue to the month before, in per cent of that; NULL where that is 0 or unknown.';
COMMENT ON COLUMN monthly_revenue.year_over_year_pct IS
'Change of revenue to the same month a year before, in per cent; NULL before the 13th row.';
COMMENT ON COLUMN monthly_revenue.year_to_date_revenue IS
'Revenue from January of that year to the end of the month.';
COMMENT ON COLUMN monthly_revenue.is_partial IS 'Whether the month is not over.';
