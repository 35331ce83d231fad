-- Who to thank, who to win back: customers with an order, scored from 1 to 5 on how lately, how
-- often and for how much they bought, each against all the others.

CREATE OR REPLACE VIEW customer_segments WITH (security_invoker = TRUE) AS
WITH sales AS (
    SELECT
        customer_id,
        count(*) AS frequency,
        -- To take a 0 off costs as much as any sum.
        sum(CASE WHEN credited_amount = 0 THEN total ELSE total - credited_amount END) AS monetary,
        max(created_at) AS last_order_at
    FROM orders
    WHERE status <> 'cancelled'
    GROUP BY customer_id
),

-- Days, orders and cents as numbers of one kind.
buyers AS (
    SELECT
        sales.customer_id,
        sales.frequency,
        clock.today - (
            sales.last_order_at
            AT TIME ZONE clock.utc_offsets[width_bucket(sales.last_order_at, clock.changed_at)]
        )::DATE AS recency_days,
        (100 * sales.monetary)::BIGINT AS cents,
        sales.monetary
    FROM sales
    CROSS JOIN store_clock() AS clock
),

-- The value at which a fifth, two, three and four fifths of all buyers are reached: found in turn,
-- so that one sort of all buyers is kept at a time.
fifths AS (
    SELECT
        max(reached.fifths) FILTER (WHERE facts.number = 1) AS days,
        max(reached.fifths) FILTER (WHERE facts.number = 2) AS frequencies,
        max(reached.fifths) FILTER (WHERE facts.number = 3) AS cents
    FROM generate_series(1, 3) AS facts (number)
    CROSS JOIN
        LATERAL (  -- noqa: ST05, it refers to the number
            SELECT
                percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (
                    ORDER BY
                        CASE facts.number
                            WHEN 1 THEN -buyers.recency_days WHEN 2 THEN buyers.frequency
                            ELSE buyers.cents
                        END
                ) AS fifths
            FROM buyers
        ) AS reached
),

-- A score counts the fifths that lie wholly below: the values at or below the next smaller one.
scored_buyers AS (
    SELECT
        buyers.customer_id,
        buyers.recency_days,
        buyers.frequency,
        buyers.monetary,
        1 + width_bucket(-buyers.recency_days - 1::BIGINT, fifths.days)::BIGINT AS recency_score,
        1 + width_bucket(buyers.frequency - 1, fifths.frequencies)::BIGINT AS frequency_score,
        1 + width_bucket(buyers.cents - 1, fifths.cents)::BIGINT AS monetary_score
    FROM buyers
    CROSS JOIN fifths
    OFFSET 0  -- noqa: AM09, a fence: the planner would score anew wherever a score is asked for
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
