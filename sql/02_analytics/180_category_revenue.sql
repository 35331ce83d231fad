-- What each branch of the catalogue brings: a category by itself, and with everything below it.
-- An order with goods from two children counts once for their parent. Stored counts and sums, and
-- what has changed since they were stored; equal at any moment to what the lines say.

CREATE OR REPLACE VIEW category_revenue WITH (security_invoker = TRUE) AS
WITH RECURSIVE tree AS (
    SELECT
        category_id,
        name::TEXT AS category_path,
        0 AS depth,
        ARRAY[category_id] AS branch_ids  -- itself and every category above it
    FROM categories
    WHERE parent_id IS NULL
    UNION ALL
    SELECT
        categories.category_id,
        tree.category_path || ' > ' || categories.name AS category_path,
        tree.depth + 1 AS depth,
        tree.branch_ids || categories.category_id AS branch_ids
    FROM tree
    INNER JOIN categories ON tree.category_id = categories.parent_id
),

branches AS (
    SELECT
        category_id,
        unnest(branch_ids) AS branch_id
    FROM tree
),

category_sales AS (
    SELECT
        products.category_id,
        sum(product_sales.units_sold) AS units_sold,
        sum(product_sales.revenue) AS revenue
    FROM product_sales
    INNER JOIN products ON product_sales.product_id = products.product_id
    GROUP BY products.category_id
),

branch_sales AS (
    SELECT
        branches.branch_id,
        sum(category_sales.revenue) FILTER (
            WHERE branches.category_id = branches.branch_id
        ) AS direct_revenue,
        sum(category_sales.revenue) AS total_revenue,
        sum(category_sales.units_sold) AS units_sold
    FROM branches
    INNER JOIN category_sales ON branches.category_id = category_sales.category_id
    GROUP BY branches.branch_id
)

SELECT
    tree.category_id,
    tree.category_path,
    tree.depth,
    round(coalesce(branch_sales.direct_revenue, 0), store_settings.currency_decimals)
        AS direct_revenue,
    round(coalesce(branch_sales.total_revenue, 0), store_settings.currency_decimals)
        AS total_revenue,
    coalesce(branch_sales.units_sold, 0)::BIGINT AS units_sold,
    coalesce(stored.order_count, 0) + coalesce(changed.order_count, 0) AS order_count
FROM tree
CROSS JOIN store_settings
LEFT JOIN branch_sales ON tree.category_id = branch_sales.branch_id
LEFT JOIN category_orders_rollup AS stored ON tree.category_id = stored.category_id
LEFT JOIN category_orders_since_refresh() AS changed ON tree.category_id = changed.category_id
WHERE store_settings.is_only_row;
COMMENT ON VIEW category_revenue IS
'Every category''s revenue, alone and with all below it.';
COMMENT ON COLUMN category_revenue.category_path IS 'Names from the root down, joined by " > ".';
COMMENT ON COLUMN category_revenue.depth IS '0 for a root.';
COMMENT ON COLUMN category_revenue.direct_revenue IS
'What lines with products of the category itself are worth by now, without tax.';
COMMENT ON COLUMN category_revenue.total_revenue IS 'The same with all categories below.';
COMMENT ON COLUMN category_revenue.units_sold IS
'Units ordered and not cancelled, with all categories below.';
COMMENT ON COLUMN category_revenue.order_count IS
'Orders with such units, with all categories below; each once.';
