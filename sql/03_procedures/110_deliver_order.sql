-- The carrier brought it: one parcel, or all that are under way. Locks the order row.

CREATE OR REPLACE FUNCTION deliver_order(
    p_order_id INT, p_shipment_id INT DEFAULT NULL, p_delivered_at TIMESTAMPTZ DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $deliver_order$
DECLARE
    v_order orders := _lock_order(p_order_id);
    v_shipment_ids INT[];
    v_shipped_at TIMESTAMPTZ;
    v_delivered_at TIMESTAMPTZ;
BEGIN
    IF p_shipment_id IS NOT NULL THEN
        PERFORM _require_parcel(p_order_id, p_shipment_id);
    END IF;
    SELECT array_agg(shipment_id ORDER BY shipment_id), max(shipped_at)
    INTO v_shipment_ids, v_shipped_at
    FROM parcels_under_way
    WHERE order_id = p_order_id AND shipment_id = coalesce(p_shipment_id, shipment_id);
    IF v_shipment_ids IS NULL THEN
        PERFORM _refuse_status(
            v_order, 'delivered: nothing is under way',
            'Parcels are under way that neither arrived nor came back.'
        );
    END IF;
    v_delivered_at := _past_instant(p_delivered_at, 'p_delivered_at', v_shipped_at);
    UPDATE shipments SET delivered_at = v_delivered_at
    WHERE shipment_id = ANY (v_shipment_ids);
    INSERT INTO order_audit (order_id, action, details)
    VALUES (p_order_id, 'delivered', jsonb_build_object('shipment_ids', v_shipment_ids));
    PERFORM _settle_order(v_order);
END;
$deliver_order$;
REVOKE EXECUTE ON FUNCTION deliver_order(INT, INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION deliver_order(INT, INT, TIMESTAMPTZ) IS
'Marks parcel p_shipment_id, or every parcel under way when NULL, as delivered at p_delivered_at
(NULL = now); the order is delivered once nothing is open and nothing under way. Raises ST002 (no
such order or parcel), ST003 (an instant in the future or before shipping), ST005 (nothing there to
deliver).';
