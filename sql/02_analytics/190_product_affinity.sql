-- Which products are bought together. A year of sales holds tens of millions of pairs, so they are
-- kept counted, and refresh_reports() brings the counts up to date.

CREATE OR REPLACE VIEW product_affinity WITH (security_invoker = TRUE) AS
WITH products_in_orders AS NOT MATERIALIZED (
    SELECT
        product_a_id AS product_id,
        (orders_counted + orders_since)::NUMERIC AS order_count
    FROM product_pairs_rollup
    WHERE product_a_id = product_b_id
),

pairs AS (
    SELECT
        product_a_id,
        product_b_id,
        (orders_counted + orders_since)::BIGINT AS orders_together
    FROM product_pairs_rollup
    WHERE product_a_id < product_b_id
)

SELECT
    pairs.product_a_id,
    pairs.product_b_id,
    pairs.orders_together,
    round(pairs.orders_together / watermarks.order_count::NUMERIC, 6) AS support,
    round(pairs.orders_together / a.order_count, 6) AS confidence_a_to_b,
    round(pairs.orders_together / b.order_count, 6) AS confidence_b_to_a,
    round(
        pairs.orders_together * watermarks.order_count::NUMERIC / (a.order_count * b.order_count), 4
    ) AS lift
FROM watermarks
INNER JOIN pairs ON watermarks.affinity_minimum <= pairs.orders_together
INNER JOIN products_in_orders AS a ON pairs.product_a_id = a.product_id
INNER JOIN products_in_orders AS b ON pairs.product_b_id = b.product_id
WHERE watermarks.name = 'product_affinity';
COMMENT ON VIEW product_affinity IS
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
