-- Days, products, categories, months and hours whose stored sums, trusted for what nobody touched,
-- are not what the orders themselves say.

CREATE OR REPLACE FUNCTION _report_violations(p_since TIMESTAMPTZ)
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_report_violations$
DECLARE
    v_time_zone TEXT := (SELECT time_zone FROM store_settings);
    v_first_day DATE := (p_since AT TIME ZONE v_time_zone)::DATE;
BEGIN
    -- A statement each, so that what one holds in memory is gone before the next begins.
    RETURN QUERY
    WITH live_sales AS (
        SELECT
            (created_at AT TIME ZONE v_time_zone)::DATE AS sale_date,
            count(*) AS orders,
            sum(total) AS revenue,
            count(DISTINCT customer_id) AS unique_customers
        FROM orders
        WHERE
            status <> 'cancelled'
            -- A day may begin twice where clocks change at midnight; the date decides.
            AND created_at >= p_since - INTERVAL '2 days'
            AND (created_at AT TIME ZONE v_time_zone)::DATE >= v_first_day
        GROUP BY (created_at AT TIME ZONE v_time_zone)::DATE
    ),

    stored_sales AS (
        SELECT sale_date, orders, revenue, unique_customers
        FROM daily_sales
        WHERE sale_date >= v_first_day
    )

    SELECT
        'daily_sales_equals_live',
        format('day %s', sale_date),
        format(
            '%s orders, %s, %s customers', coalesce(live_sales.orders, 0),
            coalesce(live_sales.revenue, 0), coalesce(live_sales.unique_customers, 0)
        ),
        format(
            '%s orders, %s, %s customers', coalesce(stored_sales.orders, 0),
            coalesce(stored_sales.revenue, 0), coalesce(stored_sales.unique_customers, 0)
        )
    FROM live_sales
    FULL JOIN stored_sales USING (sale_date)
    WHERE live_sales IS DISTINCT FROM stored_sales;

    IF p_since > '-infinity' THEN
        RETURN;  -- the others are sums of no stretch of time
    END IF;
    RETURN QUERY
    -- The columns of product_sales, in their order.
    WITH live AS (
        SELECT
            product_id, units_sold, units_returned, revenue,
            CASE WHEN lines_without_cost = 0 THEN revenue - cost END AS gross_margin,
            returned_value, units_restocked
        FROM _live_product_sales()
    )

    SELECT
        'product_sales_equal_live',
        format('product %s', product_id),
        format(
            '%s units, %s back, %s restocked, %s, margin %s, returned %s', live.units_sold,
            live.units_returned, live.units_restocked, live.revenue, live.gross_margin,
            live.returned_value
        ),
        format(
            '%s units, %s back, %s restocked, %s, margin %s, returned %s',
            product_sales.units_sold, product_sales.units_returned, product_sales.units_restocked,
            product_sales.revenue, product_sales.gross_margin, product_sales.returned_value
        )
    FROM live
    FULL JOIN product_sales USING (product_id)
    WHERE live IS DISTINCT FROM product_sales;

    RETURN QUERY
    SELECT
        'category_orders_equal_live',
        format('category %s', category_id),
        format('%s orders', coalesce(live.order_count, 0)),
        format('%s orders', category_revenue.order_count)
    FROM category_revenue
    LEFT JOIN _live_category_orders() AS live USING (category_id)
    WHERE category_revenue.order_count <> coalesce(live.order_count, 0);

    RETURN QUERY
    SELECT
        'sales_by_hour_equal_live',
        format('weekday %s hour %s', iso_weekday, hour),
        format('%s orders, %s', coalesce(live.order_count, 0), coalesce(live.revenue, 0)),
        format('%s orders, %s', shown.orders, shown.revenue)
    FROM sales_by_hour AS shown
    LEFT JOIN _live_hourly_sales() AS live USING (iso_weekday, hour)
    WHERE
        (coalesce(live.order_count, 0), coalesce(live.revenue, 0))
        <> (shown.orders, shown.revenue);

    RETURN QUERY SELECT month.* FROM _month_violations() AS month;
    RETURN QUERY SELECT month.* FROM _funnel_violations() AS month;
END;
$_report_violations$;
REVOKE EXECUTE ON FUNCTION _report_violations(TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _report_violations(TIMESTAMPTZ) IS
'Store days, from that of p_since on, on which daily_sales differs from the orders themselves, and,
asked for all, products, categories, months and hours for which product_sales, category_revenue,
monthly_sales, order_funnel and sales_by_hour do. Internal.';
