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

-- A score is the fifth of all buyers that stands behind: counted once a value, of which days and
-- numbers of orders have few. Only amounts are worth sorting every buyer for.
recency_scores AS (
    SELECT
        recency_days,
        1 + (sum(count(*)) OVER (ORDER BY recency_days DESC) - count(*))::BIGINT * 5
        / sum(count(*)) OVER ()::BIGINT AS recency_score
    FROM buyers
    GROUP BY recency_days
),

frequency_scores AS (
    SELECT
        frequency,
        1 + (sum(count(*)) OVER (ORDER BY frequency ASC) - count(*))::BIGINT * 5
        / sum(count(*)) OVER ()::BIGINT AS frequency_score
    FROM buyers
    GROUP BY frequency
),

scored_buyers AS (
    SELECT
        buyers.customer_id,
        buyers.recency_days,
        buyers.frequency,
        buyers.monetary,
        recency_scores.recency_score,
        frequency_scores.frequency_score,
        1 + (rank() OVER (ORDER BY buyers.monetary ASC) - 1) * 5
        / all_buyers.buyer_count AS monetary_score
    FROM buyers
    CROSS JOIN all_buyers
    INNER JOIN recency_scores ON buyers.recency_days = recency_scores.recency_days
    INNER JOIN frequency_scores ON buyers.frequency = frequency_scores.frequency
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
