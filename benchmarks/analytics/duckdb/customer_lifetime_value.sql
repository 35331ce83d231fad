-- customer_lifetime_value in DuckDB.

WITH sales AS (
    SELECT
        customer_id,
        count(*) AS order_count,
        sum(total) AS revenue,
        min(created_at) AS first_order_at,
        max(created_at) AS last_order_at
    FROM counted_orders
    GROUP BY customer_id
),

credited AS (
    SELECT
        customer_id,
        sum(amount) AS credits
    FROM counted_credits
    GROUP BY customer_id
),

customer_totals AS (
    SELECT
        customers.customer_id,
        coalesce(sales.order_count, 0) AS order_count,
        coalesce(sales.revenue, 0) AS revenue,
        coalesce(credited.credits, 0) AS credits,
        coalesce(sales.revenue, 0) - coalesce(credited.credits, 0) AS net_revenue,
        sales.first_order_at,
        sales.last_order_at,
        coalesce(today() - (sales.first_order_at AT TIME ZONE time_zone())::DATE, 0)
            AS tenure_days
    FROM customers
    LEFT JOIN sales ON customers.customer_id = sales.customer_id
    LEFT JOIN credited ON customers.customer_id = credited.customer_id
),

ranked_customers AS (
    SELECT
        *,
        rank() OVER (ORDER BY net_revenue DESC) AS net_revenue_rank,
        count(*) OVER () AS customer_count
    FROM customer_totals
)

SELECT
    customer_id,
    order_count,
    revenue,
    credits,
    net_revenue,
    round(revenue / nullif(order_count, 0), 2) AS average_order_value,
    first_order_at,
    last_order_at,
    tenure_days,
    round(order_count * 30.4375 / nullif(tenure_days, 0), 2) AS orders_per_month,
    net_revenue_rank,
    1 + divide((net_revenue_rank - 1) * 10, customer_count) AS net_revenue_decile
FROM ranked_customers;
