-- style_rankings in DuckDB.

WITH product_sales AS (
    SELECT
        product_id,
        sum(units_sold) AS units_sold,
        sum(net_value - credited_net) AS revenue
    FROM counted_lines
    GROUP BY product_id
),

style_totals AS (
    SELECT
        styles.style_id,
        styles.name AS style_name,
        count(products.product_id) AS products,
        coalesce(sum(product_sales.units_sold), 0) AS units_sold,
        coalesce(sum(product_sales.revenue), 0) AS revenue
    FROM styles
    LEFT JOIN products ON styles.style_id = products.style_id
    LEFT JOIN product_sales ON products.product_id = product_sales.product_id
    GROUP BY styles.style_id, styles.name
)

SELECT
    style_id,
    style_name,
    products,
    units_sold,
    revenue,
    rank() OVER (ORDER BY revenue DESC) AS revenue_rank
FROM style_totals;
