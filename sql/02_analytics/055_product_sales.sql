-- What each product brought, as known by now: the step that reports on the catalogue begin with.
-- Lines as ordered, credits on them and units back on the shelf are stacked, then added up. WHERE
-- product_id = x reads that product's lines alone.

CREATE OR REPLACE VIEW product_sales WITH (security_invoker = TRUE) AS
WITH sold_and_given_back AS (
    SELECT
        product_id,
        units_sold,
        units_returned,
        net_value AS revenue,
        coalesce(units_sold * unit_cost, 0) AS cost,
        unit_cost IS NULL AND units_sold > 0 AS has_unknown_cost,
        0::NUMERIC AS returned_value
    FROM counted_lines
    UNION ALL
    SELECT
        order_items.product_id,
        0 AS units_sold,
        0 AS units_returned,
        -counted_credits.net AS revenue,
        0::NUMERIC AS cost,
        FALSE AS has_unknown_cost,
        CASE WHEN counted_credits.kind = 'return' THEN counted_credits.net ELSE 0 END
            AS returned_value
    FROM counted_credits
    INNER JOIN order_items
        ON
            counted_credits.order_id = order_items.order_id
            AND counted_credits.line_no = order_items.line_no
    UNION ALL
    -- What has left was never cancelled, so nobody has to ask its order.
    SELECT
        order_items.product_id,
        0 AS units_sold,
        0 AS units_returned,
        0::NUMERIC AS revenue,
        coalesce(-returns.quantity * order_items.unit_cost, 0) AS cost,
        FALSE AS has_unknown_cost,
        0::NUMERIC AS returned_value
    FROM returns
    INNER JOIN order_items
        ON returns.order_id = order_items.order_id AND returns.line_no = order_items.line_no
    WHERE returns.restocked
)

SELECT
    product_id,
    sum(units_sold) AS units_sold,
    sum(units_returned) AS units_returned,
    sum(revenue) AS revenue,
    CASE WHEN NOT bool_or(has_unknown_cost) THEN sum(revenue - cost) END AS gross_margin,
    sum(returned_value) AS returned_value
FROM sold_and_given_back
GROUP BY product_id;
COMMENT ON VIEW product_sales IS
'Units, revenue and margin of every product that is on a line of an order not cancelled.';
COMMENT ON COLUMN product_sales.units_sold IS 'Units ordered and not cancelled.';
COMMENT ON COLUMN product_sales.revenue IS 'Value of the lines less credits on them, without tax.';
COMMENT ON COLUMN product_sales.gross_margin IS
'Revenue less what the units sold cost, as at placing, but for those that came back on the shelf;
NULL once a line with units sold has no cost.';
COMMENT ON COLUMN product_sales.returned_value IS
'Credits for units that came back, without tax.';
