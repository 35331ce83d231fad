-- Hours of the week whose stored sums, trusted for what nobody touched, are not what the orders
-- themselves say.

CREATE OR REPLACE FUNCTION _hour_violations()
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH live_sales AS (
        SELECT
            extract(ISODOW FROM orders.created_at AT TIME ZONE store_settings.time_zone)
                AS iso_weekday,
            extract(HOUR FROM orders.created_at AT TIME ZONE store_settings.time_zone) AS hour,
            count(*) AS orders,
            sum(orders.total) AS revenue
        FROM orders
        CROSS JOIN store_settings
        WHERE orders.status <> 'cancelled' AND store_settings.is_only_row
        GROUP BY iso_weekday, hour
    )

    SELECT
        'sales_by_hour_equal_live' AS invariant,
        format('weekday %s hour %s', shown.iso_weekday, shown.hour) AS object,
        format('%s orders, %s', coalesce(live_sales.orders, 0), coalesce(live_sales.revenue, 0))
            AS expected,
        format('%s orders, %s', shown.orders, shown.revenue) AS actual
    FROM sales_by_hour AS shown
    LEFT JOIN live_sales
        ON shown.iso_weekday = live_sales.iso_weekday AND shown.hour = live_sales.hour
    WHERE
        (coalesce(live_sales.orders, 0), coalesce(live_sales.revenue, 0))
        <> (shown.orders, shown.revenue);
END;
REVOKE EXECUTE ON FUNCTION _hour_violations() FROM PUBLIC;
COMMENT ON FUNCTION _hour_violations() IS
'Hours of the week for which sales_by_hour differs from the orders themselves. Reads every order.
Internal.';
