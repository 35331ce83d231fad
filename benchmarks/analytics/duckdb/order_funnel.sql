-- order_funnel in DuckDB.

WITH parcels AS (
    SELECT
        order_id,
        min(shipped_at) AS first_shipped_at,
        count(delivered_at) > 0 AS has_arrived
    FROM shipments
    GROUP BY order_id
),

funnel AS (
    SELECT
        date_trunc('month', orders.created_at AT TIME ZONE time_zone())::DATE AS month,
        count(*) AS placed,
        count(orders.paid_at) AS paid,
        count(parcels.order_id) AS shipped,
        count(*) FILTER (WHERE parcels.has_arrived) AS delivered,
        count(*) FILTER (WHERE orders.status = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE orders.status = 'returned') AS returned,
        quantile_cont(
            floor(epoch(parcels.first_shipped_at) - epoch(orders.created_at)), 0.5
        ) AS median_seconds_to_ship
    FROM orders
    LEFT JOIN parcels ON orders.order_id = parcels.order_id
    GROUP BY date_trunc('month', orders.created_at AT TIME ZONE time_zone())::DATE
),

bounds AS (
    SELECT
        min(month) AS first_month,
        max(month) AS last_month
    FROM funnel
),

months AS (
    SELECT unnest(generate_series(first_month, last_month, INTERVAL '1 month'))::DATE AS month
    FROM bounds
)

SELECT
    months.month,
    coalesce(funnel.placed, 0) AS placed,
    coalesce(funnel.paid, 0) AS paid,
    coalesce(funnel.shipped, 0) AS shipped,
    coalesce(funnel.delivered, 0) AS delivered,
    coalesce(funnel.cancelled, 0) AS cancelled,
    coalesce(funnel.returned, 0) AS returned,
    round(100.0 * funnel.paid / funnel.placed, 2) AS paid_pct,
    round(funnel.median_seconds_to_ship / 3600, 2) AS median_hours_to_ship
FROM months
LEFT JOIN funnel ON months.month = funnel.month;
