-- What each month brought, equal at any moment to what orders and credits say: months nobody
-- touched since the last refresh come from stored sums, the few others are computed.

CREATE OR REPLACE VIEW monthly_sales WITH (security_invoker = TRUE) AS
WITH live_months AS MATERIALIZED (
    SELECT changed.* FROM months_since_refresh(p_of_funnel => FALSE) AS changed
),

stored_and_live AS (
    SELECT
        month,
        order_count,
        customer_count,
        gross_sales,
        discounts,
        shipping,
        tax_added,
        total_sales,
        tax_included,
        cancelled_items,
        returns,
        allowances,
        delivery_credits
    FROM monthly_sales_rollup
    WHERE month <> ALL(ARRAY(SELECT live_months.month FROM live_months))
    UNION ALL
    SELECT
        live_months.month,
        sales.*,
        credited.*
    FROM live_months
    CROSS JOIN
        LATERAL (
            SELECT
                count(*) AS order_count,
                count(DISTINCT customer_id) AS customer_count,
                sum(subtotal) AS gross_sales,
                sum(discount) AS discounts,
                sum(shipping_fee) AS shipping,
                sum(tax) FILTER (WHERE NOT prices_include_tax) AS tax_added,
                sum(total) AS total_sales,
                sum(tax) FILTER (WHERE prices_include_tax) AS tax_included
            FROM orders
            WHERE
                status <> 'cancelled'
                AND created_at >= live_months.starts_at
                AND created_at < live_months.ends_at
        ) AS sales
    CROSS JOIN LATERAL (
        SELECT
            sum(amount) FILTER (WHERE kind = 'cancellation') AS cancelled_items,
            sum(amount) FILTER (WHERE kind = 'return') AS returns,
            sum(amount) FILTER (WHERE kind = 'allowance') AS allowances,
            sum(amount) FILTER (WHERE kind = 'delivery') AS delivery_credits
        FROM counted_credits
        WHERE
            created_at >= live_months.starts_at
            AND created_at < live_months.ends_at
    ) AS credited
)

SELECT
    report_months.month,
    report_months.ends_at,
    coalesce(sums.order_count, 0) AS order_count,
    coalesce(sums.customer_count, 0) AS customer_count,
    round(coalesce(sums.gross_sales, 0), store_settings.currency_decimals) AS gross_sales,
    round(coalesce(sums.discounts, 0), store_settings.currency_decimals) AS discounts,
    round(coalesce(sums.shipping, 0), store_settings.currency_decimals) AS shipping,
    round(coalesce(sums.tax_added, 0), store_settings.currency_decimals) AS tax_added,
    round(coalesce(sums.total_sales, 0), store_settings.currency_decimals) AS total_sales,
    round(coalesce(sums.tax_included, 0), store_settings.currency_decimals) AS tax_included,
    round(coalesce(sums.cancelled_items, 0), store_settings.currency_decimals) AS cancelled_items,
    round(coalesce(sums.returns, 0), store_settings.currency_decimals) AS returns,
    round(coalesce(sums.allowances, 0), store_settings.currency_decimals) AS allowances,
    round(coalesce(sums.delivery_credits, 0), store_settings.currency_decimals) AS delivery_credits
FROM report_months
CROSS JOIN store_settings
LEFT JOIN stored_and_live AS sums ON report_months.month = sums.month
WHERE store_settings.is_only_row;  -- tells the planner that there is one
COMMENT ON VIEW monthly_sales IS
'Sums by store month, gap-free, always as orders and credits say: the step that monthly reports
begin with.';
COMMENT ON COLUMN monthly_sales.month IS 'First day of the month.';
COMMENT ON COLUMN monthly_sales.ends_at IS 'The first instant of the next month.';
COMMENT ON COLUMN monthly_sales.order_count IS 'Orders placed in it and not cancelled.';
COMMENT ON COLUMN monthly_sales.customer_count IS 'Customers who placed them.';
COMMENT ON COLUMN monthly_sales.total_sales IS 'What these orders were worth when placed.';
COMMENT ON COLUMN monthly_sales.cancelled_items IS
'Credits granted in the month, by kind, as the next three, of orders not cancelled.';
