-- In how many orders each two products were together, so that a refresh of product_affinity counts
-- the pairs of the orders that changed and no others. A year may know millions of pairs: those far
-- from app.affinity_minimum are left out, and counted once they may have come near.

CREATE TABLE product_pairs_rollup (
    product_a_id INT NOT NULL,  -- no foreign key: a million looks at a time, at products sold
    product_b_id INT NOT NULL,
    orders_counted INT NOT NULL,
    orders_since INT NOT NULL,
    PRIMARY KEY (product_a_id, product_b_id),
    CONSTRAINT product_pairs_rollup_a_is_not_above_b CHECK (product_a_id <= product_b_id)
) WITH (fillfactor = 70);  -- room for the next counts on the same page

CREATE INDEX product_pairs_rollup_product_b_id_idx
ON product_pairs_rollup (product_b_id);  -- the other half of a product's pairs
CREATE INDEX product_pairs_rollup_alone_idx
ON product_pairs_rollup (product_a_id) WHERE product_a_id = product_b_id;  -- without its pairs

COMMENT ON TABLE product_pairs_rollup IS
'Orders by pair of products, as the watermark product_affinity says; a product with itself: all its
orders. Read product_affinity instead.';
COMMENT ON COLUMN product_pairs_rollup.product_a_id IS 'The product with the lower id.';
COMMENT ON COLUMN product_pairs_rollup.product_b_id IS 'The product with the higher id.';
COMMENT ON COLUMN product_pairs_rollup.orders_counted IS
'Orders with both, not cancelled, when all were last counted.';
COMMENT ON COLUMN product_pairs_rollup.orders_since IS
'How many more by the last refresh; may lag where there are too few to be shown.';
