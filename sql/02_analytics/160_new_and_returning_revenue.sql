-- How much of a month's revenue comes from customers who were new in it. To know whose first month
-- it is takes the whole history: the orders are read once, month by month.

CREATE OR REPLACE VIEW new_and_returning_revenue WITH (security_invoker = TRUE) AS
WITH new_or_not AS (
    SELECT
        report_months.month,
        sales.customer_id,
        sales.revenue,
        report_months.month = min(report_months.month) OVER (PARTITION BY sales.customer_id)
            AS is_new
    FROM report_months
    LEFT JOIN LATERAL (
        SELECT
            customer_id,
            sum(total) AS revenue
        FROM orders
        WHERE
            status <> 'cancelled'
            AND created_at >= report_months.starts_at
            AND created_at < report_months.ends_at
        GROUP BY customer_id
    ) AS sales ON TRUE
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
