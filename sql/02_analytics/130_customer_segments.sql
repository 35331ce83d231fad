-- Who to thank, who to win back: customers with an order, scored from 1 to 5 on how lately, how
-- often and for how much they bought, each against all the others.

CREATE OR REPLACE VIEW customer_segments WITH (security_invoker = TRUE) AS
WITH sales AS (
    SELECT
        customer_id,
        count(*) AS order_count,
        sum(total - credited_amount) AS net_revenue,
        max(created_at) AS last_order_at
    FROM orders
    WHERE status <> 'cancelled'
    GROUP BY customer_id
),

buyers AS (
    SELECT
        sales.customer_id,
        sales.order_count AS frequency,
        sales.net_revenue AS monetary,
        store_today.today - (sales.last_order_at AT TIME ZONE store_today.time_zone)::DATE
            AS recency_days
    FROM sales
    CROSS JOIN store_today
),

all_buyers AS (
    SELECT count(*) AS buyer_count FROM buyers
),

ranked_buyers AS (
    SELECT
        buyers.*,
        all_buyers.buyer_count,
        rank() OVER (ORDER BY buyers.recency_days DESC) AS recency_rank,
        rank() OVER (ORDER BY buyers.frequency ASC) AS frequency_rank,
        rank() OVER (ORDER BY buyers.monetary ASC) AS monetary_rank
    FROM buyers
    CROSS JOIN all_buyers
),

scored_buyers AS (
    SELECT
        customer_id,
        recency_days,
        frequency,
        monetary,
        1 + (recency_rank - 1) * 5 / buyer_count AS recency_score,
        1 + (frequency_rank - 1) * 5 / buyer_count AS frequency_score,
        1 + (monetary_rank - 1) * 5 / buyer_count AS monetary_score
    FROM ranked_buyers
)

SELECT
    scored.customer_id,
    scored.recency_days,
    scored.frequency,
    round(scored.monetary, store_settings.currency_decimals) AS monetary,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    CASE
        WHEN
            scored.recency_score >= 4 AND scored.frequency_score >= 4 AND scored.monetary_score >= 4
            THEN 'champions'
        WHEN scored.recency_score >= 3 AND scored.frequency_score >= 4 THEN 'loyal'
        WHEN scored.recency_score >= 4 AND scored.frequency = 1 THEN 'new'
        WHEN scored.recency_score >= 3 THEN 'promising'
        WHEN scored.frequency_score >= 4 OR scored.monetary_score >= 4 THEN 'at_risk'
        WHEN scored.recency_score = 2 THEN 'hibernating'
        ELSE 'lost'
    END AS segment
FROM scored_buyers AS scored
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW customer_segments IS
'Recency, frequency and monetary scores of every customer with an order, and the segment they make.
Equal values have equal scores.';
COMMENT ON COLUMN customer_segments.recency_days IS 'Store days since that of the last order.';
COMMENT ON COLUMN customer_segments.frequency IS 'Orders not cancelled.';
COMMENT ON COLUMN customer_segments.monetary IS 'Net revenue.';
COMMENT ON COLUMN customer_segments.recency_score IS '1 (longest ago) to 5 (most lately).';
COMMENT ON COLUMN customer_segments.frequency_score IS '1 (fewest orders) to 5 (most).';
COMMENT ON COLUMN customer_segments.monetary_score IS '1 (least net revenue) to 5 (most).';
COMMENT ON COLUMN customer_segments.segment IS
'The first that fits: champions, loyal, new, promising, at_risk, hibernating, lost.';
