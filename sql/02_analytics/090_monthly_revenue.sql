-- How the store does, month by month, and beside what it did before. It reads a row a month, and no
-- order but those of months that have changed lately.

CREATE OR REPLACE VIEW monthly_revenue WITH (security_invoker = TRUE) AS
WITH sales_beside_earlier_ones AS (
    SELECT
        month,
        ends_at,
        order_count,
        customer_count,
        total_sales AS revenue,
        cancelled_items + returns + allowances + delivery_credits AS credits,
        lag(total_sales) OVER by_month AS previous_revenue,
        lag(total_sales, 12) OVER by_month AS year_ago_revenue,
        sum(total_sales) OVER (
            PARTITION BY extract(YEAR FROM month) ORDER BY month
        ) AS year_to_date_revenue
    FROM monthly_sales
    WINDOW by_month AS (ORDER BY month)
)

SELECT
    sales.month,
    sales.order_count AS total_orders,
    sales.customer_count AS unique_customers,
    sales.revenue,
    sales.credits,
    sales.revenue - sales.credits AS net_revenue,
    round(sales.revenue / nullif(sales.order_count, 0), store_settings.currency_decimals)
        AS average_order_value,
    sales.previous_revenue,
    round(
        100 * (sales.revenue - sales.previous_revenue) / nullif(sales.previous_revenue, 0), 2
    ) AS growth_pct,
    round(
        100 * (sales.revenue - sales.year_ago_revenue) / nullif(sales.year_ago_revenue, 0), 2
    ) AS year_over_year_pct,
    sales.year_to_date_revenue,
    sales.ends_at > report_now() AS is_partial
FROM sales_beside_earlier_ones AS sales
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
COMMENT ON COLUMN monthly_revenue.previous_revenue IS 'Of the month before; NULL in the first row.';
COMMENT ON COLUMN monthly_revenue.growth_pct IS
'Change of revenue to the month before, in per cent of that; NULL where that is 0 or unknown.';
COMMENT ON COLUMN monthly_revenue.year_over_year_pct IS
'The same to the month a year before; NULL also before the 13th row.';
COMMENT ON COLUMN monthly_revenue.year_to_date_revenue IS
'Revenue from January of that year to the end of the month.';
COMMENT ON COLUMN monthly_revenue.is_partial IS 'Whether the month is not over.';
