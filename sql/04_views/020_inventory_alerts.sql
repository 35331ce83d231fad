-- Which products need attention, and how many units to order. Only active ones, each with the
-- first alert that fits. Nothing dated after report_now() is counted; stock is as it is. It reads
-- half a year of orders, so it costs the same however long the history.

CREATE OR REPLACE VIEW inventory_alerts WITH (security_invoker = TRUE) AS
WITH clock AS (
    SELECT
        time_zone,
        report_now() AT TIME ZONE time_zone AS store_time
    FROM store_settings
),

-- Days are the store's: from the same wall clock so many days ago.
windows AS (
    SELECT
        time_zone,
        report_now() AS now_at,
        store_time::DATE AS today,
        (store_time - INTERVAL '30 days') AT TIME ZONE time_zone AS days_ago_30,
        (store_time - INTERVAL '180 days') AT TIME ZONE time_zone AS days_ago_180
    FROM clock
),

-- The bounds are sub-selects so that they are read once and the index on created_at serves
-- whatever the statistics say.
recent_orders AS (
    SELECT
        orders.order_id,
        orders.created_at > (SELECT windows.days_ago_30 FROM windows) AS is_within_30_days
    FROM orders
    WHERE
        orders.status <> 'cancelled'
        AND orders.created_at > (SELECT windows.days_ago_180 FROM windows)
        AND orders.created_at <= (SELECT windows.now_at FROM windows)
),

-- Order numbers rise with time, so the lines of recent orders stand together in the key. Without
-- these bounds it is a look-up an order, or a reading of every line ever sold.
recent_sales AS (
    SELECT
        order_items.product_id,
        sum(order_items.quantity - order_items.cancelled_quantity) AS units_sold_180d,
        coalesce(
            sum(order_items.quantity - order_items.cancelled_quantity)
            FILTER (WHERE recent_orders.is_within_30_days), 0
        ) AS units_sold_30d
    FROM order_items
    INNER JOIN recent_orders ON order_items.order_id = recent_orders.order_id
    WHERE
        order_items.order_id >= (SELECT min(first.order_id) FROM recent_orders AS first)
        AND order_items.order_id <= (SELECT max(last.order_id) FROM recent_orders AS last)
    GROUP BY order_items.product_id
),

-- A product that came in lately is judged by the days it has been there.
stock AS (
    SELECT
        products.product_id,
        products.sku,
        products.name AS product_name,
        inventory.on_hand,
        inventory.available,
        inventory.reorder_point,
        inventory.reorder_quantity,
        inventory.lead_time_days,
        coalesce(recent_sales.units_sold_30d, 0) AS units_sold_30d,
        CASE
            WHEN first_supply.came_on > windows.today - 30
                THEN greatest(windows.today - first_supply.came_on, 1)
            ELSE 30
        END AS days,
        coalesce(recent_sales.units_sold_180d, 0) = 0
        AND NOT EXISTS (
            SELECT
            FROM stock_adjustments
            WHERE
                stock_adjustments.product_id = products.product_id
                AND stock_adjustments.reason = 'receipt'
                AND stock_adjustments.created_at > windows.days_ago_180
                AND stock_adjustments.created_at <= windows.now_at
        ) AS is_dead
    FROM products
    INNER JOIN inventory ON products.product_id = inventory.product_id
    LEFT JOIN recent_sales ON products.product_id = recent_sales.product_id
    CROSS JOIN windows
    LEFT JOIN LATERAL (
        SELECT (stock_adjustments.created_at AT TIME ZONE windows.time_zone)::DATE AS came_on
        FROM stock_adjustments
        WHERE
            recent_sales.units_sold_30d > 0  -- else nobody asks
            AND stock_adjustments.product_id = products.product_id
            AND stock_adjustments.quantity > 0
            AND stock_adjustments.created_at <= windows.now_at
        ORDER BY stock_adjustments.created_at
        LIMIT 1
    ) AS first_supply ON TRUE
    WHERE products.is_active
),

supply AS (
    SELECT
        *,
        available * days::NUMERIC / nullif(units_sold_30d, 0) AS days_of_supply
    FROM stock
),

alerts AS (
    SELECT
        *,
        CASE
            WHEN available = 0 THEN 'out_of_stock'
            WHEN days_of_supply < lead_time_days THEN 'critical'
            WHEN available <= reorder_point THEN 'low'
            WHEN is_dead AND on_hand > 0 THEN 'dead_stock'
            WHEN days_of_supply > 365 THEN 'overstock'
        END AS alert_level,
        -- At most an INT: a slip of the pen in one product must not fail the whole view.
        least(
            greatest(
                reorder_quantity,
                ceil(reorder_point + units_sold_30d * lead_time_days / days::NUMERIC - available)
            ),
            2147483647
        )::INT AS order_quantity
    FROM supply
)

SELECT
    product_id,
    sku,
    product_name,
    on_hand,
    available,
    reorder_point,
    units_sold_30d,
    round(days_of_supply, 2) AS days_of_supply,
    alert_level,
    CASE
        WHEN alert_level IN ('out_of_stock', 'critical', 'low') THEN order_quantity
    END AS suggested_order_quantity
FROM alerts
WHERE alert_level IS NOT NULL;
COMMENT ON VIEW inventory_alerts IS
'Active products that need attention, each with the first alert that fits: out_of_stock (none
available), critical (days of supply below the lead time), low (available at or below the reorder
point), dead_stock (on hand, none received and none sold for 180 days), overstock (over 365 days of
supply). Sales are units ordered and not cancelled up to report_now(), by the store''s clock.';
COMMENT ON COLUMN inventory_alerts.days_of_supply IS
'How long what is available lasts at the pace of the last 30 days, or of the store days since the
product was first on the shelf where these are fewer; NULL where none was sold.';
COMMENT ON COLUMN inventory_alerts.suggested_order_quantity IS
'For the first three levels: the reorder quantity, or if that is more, what brings stock back to
the reorder point after the sales expected over the lead time, rounded up.';
