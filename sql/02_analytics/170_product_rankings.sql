-- What sells. Every product is here, also one that never sold; ranks and shares compare all of
-- them, so reading one product computes all.

CREATE OR REPLACE VIEW product_rankings WITH (security_invoker = TRUE) AS
WITH product_sales AS (
    SELECT
        product_id,
        sum(quantity) AS units_sold,
        sum(net_value) AS revenue,
        CASE
            WHEN bool_and(unit_cost IS NOT NULL) THEN sum(net_value) - sum(quantity * unit_cost)
        END AS gross_margin
    FROM counted_lines
    GROUP BY product_id
),

product_totals AS (
    SELECT
        products.product_id,
        products.sku,
        products.name AS product_name,
        products.category_id,
        coalesce(product_sales.units_sold, 0) AS units_sold,
        coalesce(product_sales.revenue, 0) AS revenue,
        CASE
            WHEN product_sales.product_id IS NULL THEN 0
            ELSE product_sales.gross_margin
        END AS gross_margin
    FROM products
    LEFT JOIN product_sales ON products.product_id = product_sales.product_id
),

ranked_products AS (
    SELECT
        *,
        rank() OVER (ORDER BY revenue DESC) AS revenue_rank,
        rank() OVER (PARTITION BY category_id ORDER BY revenue DESC) AS category_rank,
        sum(revenue) OVER (ORDER BY revenue DESC, product_id ASC) AS cumulative_revenue,
        nullif(sum(revenue) OVER (), 0) AS total_revenue
    FROM product_totals
)

SELECT
    product_id,
    sku,
    product_name,
    category_id,
    units_sold,
    round(revenue, 2) AS revenue,
    round(gross_margin, 2) AS gross_margin,
    revenue_rank,
    category_rank,
    round(100 * revenue / total_revenue, 2) AS revenue_share_pct,
    round(100 * cumulative_revenue / total_revenue, 2) AS cumulative_share_pct,
    -- By the share before the row, so that the product that crosses a bound still belongs above it.
    CASE
        WHEN revenue = 0 THEN 'C'
        WHEN 100 * (cumulative_revenue - revenue) < 80 * total_revenue THEN 'A'
        WHEN 100 * (cumulative_revenue - revenue) < 95 * total_revenue THEN 'B'
        ELSE 'C'
    END AS abc_class
FROM ranked_products;
COMMENT ON VIEW product_rankings IS
'Every product''s units, revenue and margin, its place among all, and its ABC class.';
COMMENT ON COLUMN product_rankings.product_id IS 'The product.';
COMMENT ON COLUMN product_rankings.sku IS 'Its stock keeping unit today.';
COMMENT ON COLUMN product_rankings.product_name IS 'Its name today.';
COMMENT ON COLUMN product_rankings.category_id IS 'Its category today; NULL = none.';
COMMENT ON COLUMN product_rankings.units_sold IS 'Units ordered.';
COMMENT ON COLUMN product_rankings.revenue IS 'What its lines brought, without tax.';
COMMENT ON COLUMN product_rankings.gross_margin IS
'Revenue less unit costs as at placing; NULL once a line''s cost is unknown.';
COMMENT ON COLUMN product_rankings.revenue_rank IS
'1 is the highest revenue; equal ones share a rank.';
COMMENT ON COLUMN product_rankings.category_rank IS
'The same within its category; products without one are a group.';
COMMENT ON COLUMN product_rankings.revenue_share_pct IS
'Of all products'' revenue, in per cent; NULL where nothing was sold.';
COMMENT ON COLUMN product_rankings.cumulative_share_pct IS
'Of it and all before it, by revenue, then product_id.';
COMMENT ON COLUMN product_rankings.abc_class IS
'A while those before it make less than 80 % of revenue, B while less than 95 %, else C.';
