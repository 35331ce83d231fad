-- How much of a month's revenue comes from customers who were new in it. WHERE month >= x adds up
-- the orders from x alone, but when a customer first ordered takes the whole history to say.

CREATE OR REPLACE VIEW new_and_returning_revenue WITH (security_invoker = TRUE) AS
WITH first_orders AS (
    SELECT
        customer_id,
        min(created_at) AS first_order_at
    FROM orders
    WHERE status <> 'cancelled'
    GROUP BY customer_id
),

new_or_not AS (
    SELECT
        customer_months.month,
        customer_months.customer_id,
        customer_months.revenue,
        first_orders.first_order_at >= customer_months.starts_at AS is_new
    FROM customer_months
    LEFT JOIN first_orders ON customer_months.customer_id = first_orders.customer_id
)

SELECT
    month,
    count(customer_id) FILTER (WHERE is_new) AS new_customers,
    round(coalesce(sum(revenue) FILTER (WHERE is_new), 0), 2) AS new_revenue,
    count(customer_id) FILTER (WHERE NOT is_new) AS returning_customers,
    round(coalesce(sum(revenue) FILTER (WHERE NOT is_new), 0), 2) AS returning_revenue
FROM new_or_not
GROUP BY month;
COMMENT ON VIEW new_and_returning_revenue IS
'Revenue by store month, parted by whether the customer''s first order was in that month; rows and
sum as monthly_revenue.';
COMMENT ON COLUMN new_and_returning_revenue.month IS 'First day of the month.';
COMMENT ON COLUMN new_and_returning_revenue.new_customers IS
'Customers whose first order, cancelled ones not counted, is in the month.';
COMMENT ON COLUMN new_and_returning_revenue.new_revenue IS 'All their orders of the month.';
COMMENT ON COLUMN new_and_returning_revenue.returning_customers IS
'Customers of the month who had ordered before it.';
COMMENT ON COLUMN new_and_returning_revenue.returning_revenue IS 'Their orders of the month.';
