-- The lines of the orders, in the file's order. A line that repeats another is a line of its own,
-- as it was on the invoice; all of it was shipped, and some of it came back.

INSERT INTO order_items
(
    order_id, line_no, product_id, sku, product_name, unit_price, quantity, shipped_quantity,
    returned_quantity
)
WITH returned AS (
    SELECT
        sale_line_no,
        sum(quantity) AS quantity
    FROM taken_units
    GROUP BY sale_line_no
)

SELECT
    orders.order_id,
    mapped_lines.position,
    products.product_id,
    mapped_lines.sku,
    coalesce(mapped_lines.description, mapped_lines.sku) AS product_name,
    mapped_lines.unit_price,
    mapped_lines.quantity,
    mapped_lines.quantity AS shipped_quantity,
    coalesce(returned.quantity, 0) AS returned_quantity
FROM mapped_lines
INNER JOIN orders ON mapped_lines.invoice_no = orders.idempotency_key
INNER JOIN products ON mapped_lines.sku = products.sku
LEFT JOIN returned ON mapped_lines.line_no = returned.sale_line_no
WHERE mapped_lines.kind = 'order_line'
ORDER BY orders.order_id, mapped_lines.position;
