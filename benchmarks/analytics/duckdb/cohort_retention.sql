-- cohort_retention in DuckDB.

WITH customer_cohorts AS (
    SELECT
        customer_id,
        min(month) AS cohort_month
    FROM counted_orders
    GROUP BY customer_id
),

cohort_sales AS (
    SELECT
        customer_cohorts.cohort_month,
        counted_orders.month,
        count(DISTINCT counted_orders.customer_id) AS active_customers,
        sum(counted_orders.total) AS revenue
    FROM counted_orders
    INNER JOIN customer_cohorts ON counted_orders.customer_id = customer_cohorts.customer_id
    GROUP BY customer_cohorts.cohort_month, counted_orders.month
),

cohort_credits AS (
    SELECT
        customer_cohorts.cohort_month,
        counted_credits.month,
        sum(counted_credits.amount) AS credits
    FROM counted_credits
    INNER JOIN customer_cohorts ON counted_credits.customer_id = customer_cohorts.customer_id
    GROUP BY customer_cohorts.cohort_month, counted_credits.month
),

cohorts AS (
    SELECT
        cohort_month,
        count(*) AS cohort_size,
        unnest(generate_series(cohort_month, today(), INTERVAL '1 month'))::DATE AS month
    FROM customer_cohorts
    GROUP BY cohort_month
)

SELECT
    cohorts.cohort_month,
    date_diff('month', cohorts.cohort_month, cohorts.month) AS months_since,
    cohorts.cohort_size,
    coalesce(cohort_sales.active_customers, 0) AS active_customers,
    round(100.0 * coalesce(cohort_sales.active_customers, 0) / cohorts.cohort_size, 2)
        AS retention_pct,
    sum(coalesce(cohort_sales.revenue, 0) - coalesce(cohort_credits.credits, 0)) OVER (
        PARTITION BY cohorts.cohort_month
        ORDER BY cohorts.month
    ) AS cumulative_net_revenue
FROM cohorts
LEFT JOIN cohort_sales
    ON cohorts.cohort_month = cohort_sales.cohort_month AND cohorts.month = cohort_sales.month
LEFT JOIN cohort_credits
    ON cohorts.cohort_month = cohort_credits.cohort_month AND cohorts.month = cohort_credits.month;
