-- Which parcels the carrier still has: what makes an order shipped rather than delivered, and what
-- deliver_order() marks.

CREATE OR REPLACE VIEW parcels_under_way WITH (security_invoker = TRUE) AS
SELECT
    order_id,
    shipment_id,
    shipped_at
FROM shipments
WHERE
    delivered_at IS NULL
    -- A parcel all of whose units came back is under way no more, nor are units of a line of which
    -- none is kept, whichever parcel they were said to have been in.
    AND EXISTS (
        SELECT
        FROM shipment_items
        INNER JOIN order_items
            ON
                shipment_items.order_id = order_items.order_id
                AND shipment_items.line_no = order_items.line_no
        WHERE
            shipment_items.shipment_id = shipments.shipment_id
            AND order_items.shipped_quantity > order_items.returned_quantity
            AND shipment_items.quantity > (
                SELECT coalesce(sum(returns.quantity), 0)
                FROM returns
                WHERE
                    returns.shipment_id = shipments.shipment_id
                    AND returns.line_no = shipment_items.line_no
            )
    );
COMMENT ON VIEW parcels_under_way IS 'Parcels that neither arrived nor came back whole.';
