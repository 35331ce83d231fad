-- The carrier brought it. Locks the order row and marks all its parcels.

CREATE OR REPLACE FUNCTION deliver_order(p_order_id INT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $deliver_order$
DECLARE
    v_order orders;
    v_shipment_ids INT[];
BEGIN
    v_order := lock_order(p_order_id);
    PERFORM require_status(
        v_order, '{shipped}', 'delivered', 'Only an order that has left as a whole can arrive.'
    );
    WITH delivered AS (
        -- A call that waited for the shipping one began before it.
        UPDATE shipments SET delivered_at = greatest(now(), shipped_at)
        WHERE order_id = p_order_id AND delivered_at IS NULL
        RETURNING shipment_id
    )

    SELECT array_agg(shipment_id ORDER BY shipment_id) INTO v_shipment_ids FROM delivered;
    UPDATE orders SET status = 'delivered' WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (p_order_id, 'delivered', jsonb_build_object('shipment_ids', v_shipment_ids));
END;
$deliver_order$;
REVOKE EXECUTE ON FUNCTION deliver_order(INT) FROM PUBLIC;
COMMENT ON FUNCTION deliver_order(INT) IS
'Marks a shipped order, and every parcel of it, as delivered now. Raises ST002 (no such order),
ST005 (not shipped, or delivered already).';
