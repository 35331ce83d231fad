-- All units of an order's lines, in its one parcel.

INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity)
SELECT
    shipments.shipment_id,
    order_items.order_id,
    order_items.line_no,
    order_items.quantity
FROM order_items
INNER JOIN shipments ON order_items.order_id = shipments.order_id
ORDER BY shipments.shipment_id, order_items.line_no;
