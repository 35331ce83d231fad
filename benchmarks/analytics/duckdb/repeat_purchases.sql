-- repeat_purchases in DuckDB.

WITH numbered_orders AS (
    SELECT
        local_time::DATE AS order_day,
        row_number() OVER customer_history AS order_number,
        lag(local_time::DATE) OVER customer_history AS previous_day
    FROM counted_orders
    WINDOW customer_history AS (PARTITION BY customer_id ORDER BY created_at, order_id)
),

counts AS (
    SELECT
        count(*) FILTER (WHERE order_number = 1) AS buyers,
        count(*) FILTER (WHERE order_number = 2) AS repeat_buyers,
        count(*) FILTER (WHERE order_number = 1 AND order_day <= today() - 90) AS tried_buyers,
        count(*) FILTER (
            WHERE
            order_number = 2
            AND previous_day <= today() - 90
            AND order_day - previous_day <= 90
        ) AS prompt_buyers,
        quantile_cont(order_day - previous_day, 0.5) AS median_days,
        quantile_cont(order_day - previous_day, 0.9) AS p90_days
    FROM numbered_orders
)

SELECT
    buyers,
    repeat_buyers,
    round(100.0 * repeat_buyers / nullif(buyers, 0), 2) AS repeat_rate_pct,
    round(100.0 * prompt_buyers / nullif(tried_buyers, 0), 2) AS repeat_within_90_days_pct,
    round(median_days, 2) AS median_days_between_orders,
    round(p90_days, 2) AS p90_days_between_orders
FROM counts;
