-- Why there is as much on the shelf as there is: every unit that came or went. A return that was
-- not restocked moved nothing and is not here.

CREATE OR REPLACE VIEW stock_movements WITH (security_invoker = TRUE) AS
SELECT
    stock_adjustments.product_id,
    stock_adjustments.quantity,
    stock_adjustments.reason AS kind,
    NULL::INT AS order_id,
    stock_adjustments.created_at AS occurred_at
FROM stock_adjustments
UNION ALL
SELECT
    order_items.product_id,
    -shipment_items.quantity AS quantity,
    'shipment' AS kind,
    shipment_items.order_id,
    shipments.shipped_at AS occurred_at
FROM shipment_items
-- Every item has its parcel. An outer join, so that a sum that asks for no time reads none.
LEFT JOIN shipments
    ON
        shipment_items.order_id = shipments.order_id
        AND shipment_items.shipment_id = shipments.shipment_id
INNER JOIN order_items
    ON
        shipment_items.order_id = order_items.order_id
        AND shipment_items.line_no = order_items.line_no
UNION ALL
SELECT
    order_items.product_id,
    returns.quantity,
    'return' AS kind,
    returns.order_id,
    returns.created_at AS occurred_at
FROM returns
INNER JOIN order_items
    ON
        returns.order_id = order_items.order_id
        AND returns.line_no = order_items.line_no
WHERE returns.restocked;
COMMENT ON VIEW stock_movements IS
'Every change of the stock on the shelf; a product''s quantities sum to its on_hand.';
COMMENT ON COLUMN stock_movements.quantity IS 'Units: positive came, negative went.';
COMMENT ON COLUMN stock_movements.kind IS
'The adjustment''s reason (receipt, count, damage, loss), shipment or return.';
COMMENT ON COLUMN stock_movements.order_id IS 'Shipped or returned; NULL for adjustments.';
