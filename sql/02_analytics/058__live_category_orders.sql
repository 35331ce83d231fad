-- In how many orders each branch of the catalogue is, counted over every line there is: what
-- category_revenue must show and, without its stored counts, begins with.

CREATE OR REPLACE FUNCTION _category_branches() RETURNS TABLE (category_id INT, branch_id INT)
LANGUAGE sql STABLE ROWS 100
BEGIN ATOMIC
    WITH RECURSIVE branches AS (
        SELECT
            categories.category_id,
            categories.category_id AS branch_id,
            categories.parent_id
        FROM categories
        -- Not ALL: a circle, which integrity_violations tells, must not be followed for ever.
        UNION DISTINCT
        SELECT
            branches.category_id,
            categories.category_id AS branch_id,
            categories.parent_id
        FROM branches
        INNER JOIN categories ON branches.parent_id = categories.category_id
    )

    SELECT
        branches.category_id,
        branches.branch_id
    FROM branches;
END;
REVOKE EXECUTE ON FUNCTION _category_branches() FROM PUBLIC;
COMMENT ON FUNCTION _category_branches() IS
'Every category with the branches it belongs to: itself, and each category above it. Internal.';

CREATE OR REPLACE FUNCTION _live_category_orders() RETURNS SETOF CATEGORY_ORDERS_ROLLUP
LANGUAGE sql STABLE ROWS 100
-- Even where the caller merges: for that, lines would be sorted twice more.
SET enable_hashjoin = on SET hash_mem_multiplier = 1
BEGIN ATOMIC
    -- Counted by sorting, once: to tell an order's branches apart first takes a second list of
    -- all orders, and by hashing, since the planner takes them for few, hours.
    SELECT
        branches.branch_id AS category_id,
        count(DISTINCT order_items.order_id) AS order_count
    FROM order_items
    INNER JOIN products ON order_items.product_id = products.product_id
    INNER JOIN _category_branches() AS branches ON products.category_id = branches.category_id
    WHERE
        order_items.quantity > order_items.cancelled_quantity
        -- Cancelled orders are few: they alone are kept in memory.
        AND NOT EXISTS (
            SELECT
            FROM orders
            WHERE orders.order_id = order_items.order_id AND orders.status = 'cancelled'
        )
    GROUP BY branches.branch_id;
END;
REVOKE EXECUTE ON FUNCTION _live_category_orders() FROM PUBLIC;
COMMENT ON FUNCTION _live_category_orders() IS
'The columns of category_orders_rollup, of every category that is in an order, counted from the
lines. Internal to category_revenue.';
