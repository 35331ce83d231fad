-- What sells. Every product is here, also one that never sold; ranks and shares compare all of
-- them, so reading one product computes all.

CREATE OR REPLACE VIEW product_rankings WITH (security_invoker = TRUE) AS
WITH product_totals AS (
    SELECT
        products.product_id,
        products.sku,
        products.name AS product_name,
        products.category_id,
        products.style_id,
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
    ranked.product_id,
    ranked.sku,
    ranked.product_name,
    ranked.category_id,
    ranked.units_sold,
    round(ranked.revenue, store_settings.currency_decimals) AS revenue,
    round(ranked.gross_margin, store_settings.currency_decimals) AS gross_margin,
    ranked.revenue_rank,
    ranked.category_rank,
    round(100 * ranked.revenue / ranked.total_revenue, 2) AS revenue_share_pct,
    round(100 * ranked.cumulative_revenue / ranked.total_revenue, 2) AS cumulative_share_pct,
    -- By the share before the row, so that the product that crosses a bound still belongs above it.
    CASE
        WHEN ranked.revenue = 0 THEN 'C'
        WHEN 100 * (ranked.cumulative_revenue - ranked.revenue) < 80 * ranked.total_revenue THEN 'A'
        WHEN 100 * (ranked.cumulative_revenue - ranked.revenue) < 95 * ranked.total_revenue THEN 'B'
        ELSE 'C'
    END AS abc_class,
    ranked.style_id
FROM ranked_products AS ranked
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW product_rankings IS
'Every product''s units, revenue and margin, its place among all, and its ABC class.';
COMMENT ON COLUMN product_rankings.sku IS 'Today''s, as the name and the category.';
COMMENT ON COLUMN product_rankings.category_id IS 'NULL = none.';
COMMENT ON COLUMN product_rankings.units_sold IS 'Units ordered and not cancelled.';
COMMENT ON COLUMN product_rankings.revenue IS
'What its lines are worth by now, credits taken off, without tax.';
COMMENT ON COLUMN product_rankings.gross_margin IS
'Revenue less the cost, as at placing, of the units sold that did not come back on the shelf; NULL
once a line with units sold has no cost.';
COMMENT ON COLUMN product_rankings.revenue_rank IS '1 is the highest; equal ones share a rank.';
COMMENT ON COLUMN product_rankings.category_rank IS
'The same within its category; products without one are a group.';
COMMENT ON COLUMN product_rankings.revenue_share_pct IS
'Of all products'' revenue, in per cent; NULL where nothing was sold.';
COMMENT ON COLUMN product_rankings.cumulative_share_pct IS
'The share of the product and all before it, by revenue, then product_id.';
COMMENT ON COLUMN product_rankings.abc_class IS
'A while those before it make less than 80 % of revenue, B while less than 95 %, else C.';
COMMENT ON COLUMN product_rankings.style_id IS 'The style it is a variant of; NULL = none.';
