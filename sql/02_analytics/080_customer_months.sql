-- What each customer bought month by month, the step that new_and_returning_revenue begins with.
-- Month by month through an index, so that WHERE month >= x reads the orders from x alone.

CREATE OR REPLACE VIEW customer_months WITH (security_invoker = TRUE) AS
SELECT
    report_months.month,
    report_months.starts_at,
    sales.customer_id,
    sales.revenue
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
) AS sales ON TRUE;
COMMENT ON VIEW customer_months IS
'Customers with a counted order in a store month and what those brought; rows for every month.';
COMMENT ON COLUMN customer_months.month IS 'First day of the month.';
COMMENT ON COLUMN customer_months.customer_id IS 'NULL in the one row of a month without orders.';
COMMENT ON COLUMN customer_months.revenue IS
'Of their orders of the month; NULL with the customer.';
