-- What each customer has been worth so far. Every customer is here, so that the list is whole;
-- rank and decile compare all of them, so reading one customer computes all.

CREATE OR REPLACE VIEW customer_lifetime_value WITH (security_invoker = TRUE) AS
WITH clock AS MATERIALIZED (
    SELECT shown.* FROM store_clock() AS shown
),

-- Stacked and added up at once, so that every customer is in one list of them all, and not in
-- another to be joined and in a third to be counted.
orders_and_customers AS (
    SELECT
        customer_id,
        total,
        credited_amount,
        created_at
    FROM orders
    WHERE status <> 'cancelled'
    UNION ALL
    SELECT
        customer_id,
        NULL AS total,
        NULL AS credited_amount,
        NULL AS created_at
    FROM customers
),

sales AS (
    SELECT
        customer_id,
        count(total) AS order_count,
        sum(total) AS revenue,
        -- The sum of each order's credits, kept there; to add a 0 costs as much as any sum.
        sum(credited_amount) FILTER (WHERE credited_amount <> 0) AS credits,
        min(created_at) AS first_order_at,
        max(created_at) AS last_order_at
    FROM orders_and_customers
    GROUP BY customer_id
),

customer_totals AS (
    SELECT
        sales.customer_id,
        sales.first_order_at,
        sales.last_order_at,
        sales.order_count,
        coalesce(sales.revenue, 0.00) AS revenue,
        sales.credits,
        coalesce(sales.revenue - sales.credits, sales.revenue, 0.00) AS net_revenue,
        coalesce(
            (SELECT clock.today FROM clock)
            - (sales.first_order_at AT TIME ZONE (SELECT clock.utc_offsets FROM clock)[
                width_bucket(sales.first_order_at, (SELECT clock.changed_at FROM clock))
            ])::DATE,
            0
        ) AS tenure_days
    FROM sales
),

ranked_customers AS (
    SELECT
        *,
        rank() OVER everybody AS net_revenue_rank,
        count(*) OVER everybody AS customer_count
    FROM customer_totals
    WINDOW
        everybody AS (
            ORDER BY net_revenue DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
)

SELECT
    ranked.customer_id,
    ranked.order_count,
    -- At two decimals the sums need no rounding.
    CASE store_settings.currency_decimals
        WHEN 2 THEN ranked.revenue ELSE round(ranked.revenue, store_settings.currency_decimals)
    END AS revenue,
    -- To round a 0 costs as much as any sum.
    coalesce(
        round(ranked.credits, store_settings.currency_decimals),
        (SELECT round(0, settings.currency_decimals) FROM store_settings AS settings)
    ) AS credits,
    CASE store_settings.currency_decimals
        WHEN 2 THEN ranked.net_revenue
        ELSE round(ranked.net_revenue, store_settings.currency_decimals)
    END AS net_revenue,
    round(ranked.revenue / nullif(ranked.order_count, 0), store_settings.currency_decimals)
        AS average_order_value,
    ranked.first_order_at,
    ranked.last_order_at,
    ranked.tenure_days,
    -- round(order_count * 30.4375 / tenure_days, 2) in whole hundredths, for which NUMERIC takes
    -- five times as long: 30.4375 is 97400 / 32 of them, and half a one more rounds.
    (
        97400 * ranked.order_count / nullif(ranked.tenure_days, 0)
        + 16 * sign(ranked.tenure_days)::BIGINT
    ) / 32 * 0.01 AS orders_per_month,
    ranked.net_revenue_rank,
    1 + (ranked.net_revenue_rank - 1) * 10 / ranked.customer_count AS net_revenue_decile
FROM ranked_customers AS ranked
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW customer_lifetime_value IS
'Every customer''s orders, revenue and credits so far, and the place among all; erased ones too.';
COMMENT ON COLUMN customer_lifetime_value.order_count IS 'Orders not cancelled.';
COMMENT ON COLUMN customer_lifetime_value.revenue IS 'Sum of their totals.';
COMMENT ON COLUMN customer_lifetime_value.credits IS 'What was taken off them since.';
COMMENT ON COLUMN customer_lifetime_value.net_revenue IS 'Revenue less credits.';
COMMENT ON COLUMN customer_lifetime_value.average_order_value IS
'Revenue per order; NULL without orders.';
COMMENT ON COLUMN customer_lifetime_value.first_order_at IS 'NULL without orders.';
COMMENT ON COLUMN customer_lifetime_value.last_order_at IS 'NULL without orders.';
COMMENT ON COLUMN customer_lifetime_value.tenure_days IS
'Store days from that of the first order to today; 0 without orders.';
COMMENT ON COLUMN customer_lifetime_value.orders_per_month IS
'Orders per 30.4375 days of tenure; NULL at tenure 0.';
COMMENT ON COLUMN customer_lifetime_value.net_revenue_rank IS
'1 is the highest net revenue; equal ones share a rank.';
COMMENT ON COLUMN customer_lifetime_value.net_revenue_decile IS
'1 is the best tenth; equal net revenue, equal decile.';
