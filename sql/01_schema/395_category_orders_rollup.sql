-- In how many orders each branch of the catalogue was when refresh_reports() last looked. An order
-- with goods from two children counts once for their parent, so no sums of products or of children
-- can tell. category_revenue adds what has changed since, and is exact.

CREATE TABLE category_orders_rollup (
    category_id INT PRIMARY KEY REFERENCES categories (category_id) ON DELETE CASCADE,
    order_count BIGINT NOT NULL
) WITH (fillfactor = 50);  -- room for the next counts on the same page

COMMENT ON TABLE category_orders_rollup IS
'Orders by category, as the watermark product_sales says; read category_revenue instead.';
COMMENT ON COLUMN category_orders_rollup.order_count IS
'Orders, not cancelled, with units sold of the category or of one below it.';
