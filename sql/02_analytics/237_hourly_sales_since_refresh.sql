-- By how much hourly_sales_rollup is behind, at the caller's snapshot: the orders that count now,
-- in their hour, less those that counted then, in the hour they had then. A total never changes. In
-- another cluster or zone everything is compared.

CREATE OR REPLACE FUNCTION hourly_sales_since_refresh()
RETURNS TABLE (iso_weekday INT, hour INT, order_count BIGINT, revenue NUMERIC)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 20 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $hourly_sales_since_refresh$
#variable_conflict use_column
DECLARE
    v_time_zone TEXT := (SELECT time_zone FROM store_settings);
    v_watermark watermarks := _watermark('product_sales');
BEGIN
    IF v_watermark.snapshot IS NULL OR v_watermark.time_zone <> v_time_zone THEN
        RETURN QUERY
        SELECT iso_weekday, hour, sum(order_count)::BIGINT, sum(revenue)
        FROM (
            SELECT iso_weekday, hour, order_count, revenue
            FROM _live_hourly_sales()
            UNION ALL
            SELECT iso_weekday, (stored.hour - 1)::INT, -stored.order_count, -stored.revenue
            FROM hourly_sales_rollup
            CROSS JOIN
                LATERAL unnest(order_counts, revenues)
                WITH ORDINALITY AS stored (order_count, revenue, hour)
        ) AS live_less_stored
        GROUP BY iso_weekday, hour;
        RETURN;
    END IF;

    RETURN QUERY
    -- 1 or 0: whether the order counts now, and whether it did then.
    WITH changed_orders AS (
        SELECT
            orders.created_at,
            coalesce(
                (array_agg(order_audit.details ->> 'from' ORDER BY order_audit.id)
                    FILTER (WHERE order_audit.action = 'redated'))[1]::TIMESTAMPTZ,
                orders.created_at
            ) AS created_at_then,
            orders.total,
            (orders.status <> 'cancelled')::INT AS counts,
            (
                NOT bool_or(order_audit.action = 'placed')
                AND (
                    orders.status <> 'cancelled'
                    OR bool_or(order_audit.action IN ('cancelled', 'expired'))
                )
            )::INT AS counted
        FROM order_audit
        INNER JOIN orders ON order_audit.order_id = orders.order_id
        WHERE
            order_audit.action IN ('placed', 'cancelled', 'expired', 'redated')
            AND _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
            AND order_audit.id > v_watermark.restored_through
        GROUP BY orders.order_id
    )

    SELECT
        extract(ISODOW FROM side.at AT TIME ZONE v_time_zone)::INT AS iso_weekday,
        extract(HOUR FROM side.at AT TIME ZONE v_time_zone)::INT AS hour,
        sum(side.change),
        sum(side.change * total)
    FROM changed_orders
    CROSS JOIN LATERAL (
        VALUES (created_at, counts), (created_at_then, -counted)
    ) AS side (at, change)
    GROUP BY iso_weekday, hour
    HAVING sum(side.change) <> 0 OR sum(side.change * total) <> 0;
END;
$hourly_sales_since_refresh$;
REVOKE EXECUTE ON FUNCTION hourly_sales_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION hourly_sales_since_refresh() IS
'What has to be added to hourly_sales_rollup: orders and revenue by weekday (1 = Monday) and hour of
the store''s clock. Internal to sales_by_hour. Raises nothing.';
