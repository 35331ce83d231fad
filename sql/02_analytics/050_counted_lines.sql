-- What was sold, line by line, as every report about goods counts it: without the tax, also where
-- prices include it, and not on a cancelled order.

CREATE OR REPLACE VIEW counted_lines WITH (security_invoker = TRUE) AS
SELECT
    order_items.order_id,
    order_items.line_no,
    order_items.product_id,
    order_items.quantity - order_items.cancelled_quantity AS units_sold,
    order_items.returned_quantity AS units_returned,
    order_items.unit_cost,
    CASE
        WHEN orders.prices_include_tax THEN order_items.line_total - order_items.tax
        ELSE order_items.line_total
    END AS net_value
FROM order_items
INNER JOIN orders ON order_items.order_id = orders.order_id
WHERE orders.status <> 'cancelled';
COMMENT ON VIEW counted_lines IS
'Lines of orders that were not cancelled, with their value without tax.';
COMMENT ON COLUMN counted_lines.units_sold IS 'Units ordered that were not cancelled since.';
COMMENT ON COLUMN counted_lines.unit_cost IS 'As at placing; NULL = unknown.';
COMMENT ON COLUMN counted_lines.net_value IS
'What the line was worth when it was placed: after discount, without tax.';
