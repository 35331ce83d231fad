-- What each product brought, as known by now: the step that reports on the catalogue begin with.
-- Credits and returns are few beside the lines sold, so they are added up apart. WHERE
-- product_id = x reads that product's lines alone.

CREATE OR REPLACE VIEW product_sales WITH (security_invoker = TRUE) AS
WITH sold AS (
    SELECT
        product_id,
        sum(units_sold) AS units_sold,
        sum(returned_quantity) AS units_returned,
        sum(net_value) AS net_value,
        sum(units_sold * unit_cost) AS cost,
        bool_or(unit_cost IS NULL AND units_sold > 0) AS has_unknown_cost
    FROM counted_lines
    GROUP BY product_id
),

credited AS (
    SELECT
        order_items.product_id,
        sum(counted_credits.net) AS net_value,
        sum(counted_credits.net) FILTER (WHERE counted_credits.kind = 'return') AS returned_value
    FROM counted_credits
    INNER JOIN order_items
        ON
            counted_credits.order_id = order_items.order_id
            AND counted_credits.line_no = order_items.line_no
    GROUP BY order_items.product_id
),

-- What has left was never cancelled, so nobody has to ask its order.
restocked AS (
    SELECT
        order_items.product_id,
        sum(returns.quantity * order_items.unit_cost) AS cost
    FROM returns
    INNER JOIN order_items
        ON returns.order_id = order_items.order_id AND returns.line_no = order_items.line_no
    WHERE returns.restocked
    GROUP BY order_items.product_id
),

known_by_now AS (
    SELECT
        sold.product_id,
        sold.units_sold,
        sold.units_returned,
        sold.has_unknown_cost,
        sold.net_value - coalesce(credited.net_value, 0) AS revenue,
        coalesce(sold.cost, 0) - coalesce(restocked.cost, 0) AS cost,
        coalesce(credited.returned_value, 0) AS returned_value
    FROM sold
    LEFT JOIN credited ON sold.product_id = credited.product_id
    LEFT JOIN restocked ON sold.product_id = restocked.product_id
)

SELECT
    product_id,
    units_sold,
    units_returned,
    revenue,
    CASE WHEN NOT has_unknown_cost THEN revenue - cost END AS gross_margin,
    returned_value
FROM known_by_now;
COMMENT ON VIEW product_sales IS
'Units, revenue and margin of every product that is on a line of an order not cancelled.';
COMMENT ON COLUMN product_sales.units_sold IS 'Units ordered and not cancelled.';
COMMENT ON COLUMN product_sales.revenue IS 'Value of the lines less credits on them, without tax.';
COMMENT ON COLUMN product_sales.gross_margin IS
'Revenue less what the units sold cost, as at placing, but for those that came back on the shelf;
NULL once a line with units sold has no cost.';
COMMENT ON COLUMN product_sales.returned_value IS
'Credits for units that came back, without tax.';
