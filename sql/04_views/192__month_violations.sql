-- Months whose stored sums, trusted for what nobody touched, are not what orders and credits
-- themselves say.

CREATE OR REPLACE FUNCTION _month_violations()
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH live_orders AS (
        SELECT
            date_trunc('month', orders.created_at AT TIME ZONE store_settings.time_zone)::DATE
                AS month,
            count(*) AS order_count,
            count(DISTINCT orders.customer_id) AS customer_count,
            sum(orders.subtotal) AS gross_sales,
            sum(orders.discount) AS discounts,
            sum(orders.shipping_fee) AS shipping,
            sum(orders.tax) FILTER (WHERE NOT orders.prices_include_tax) AS tax_added,
            sum(orders.total) AS total_sales,
            sum(orders.tax) FILTER (WHERE orders.prices_include_tax) AS tax_included
        FROM orders
        CROSS JOIN store_settings
        WHERE orders.status <> 'cancelled' AND store_settings.is_only_row
        GROUP BY month
    ),

    live_credits AS (
        SELECT
            date_trunc(
                'month', counted_credits.created_at AT TIME ZONE store_settings.time_zone
            )::DATE AS month,
            sum(counted_credits.amount) FILTER (WHERE counted_credits.kind = 'cancellation')
                AS cancelled_items,
            sum(counted_credits.amount) FILTER (WHERE counted_credits.kind = 'return') AS returns,
            sum(counted_credits.amount) FILTER (WHERE counted_credits.kind = 'allowance')
                AS allowances,
            sum(counted_credits.amount) FILTER (WHERE counted_credits.kind = 'delivery')
                AS delivery_credits
        FROM counted_credits
        CROSS JOIN store_settings
        WHERE store_settings.is_only_row
        GROUP BY month
    )

    SELECT
        'monthly_sales_equal_live' AS invariant,
        format(
            'month %s %s', coalesce(live_orders.month, live_credits.month, monthly_sales.month),
            sums.name
        ) AS object,
        coalesce(sums.expected, 0)::TEXT AS expected,
        coalesce(sums.actual::TEXT, 'none') AS actual
    FROM live_orders
    FULL JOIN live_credits ON live_orders.month = live_credits.month
    FULL JOIN monthly_sales
        ON coalesce(live_orders.month, live_credits.month) = monthly_sales.month
    CROSS JOIN
        LATERAL (
            VALUES
            ('order_count', live_orders.order_count::NUMERIC, monthly_sales.order_count::NUMERIC),
            ('customer_count', live_orders.customer_count, monthly_sales.customer_count),
            ('gross_sales', live_orders.gross_sales, monthly_sales.gross_sales),
            ('discounts', live_orders.discounts, monthly_sales.discounts),
            ('shipping', live_orders.shipping, monthly_sales.shipping),
            ('tax_added', live_orders.tax_added, monthly_sales.tax_added),
            ('total_sales', live_orders.total_sales, monthly_sales.total_sales),
            ('tax_included', live_orders.tax_included, monthly_sales.tax_included),
            ('cancelled_items', live_credits.cancelled_items, monthly_sales.cancelled_items),
            ('returns', live_credits.returns, monthly_sales.returns),
            ('allowances', live_credits.allowances, monthly_sales.allowances),
            ('delivery_credits', live_credits.delivery_credits, monthly_sales.delivery_credits)
        ) AS sums (name, expected, actual)
    WHERE coalesce(sums.expected, 0) IS DISTINCT FROM sums.actual;
END;
REVOKE EXECUTE ON FUNCTION _month_violations() FROM PUBLIC;
COMMENT ON FUNCTION _month_violations() IS
'Sums of store months in which monthly_sales differs from the orders and credits themselves, one row
a sum. Reads every order. Internal.';
