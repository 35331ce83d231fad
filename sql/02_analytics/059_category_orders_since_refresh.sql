-- By how much category_orders_rollup is behind, at the caller's snapshot: of each order that has
-- changed since, the branches it is in now, less those it was in. Where a product or a category has
-- moved since, orders that nobody touched have changed too: everything is compared, as after a
-- restore, until the next refresh.

CREATE OR REPLACE FUNCTION category_orders_since_refresh() RETURNS SETOF CATEGORY_ORDERS_ROLLUP
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $category_orders_since_refresh$
DECLARE
    v_watermark watermarks := _watermark('product_sales');
BEGIN
    IF v_watermark.snapshot IS NULL OR EXISTS (
        SELECT FROM audit_log
        WHERE
            _is_unseen(transaction_id, v_watermark.snapshot)
            AND operation = 'UPDATE'
            AND (
                (table_name = 'products' AND new_row ? 'category_id')
                OR (table_name = 'categories' AND new_row ? 'parent_id')
            )
    ) THEN
        RETURN QUERY
        SELECT category_id, sum(order_count)::BIGINT
        FROM (
            SELECT category_id, order_count FROM _live_category_orders()
            UNION ALL
            SELECT category_id, -order_count FROM category_orders_rollup
        ) AS live_less_stored
        GROUP BY category_id
        HAVING sum(order_count) <> 0;
        RETURN;
    END IF;

    RETURN QUERY
    WITH branch_orders AS (
        SELECT
            branches.branch_id,
            bool_or(counts = 1 AND units_sold > 0)::INT
            - bool_or(counted = 1 AND units_sold + cancelled_since > 0)::INT AS change
        FROM _lines_since_refresh() AS lines
        INNER JOIN products USING (product_id)
        INNER JOIN _category_branches() AS branches USING (category_id)
        GROUP BY lines.order_id, branches.branch_id
    )

    SELECT branch_id, sum(change)
    FROM branch_orders
    GROUP BY branch_id
    HAVING sum(change) <> 0;
END;
$category_orders_since_refresh$;
REVOKE EXECUTE ON FUNCTION category_orders_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION category_orders_since_refresh() IS
'What has to be added to category_orders_rollup, by category, with its columns. Internal to
category_revenue. Raises nothing.';
