-- A month of which this is not so is a row, and a row is a failure.

SELECT
    month,
    revenue,
    credits,
    net_revenue
FROM {{ source('store', 'monthly_revenue') }}
WHERE net_revenue <> revenue - credits
