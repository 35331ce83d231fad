-- In how many orders each two products were together when all pairs were last counted, so that a
-- refresh of product_affinity counts the pairs of orders that changed since, and no others. A year
-- may know millions of pairs: those far from app.affinity_minimum are left out.

CREATE TABLE product_pairs_rollup (
    product_a_id INT NOT NULL,  -- no foreign key: a refresh would check it a million times
    product_b_id INT NOT NULL,
    order_count INT NOT NULL,
    PRIMARY KEY (product_a_id, product_b_id),
    CONSTRAINT product_pairs_rollup_a_is_not_above_b CHECK (product_a_id <= product_b_id)
);

COMMENT ON TABLE product_pairs_rollup IS
'Orders by pair of products, as the watermark product_affinity says; a product with itself: all its
orders. Read product_affinity instead.';
COMMENT ON COLUMN product_pairs_rollup.order_count IS 'Orders with both, not cancelled.';
