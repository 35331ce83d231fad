-- Which products are bought together. A year of sales holds tens of millions of pairs, so the
-- answer is stored, and refresh_reports() renews it. It is counted product by product, through an
-- index, so that one product's pairs are in memory at a time; materialized is what the planner
-- would compute, or read, anew for each product.

CREATE MATERIALIZED VIEW IF NOT EXISTS product_affinity AS
WITH minimum AS (
    SELECT
        coalesce(nullif(current_setting('app.affinity_minimum', TRUE), '')::INT, 20)
            AS basket_count
),

baskets AS MATERIALIZED (
    SELECT count(*) AS basket_count
    FROM orders
    WHERE status <> 'cancelled'
),

-- A pair is in no more baskets than either product, so the rest need not be paired.
products_in_baskets AS (
    SELECT
        product_id,
        count(DISTINCT order_id) AS basket_count
    FROM counted_lines
    GROUP BY product_id
    HAVING count(DISTINCT order_id) >= (SELECT minimum.basket_count FROM minimum)
),

pairs AS MATERIALIZED (
    SELECT
        a.product_id AS product_a_id,
        a.basket_count AS baskets_with_a,
        together.product_id AS product_b_id,
        together.basket_count
    FROM products_in_baskets AS a
    CROSS JOIN LATERAL (
        SELECT
            lines_beside.product_id,
            count(DISTINCT lines_beside.order_id) AS basket_count
        FROM counted_lines AS lines
        INNER JOIN order_items AS lines_beside
            ON
                lines.order_id = lines_beside.order_id
                AND lines.product_id < lines_beside.product_id
        WHERE lines.product_id = a.product_id
        GROUP BY lines_beside.product_id
        HAVING count(DISTINCT lines_beside.order_id) >= (SELECT minimum.basket_count FROM minimum)
    ) AS together
)

SELECT
    pairs.product_a_id,
    pairs.product_b_id,
    pairs.basket_count AS orders_together,
    round(pairs.basket_count::NUMERIC / baskets.basket_count, 6) AS support,
    round(pairs.basket_count::NUMERIC / pairs.baskets_with_a, 6) AS confidence_a_to_b,
    round(pairs.basket_count::NUMERIC / b.basket_count, 6) AS confidence_b_to_a,
    round(
        pairs.basket_count::NUMERIC * baskets.basket_count
        / (pairs.baskets_with_a::NUMERIC * b.basket_count),
        4
    ) AS lift
FROM pairs
INNER JOIN products_in_baskets AS b ON pairs.product_b_id = b.product_id
CROSS JOIN baskets;
CREATE UNIQUE INDEX IF NOT EXISTS product_affinity_product_a_id_product_b_id_idx
ON product_affinity (product_a_id, product_b_id);  -- REFRESH ... CONCURRENTLY needs one
CREATE INDEX IF NOT EXISTS product_affinity_product_b_id_idx
ON product_affinity (product_b_id);  -- the other half of a product's pairs
COMMENT ON MATERIALIZED VIEW product_affinity IS
'Pairs of products in at least app.affinity_minimum orders (20 unless set) that were not cancelled,
as of the last refresh_reports(): the setting of the session that calls it decides what everybody
reads.';
COMMENT ON COLUMN product_affinity.product_a_id IS 'The product with the lower id.';
COMMENT ON COLUMN product_affinity.product_b_id IS 'The product with the higher id.';
COMMENT ON COLUMN product_affinity.orders_together IS 'Orders with both.';
COMMENT ON COLUMN product_affinity.support IS 'Their share of all orders.';
COMMENT ON COLUMN product_affinity.confidence_a_to_b IS
'Their share of the orders with product a.';
COMMENT ON COLUMN product_affinity.confidence_b_to_a IS
'Their share of the orders with product b.';
COMMENT ON COLUMN product_affinity.lift IS
'How many times as often as if one did not lead to the other: above 1, they attract.';
