-- In how many orders each two products are together, counted over every line there is: what the
-- counts that are kept begin with. Counted product by product, through an index, so that one
-- product's pairs are in memory at a time; materialized is what the planner would compute anew for
-- each product.

CREATE OR REPLACE FUNCTION _live_product_pairs(p_at_least INT)
RETURNS TABLE (product_a_id INT, product_b_id INT, order_count BIGINT)
LANGUAGE sql STABLE ROWS 100000
BEGIN ATOMIC
    -- A pair is in no more orders than either product, so the rest need not be paired.
    WITH products_in_orders AS MATERIALIZED (
        SELECT product_id
        FROM counted_lines
        GROUP BY product_id
        HAVING count(DISTINCT order_id) >= p_at_least
    )

    SELECT
        products_in_orders.product_id AS product_a_id,
        together.product_id AS product_b_id,
        together.order_count
    FROM products_in_orders
    CROSS JOIN LATERAL (
        SELECT
            lines_beside.product_id,
            count(DISTINCT lines_beside.order_id) AS order_count
        FROM counted_lines AS lines
        INNER JOIN order_items AS lines_beside
            ON
                lines.order_id = lines_beside.order_id
                AND lines.product_id <= lines_beside.product_id
        WHERE lines.product_id = products_in_orders.product_id
        GROUP BY lines_beside.product_id
        HAVING count(DISTINCT lines_beside.order_id) >= p_at_least
    ) AS together;
END;
REVOKE EXECUTE ON FUNCTION _live_product_pairs(INT) FROM PUBLIC;
COMMENT ON FUNCTION _live_product_pairs(INT) IS
'Every pair of products, a not above b, in at least p_at_least orders not cancelled, and in how
many; a product with itself: all its orders. Internal to product_affinity.';
