-- How much of a month's revenue comes from customers who were new in it: whose first month it is,
-- which takes the whole history to say. One pass over the orders tells both.

CREATE OR REPLACE VIEW new_and_returning_revenue WITH (security_invoker = TRUE) AS
WITH new_or_not AS (
    SELECT
        month,
        customer_id,
        revenue,
        month = min(month) OVER (PARTITION BY customer_id) AS is_new
    FROM customer_months
)

SELECT
    new_or_not.month,
    count(new_or_not.customer_id) FILTER (WHERE new_or_not.is_new) AS new_customers,
    round(
        coalesce(sum(new_or_not.revenue) FILTER (WHERE new_or_not.is_new), 0),
        store_settings.currency_decimals
    ) AS new_revenue,
    count(new_or_not.customer_id) FILTER (WHERE NOT new_or_not.is_new) AS returning_customers,
    round(
        coalesce(sum(new_or_not.revenue) FILTER (WHERE NOT new_or_not.is_new), 0),
        store_settings.currency_decimals
    ) AS returning_revenue
FROM new_or_not
CROSS JOIN store_settings
WHERE store_settings.is_only_row
GROUP BY new_or_not.month, store_settings.currency_decimals;
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
