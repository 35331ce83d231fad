-- product_rankings in DuckDB.

WITH product_sales AS (
    SELECT
        product_id,
        sum(units_sold) AS units_sold,
        sum(net_value - credited_net) AS revenue,
        coalesce(sum((units_sold - restocked_quantity) * unit_cost), 0) AS cost,
        bool_and(unit_cost IS NOT NULL OR units_sold = 0) AS knows_cost
    FROM counted_lines
    GROUP BY product_id
),

product_totals AS (
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
            WHEN product_sales.knows_cost THEN product_sales.revenue - product_sales.cost
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
    revenue,
    gross_margin,
    revenue_rank,
    category_rank,
    round(100 * revenue / total_revenue, 2) AS revenue_share_pct,
    round(100 * cumulative_revenue / total_revenue, 2) AS cumulative_share_pct,
    CASE
        WHEN revenue = 0 THEN 'C'
        WHEN 100 * (cumulative_revenue - revenue) < 80 * total_revenue THEN 'A'
        WHEN 100 * (cumulative_revenue - revenue) < 95 * total_revenue THEN 'B'
        ELSE 'C'
    END AS abc_class,
    style_id
FROM ranked_products;
