-- customer_segments in DuckDB.

WITH sales AS (
    SELECT
        customer_id,
        count(*) AS frequency,
        sum(total) AS revenue,
        max(created_at) AS last_order_at
    FROM counted_orders
    GROUP BY customer_id
),

credited AS (
    SELECT
        customer_id,
        sum(amount) AS credits
    FROM counted_credits
    GROUP BY customer_id
),

buyers AS (
    SELECT
        sales.customer_id,
        today() - (sales.last_order_at AT TIME ZONE time_zone())::DATE AS recency_days,
        sales.frequency,
        sales.revenue - coalesce(credited.credits, 0) AS monetary
    FROM sales
    LEFT JOIN credited ON sales.customer_id = credited.customer_id
),

scored_buyers AS (
    SELECT
        *,
        1 + divide((rank() OVER (ORDER BY recency_days DESC) - 1) * 5, count(*) OVER ())
            AS recency_score,
        1 + divide((rank() OVER (ORDER BY frequency ASC) - 1) * 5, count(*) OVER ())
            AS frequency_score,
        1 + divide((rank() OVER (ORDER BY monetary ASC) - 1) * 5, count(*) OVER ())
            AS monetary_score
    FROM buyers
)

SELECT
    customer_id,
    recency_days,
    frequency,
    monetary,
    recency_score,
    frequency_score,
    monetary_score,
    CASE
        WHEN recency_score >= 4 AND frequency_score >= 4 AND monetary_score >= 4 THEN 'champions'
        WHEN recency_score >= 3 AND frequency_score >= 4 THEN 'loyal'
        WHEN recency_score >= 4 AND frequency = 1 THEN 'new'
        WHEN recency_score >= 3 THEN 'promising'
        WHEN frequency_score >= 4 OR monetary_score >= 4 THEN 'at_risk'
        WHEN recency_score = 2 THEN 'hibernating'
        ELSE 'lost'
    END AS segment
FROM scored_buyers;
