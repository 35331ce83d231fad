-- category_revenue in DuckDB.

WITH RECURSIVE tree AS (
    SELECT
        category_id,
        name AS category_path,
        0 AS depth,
        [category_id] AS branch_ids
    FROM categories
    WHERE parent_id IS NULL
    UNION ALL
    SELECT
        categories.category_id,
        tree.category_path || ' > ' || categories.name AS category_path,
        tree.depth + 1 AS depth,
        list_append(tree.branch_ids, categories.category_id) AS branch_ids
    FROM tree
    INNER JOIN categories ON tree.category_id = categories.parent_id
),

branches AS (
    SELECT
        category_id,
        unnest(branch_ids) AS branch_id
    FROM tree
),

branch_sales AS (
    SELECT
        branches.branch_id,
        sum(counted_lines.net_value - counted_lines.credited_net) FILTER (
            WHERE branches.category_id = branches.branch_id
        ) AS direct_revenue,
        sum(counted_lines.net_value - counted_lines.credited_net) AS total_revenue,
        sum(counted_lines.units_sold) AS units_sold,
        count(DISTINCT counted_lines.order_id) FILTER (WHERE counted_lines.units_sold > 0)
            AS order_count
    FROM counted_lines
    INNER JOIN products ON counted_lines.product_id = products.product_id
    INNER JOIN branches ON products.category_id = branches.category_id
    GROUP BY branches.branch_id
)

SELECT
    tree.category_id,
    tree.category_path,
    tree.depth,
    coalesce(branch_sales.direct_revenue, 0) AS direct_revenue,
    coalesce(branch_sales.total_revenue, 0) AS total_revenue,
    coalesce(branch_sales.units_sold, 0) AS units_sold,
    coalesce(branch_sales.order_count, 0) AS order_count
FROM tree
LEFT JOIN branch_sales ON tree.category_id = branch_sales.branch_id;
