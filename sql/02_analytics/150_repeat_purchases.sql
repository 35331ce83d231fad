-- Do customers come back, and how soon? Each order is put beside the same customer's one before;
-- everything else is counted from that; two at one instant are of one day, so either may be first.

CREATE OR REPLACE VIEW repeat_purchases WITH (security_invoker = TRUE) AS
WITH clock AS MATERIALIZED (
    SELECT shown.* FROM store_clock() AS shown
),

order_days AS (
    SELECT
        orders.customer_id,
        orders.created_at,
        (
            orders.created_at
            AT TIME ZONE clock.utc_offsets[width_bucket(orders.created_at, clock.changed_at)]
        )::DATE AS order_day
    FROM orders
    CROSS JOIN clock
    WHERE orders.status <> 'cancelled'
    OFFSET 0  -- noqa: AM09, a fence: the planner would convert the time wherever it is used
),

numbered_orders AS (
    SELECT
        order_day,
        row_number() OVER customer_history AS order_number,
        lag(order_day) OVER customer_history AS previous_day
    FROM order_days
    WINDOW customer_history AS (PARTITION BY customer_id ORDER BY created_at)
),

counts AS (
    SELECT
        count(*) FILTER (WHERE order_number = 1) AS buyers,
        count(*) FILTER (WHERE order_number = 2) AS repeat_buyers,
        count(*) FILTER (
            WHERE
            order_number = 1
            AND order_day <= (SELECT clock.today FROM clock) - 90
        ) AS tried_buyers,
        count(*) FILTER (
            WHERE
            order_number = 2
            AND previous_day <= (SELECT clock.today FROM clock) - 90
            AND order_day - previous_day <= 90
        ) AS prompt_buyers,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
            ORDER BY order_day - previous_day
        ) AS median_and_p90_days
    FROM numbered_orders
)

SELECT
    buyers,
    repeat_buyers,
    round(100.0 * repeat_buyers / nullif(buyers, 0), 2) AS repeat_rate_pct,
    round(100.0 * prompt_buyers / nullif(tried_buyers, 0), 2) AS repeat_within_90_days_pct,
    round(median_and_p90_days[1]::NUMERIC, 2) AS median_days_between_orders,
    round(median_and_p90_days[2]::NUMERIC, 2) AS p90_days_between_orders
FROM counts;
COMMENT ON VIEW repeat_purchases IS 'How many customers order again, and after how long: one row.';
COMMENT ON COLUMN repeat_purchases.buyers IS 'Customers with an order that was not cancelled.';
COMMENT ON COLUMN repeat_purchases.repeat_buyers IS 'Those with two or more.';
COMMENT ON COLUMN repeat_purchases.repeat_rate_pct IS 'Repeat buyers in per cent of buyers.';
COMMENT ON COLUMN repeat_purchases.repeat_within_90_days_pct IS
'Of buyers whose first order is 90 or more store days ago, those whose second came within 90.';
COMMENT ON COLUMN repeat_purchases.median_days_between_orders IS
'Median of the store days between one order and the customer''s next, all customers together.';
COMMENT ON COLUMN repeat_purchases.p90_days_between_orders IS
'What nine in ten of these gaps do not exceed, interpolated.';
