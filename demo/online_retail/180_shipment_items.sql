-- All units of an order's lines, in its one parcel, which takes along all that they are worth.

INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
SELECT
    shipments.shipment_id,
    order_items.order_id,
    order_items.line_no,
    order_items.quantity,
    order_items.line_total AS net,
    order_items.tax
FROM order_items
INNER JOIN shipments ON order_items.order_id = shipments.order_id
ORDER BY shipments.shipment_id, order_items.line_no;
