-- The months of the monthly reports, in DuckDB.

CREATE VIEW report_months AS
WITH bounds AS (
    SELECT
        least(
            (SELECT min(counted_orders.month) FROM counted_orders),
            (SELECT min(counted_credits.month) FROM counted_credits)
        ) AS first_month,
        greatest(
            (SELECT max(counted_orders.month) FROM counted_orders),
            (SELECT max(counted_credits.month) FROM counted_credits)
        ) AS last_month
)

SELECT unnest(generate_series(first_month, last_month, INTERVAL '1 month'))::DATE AS month
FROM bounds;
