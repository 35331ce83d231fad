-- Months whose stored funnel, trusted for what nobody touched, is not what orders and parcels
-- themselves say.

CREATE OR REPLACE FUNCTION _funnel_violations()
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH parcels AS (
        SELECT
            order_id,
            min(shipped_at) AS first_shipped_at,
            count(delivered_at) > 0 AS has_arrived
        FROM shipments
        GROUP BY order_id
    ),

    live_funnel AS (
        SELECT
            date_trunc('month', orders.created_at AT TIME ZONE store_settings.time_zone)::DATE
                AS month,
            count(*) AS placed,
            count(orders.paid_at) AS paid,
            count(parcels.order_id) AS shipped,
            count(*) FILTER (WHERE parcels.has_arrived) AS delivered,
            count(*) FILTER (WHERE orders.status = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE orders.status = 'returned') AS returned,
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY floor(extract(EPOCH FROM parcels.first_shipped_at - orders.created_at))
            )::NUMERIC AS median_seconds
        FROM orders
        CROSS JOIN store_settings
        LEFT JOIN parcels ON orders.order_id = parcels.order_id
        WHERE store_settings.is_only_row
        GROUP BY month
    )

    SELECT
        'order_funnel_equals_live' AS invariant,
        format('month %s %s', coalesce(live_funnel.month, order_funnel.month), figures.name)
            AS object,
        coalesce(figures.expected::TEXT, 'none') AS expected,
        coalesce(figures.actual::TEXT, 'none') AS actual
    FROM live_funnel
    FULL JOIN order_funnel ON live_funnel.month = order_funnel.month
    CROSS JOIN
        LATERAL (
            VALUES
            ('placed', coalesce(live_funnel.placed, 0)::NUMERIC, order_funnel.placed::NUMERIC),
            ('paid', coalesce(live_funnel.paid, 0), order_funnel.paid),
            ('shipped', coalesce(live_funnel.shipped, 0), order_funnel.shipped),
            ('delivered', coalesce(live_funnel.delivered, 0), order_funnel.delivered),
            ('cancelled', coalesce(live_funnel.cancelled, 0), order_funnel.cancelled),
            ('returned', coalesce(live_funnel.returned, 0), order_funnel.returned),
            (
                'median_hours_to_ship', round(live_funnel.median_seconds / 3600, 2),
                order_funnel.median_hours_to_ship
            )
        ) AS figures (name, expected, actual)
    WHERE figures.expected IS DISTINCT FROM figures.actual;
END;
REVOKE EXECUTE ON FUNCTION _funnel_violations() FROM PUBLIC;
COMMENT ON FUNCTION _funnel_violations() IS
'Figures of store months in which order_funnel differs from the orders and parcels themselves, one
row a figure. Reads every order and parcel. Internal.';
