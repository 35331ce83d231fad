-- What sells, of products that come in variants, all their variants together. Every style is here,
-- also one that never sold or has no products.

CREATE OR REPLACE VIEW style_rankings WITH (security_invoker = TRUE) AS
WITH style_totals AS (
    SELECT
        styles.style_id,
        styles.name AS style_name,
        count(products.product_id) AS products,
        coalesce(sum(product_sales.units_sold), 0)::BIGINT AS units_sold,
        coalesce(sum(product_sales.revenue), 0) AS revenue
    FROM styles
    LEFT JOIN products ON styles.style_id = products.style_id
    LEFT JOIN product_sales ON products.product_id = product_sales.product_id
    GROUP BY styles.style_id, styles.name
)

SELECT
    style_totals.style_id,
    style_totals.style_name,
    style_totals.products,
    style_totals.units_sold,
    round(style_totals.revenue, store_settings.currency_decimals) AS revenue,
    rank() OVER (ORDER BY style_totals.revenue DESC) AS revenue_rank
FROM style_totals
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW style_rankings IS 'Every style''s units and revenue, and its place among all.';
COMMENT ON COLUMN style_rankings.style_name IS 'Today''s.';
COMMENT ON COLUMN style_rankings.products IS 'Its variants, also those not on offer any more.';
COMMENT ON COLUMN style_rankings.units_sold IS 'Units ordered and not cancelled.';
COMMENT ON COLUMN style_rankings.revenue IS
'What their lines are worth by now, credits taken off, without tax.';
COMMENT ON COLUMN style_rankings.revenue_rank IS '1 is the highest; equal ones share a rank.';
