-- Which products are bought together. A year of sales holds tens of millions of pairs, so the
-- answer is stored, and refresh_reports() renews it.

CREATE MATERIALIZED VIEW IF NOT EXISTS product_affinity AS
WITH pairs AS MATERIALIZED (
    SELECT
        product_a_id,
        product_b_id,
        order_count::NUMERIC
    FROM _product_pairs()
),

all_orders AS MATERIALIZED (
    SELECT count(*) AS order_count
    FROM orders
    WHERE status <> 'cancelled'
)

SELECT
    pairs.product_a_id,
    pairs.product_b_id,
    pairs.order_count::BIGINT AS orders_together,
    round(pairs.order_count / all_orders.order_count, 6) AS support,
    round(pairs.order_count / a.order_count, 6) AS confidence_a_to_b,
    round(pairs.order_count / b.order_count, 6) AS confidence_b_to_a,
    round(
        pairs.order_count * all_orders.order_count / (a.order_count * b.order_count), 4
    ) AS lift
FROM pairs
INNER JOIN pairs AS a ON pairs.product_a_id = a.product_a_id AND a.product_a_id = a.product_b_id
INNER JOIN pairs AS b ON pairs.product_b_id = b.product_a_id AND b.product_a_id = b.product_b_id
CROSS JOIN all_orders
WHERE pairs.product_a_id < pairs.product_b_id;
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
