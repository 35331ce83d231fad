-- Of the customers won in a month, who came back how much later, and what they have brought since.
-- Every cohort has a row for every month up to the current one, so that a month nobody came back
-- shows as 0. To know who belongs to a cohort takes the whole history, sorted by customer: it never
-- needs more memory than that sort, however many customers there are.

CREATE OR REPLACE VIEW cohort_retention WITH (security_invoker = TRUE) AS
WITH sales_and_credits AS (
    SELECT
        report_months.month,
        changes.customer_id,
        changes.is_active,
        changes.net_revenue
    FROM report_months
    CROSS JOIN
        LATERAL (
            SELECT
                customer_id,
                TRUE AS is_active,
                sum(total) AS net_revenue
            FROM orders
            WHERE
                status <> 'cancelled'
                AND created_at >= report_months.starts_at
                AND created_at < report_months.ends_at
            GROUP BY customer_id
            UNION ALL
            -- An order's at once, so that it is looked up once. The customer of a cancelled one is
            -- nobody, who is in no cohort.
            SELECT
                (
                    SELECT orders.customer_id
                    FROM orders
                    WHERE orders.order_id = credits.order_id AND orders.status <> 'cancelled'
                ) AS customer_id,
                FALSE AS is_active,
                -sum(amount) AS net_revenue
            FROM credits
            WHERE
                created_at >= report_months.starts_at
                AND created_at < report_months.ends_at
            GROUP BY order_id
        ) AS changes
),

beside_cohort AS (
    SELECT
        min(month) FILTER (WHERE is_active) OVER (PARTITION BY customer_id) AS cohort_month,
        month,
        is_active,
        net_revenue
    FROM sales_and_credits
),

cohort_sales AS (
    SELECT
        cohort_month,
        month,
        count(*) FILTER (WHERE is_active) AS active_customers,
        sum(net_revenue) AS net_revenue
    FROM beside_cohort
    GROUP BY cohort_month, month
),

cohort_months AS (
    SELECT
        cohorts.cohort_month,
        cohorts.active_customers AS cohort_size,
        months.month::DATE AS month,
        months.place - 1 AS months_since
    FROM cohort_sales AS cohorts
    CROSS JOIN
        LATERAL generate_series(
            cohorts.cohort_month::TIMESTAMP,
            report_now() AT TIME ZONE (SELECT time_zone FROM store_settings),
            INTERVAL '1 month'
        ) WITH ORDINALITY AS months (month, place)
    WHERE cohorts.month = cohorts.cohort_month
)

SELECT
    cohort_months.cohort_month,
    cohort_months.months_since,
    cohort_months.cohort_size,
    coalesce(cohort_sales.active_customers, 0) AS active_customers,
    round(100.0 * coalesce(cohort_sales.active_customers, 0) / cohort_months.cohort_size, 2)
        AS retention_pct,
    round(
        sum(coalesce(cohort_sales.net_revenue, 0)) OVER (
            PARTITION BY cohort_months.cohort_month
            ORDER BY cohort_months.months_since
        ),
        store_settings.currency_decimals
    ) AS cumulative_net_revenue
FROM cohort_months
CROSS JOIN store_settings
LEFT JOIN cohort_sales
    ON
        cohort_months.cohort_month = cohort_sales.cohort_month
        AND cohort_months.month = cohort_sales.month
WHERE store_settings.is_only_row;
COMMENT ON VIEW cohort_retention IS
'Customers by the store month of their first order: who ordered again how many months later.';
COMMENT ON COLUMN cohort_retention.cohort_month IS
'First day of the month of the first order that was not cancelled.';
COMMENT ON COLUMN cohort_retention.months_since IS '0 (the cohort''s month) to the current month.';
COMMENT ON COLUMN cohort_retention.active_customers IS 'Those with an order in that month.';
COMMENT ON COLUMN cohort_retention.retention_pct IS 'Active ones in per cent of the cohort.';
COMMENT ON COLUMN cohort_retention.cumulative_net_revenue IS
'Orders less credits of the cohort, each by its own date, up to the end of that month.';
