-- What each product brought, as known by now, summed over every line there is: what product_sales
-- must equal and, without its stored sums, begins with. Lines as ordered, credits on them and units
-- back on the shelf are stacked, then added up.

CREATE OR REPLACE FUNCTION _live_product_sales() RETURNS SETOF PRODUCT_SALES_ROLLUP
LANGUAGE sql STABLE ROWS 1000
-- Lines and orders lie in the order of their keys: merged, they take no memory, and less time.
SET enable_hashjoin = off SET enable_sort = off SET enable_memoize = off SET jit = off
SET hash_mem_multiplier = 1  -- many products' sums beside what the caller holds
BEGIN ATOMIC
    WITH sold_and_given_back AS (
        SELECT
            product_id,
            1 AS line_count,
            units_sold,
            net_value AS revenue,
            coalesce(units_sold * unit_cost, 0) AS cost,
            CASE WHEN unit_cost IS NULL AND units_sold > 0 THEN 1 ELSE 0 END AS lines_without_cost,
            units_returned,
            0::NUMERIC AS returned_value,
            0 AS units_restocked
        FROM counted_lines
        UNION ALL
        SELECT
            order_items.product_id,
            0 AS line_count,
            0 AS units_sold,
            -counted_credits.net AS revenue,
            0::NUMERIC AS cost,
            0 AS lines_without_cost,
            0 AS units_returned,
            CASE WHEN counted_credits.kind = 'return' THEN counted_credits.net ELSE 0 END
                AS returned_value,
            0 AS units_restocked
        FROM counted_credits
        INNER JOIN order_items
            ON
                counted_credits.order_id = order_items.order_id
                AND counted_credits.line_no = order_items.line_no
        UNION ALL
        -- What has left was never cancelled, so nobody has to ask its order.
        SELECT
            order_items.product_id,
            0 AS line_count,
            0 AS units_sold,
            0::NUMERIC AS revenue,
            coalesce(-returns.quantity * order_items.unit_cost, 0) AS cost,
            0 AS lines_without_cost,
            0 AS units_returned,
            0::NUMERIC AS returned_value,
            returns.quantity AS units_restocked
        FROM returns
        INNER JOIN order_items
            ON returns.order_id = order_items.order_id AND returns.line_no = order_items.line_no
        WHERE returns.restocked
    )

    SELECT
        product_id,
        sum(line_count) AS line_count,
        sum(units_sold) AS units_sold,
        sum(revenue) AS revenue,
        sum(cost) AS cost,
        sum(lines_without_cost) AS lines_without_cost,
        sum(units_returned) AS units_returned,
        sum(returned_value) AS returned_value,
        sum(units_restocked) AS units_restocked
    FROM sold_and_given_back
    GROUP BY product_id;
END;
REVOKE EXECUTE ON FUNCTION _live_product_sales() FROM PUBLIC;
COMMENT ON FUNCTION _live_product_sales() IS
'The columns of product_sales_rollup, of every product that is on a line of an order not cancelled,
added up from those lines. Internal to product_sales.';
