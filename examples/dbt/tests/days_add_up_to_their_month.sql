-- Two ways to the same revenue: by day, and by month.

SELECT
    months.month,
    months.revenue,
    sum(days.revenue) AS revenue_of_its_days
FROM {{ source('store', 'monthly_revenue') }} AS months
LEFT JOIN {{ source('store', 'daily_sales') }} AS days
    ON months.month = date_trunc('month', days.sale_date)
GROUP BY months.month, months.revenue
HAVING months.revenue <> coalesce(sum(days.revenue), 0)
