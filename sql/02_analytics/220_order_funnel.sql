-- How far the orders of a month got, whatever became of them after: a returned order was sent
-- once, and a cancelled one may have been paid. All orders are here. Months nobody touched since
-- the last refresh are stored, the few others counted. WHERE month >= x reads from x.

CREATE OR REPLACE VIEW order_funnel WITH (security_invoker = TRUE) AS
WITH first_and_last_order AS (
    SELECT
        min(created_at) AS first_at,
        max(created_at) AS last_at
    FROM orders
),

funnel AS (
    SELECT
        months.month,
        coalesce(stored.placed, reached.placed) AS placed,
        coalesce(stored.paid, reached.paid) AS paid,
        coalesce(stored.shipped, reached.shipped) AS shipped,
        coalesce(stored.delivered, reached.delivered) AS delivered,
        coalesce(stored.cancelled, reached.cancelled) AS cancelled,
        coalesce(stored.returned, reached.returned) AS returned,
        coalesce(stored.median_hours_to_ship, round(reached.median_seconds_to_ship / 3600, 2))
            AS median_hours_to_ship
    FROM first_and_last_order
    CROSS JOIN
        LATERAL store_months(first_and_last_order.first_at, first_and_last_order.last_at) AS months
    LEFT JOIN months_since_refresh(p_of_funnel => TRUE) AS live ON months.month = live.month
    LEFT JOIN order_funnel_rollup AS stored ON months.month = stored.month AND live.month IS NULL
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS placed,
            count(orders.paid_at) AS paid,
            count(parcels.first_shipped_at) AS shipped,
            count(parcels.last_delivered_at) AS delivered,
            count(*) FILTER (WHERE orders.status = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE orders.status = 'returned') AS returned,
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY floor(date_part('epoch', parcels.first_shipped_at - orders.created_at))
            )::NUMERIC AS median_seconds_to_ship
        FROM orders
        -- All parcels of the month in one walk along their index, which an array makes sure of: a
        -- join would look for those of each order, or read those of all months.
        LEFT JOIN
            LATERAL (
                SELECT
                    shipments.order_id,
                    min(shipments.shipped_at) AS first_shipped_at,
                    max(shipments.delivered_at) AS last_delivered_at
                FROM shipments
                WHERE
                    shipments.order_id = ANY(ARRAY(
                        SELECT month_orders.order_id
                        FROM orders AS month_orders
                        WHERE
                            month_orders.created_at >= months.starts_at
                            AND month_orders.created_at < months.ends_at
                    ))
                GROUP BY shipments.order_id
            ) AS parcels
            ON orders.order_id = parcels.order_id
        WHERE
            orders.created_at >= months.starts_at
            AND orders.created_at < months.ends_at
            AND live.month IS NOT NULL
    ) AS reached
)

SELECT
    month,
    placed,
    paid,
    shipped,
    delivered,
    cancelled,
    returned,
    round(100.0 * paid / nullif(placed, 0), 2) AS paid_pct,
    median_hours_to_ship
FROM funnel;
COMMENT ON VIEW order_funnel IS
'How many of a store month''s orders, cancelled ones too, ever got how far; gap-free.';
COMMENT ON COLUMN order_funnel.month IS 'First day of the month of placing.';
COMMENT ON COLUMN order_funnel.paid IS
'Those of which nothing was left to pay at some time; of a total of 0, at placing.';
COMMENT ON COLUMN order_funnel.shipped IS 'Those with a parcel sent.';
COMMENT ON COLUMN order_funnel.delivered IS 'Those with a parcel delivered.';
COMMENT ON COLUMN order_funnel.cancelled IS 'Those cancelled as a whole.';
COMMENT ON COLUMN order_funnel.returned IS 'Those of which everything came back.';
COMMENT ON COLUMN order_funnel.paid_pct IS 'Paid ones in per cent of placed; NULL without orders.';
COMMENT ON COLUMN order_funnel.median_hours_to_ship IS
'Median hours from placing to the first parcel; NULL where none was sent.';
