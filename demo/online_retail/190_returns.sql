-- What the cancellations took back, a row for each order line they touched; all of it goes back
-- on the shelf.

INSERT INTO returns (order_id, line_no, shipment_id, quantity, restocked, reason, created_at)
SELECT
    orders.order_id,
    sale.position,
    shipments.shipment_id,
    taken_units.quantity,
    TRUE AS restocked,
    cancellation.invoice_no AS reason,
    cancellation.instant
FROM taken_units
INNER JOIN mapped_lines AS cancellation
    ON taken_units.cancellation_line_no = cancellation.line_no
INNER JOIN mapped_lines AS sale ON taken_units.sale_line_no = sale.line_no
INNER JOIN orders ON sale.invoice_no = orders.idempotency_key
INNER JOIN shipments ON orders.order_id = shipments.order_id
ORDER BY cancellation.instant, cancellation.line_no, orders.order_id, sale.position;
