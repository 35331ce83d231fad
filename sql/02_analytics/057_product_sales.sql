-- What each product brought, as known by now: the step that reports on the catalogue begin with.
-- Stored sums, and what has changed since they were stored; equal at any moment to what the lines
-- say. WHERE product_id = x reads no other product's stored sums.

CREATE OR REPLACE VIEW product_sales WITH (security_invoker = TRUE) AS
WITH stored_and_changed AS (
    SELECT stored.* FROM product_sales_rollup AS stored
    UNION ALL
    SELECT changed.* FROM product_sales_since_refresh() AS changed
)

SELECT
    product_id,
    sum(units_sold)::BIGINT AS units_sold,
    sum(units_returned)::BIGINT AS units_returned,
    sum(revenue) AS revenue,
    CASE WHEN sum(lines_without_cost) = 0 THEN sum(revenue - cost) END AS gross_margin,
    sum(returned_value) AS returned_value,
    sum(units_restocked)::BIGINT AS units_restocked
FROM stored_and_changed
GROUP BY product_id
HAVING sum(line_count) > 0;
COMMENT ON VIEW product_sales IS
'Units, revenue and margin of every product that is on a line of an order not cancelled.';
COMMENT ON COLUMN product_sales.units_sold IS 'Units ordered and not cancelled.';
COMMENT ON COLUMN product_sales.revenue IS 'Value of the lines less credits on them, without tax.';
COMMENT ON COLUMN product_sales.gross_margin IS
'Revenue less what the units sold cost, as at placing, but for those that came back on the shelf;
NULL once a line with units sold has no cost.';
COMMENT ON COLUMN product_sales.returned_value IS 'Credits for what came back, without tax.';
COMMENT ON COLUMN product_sales.units_restocked IS 'Units that came back on the shelf.';
