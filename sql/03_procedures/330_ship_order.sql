-- Sends an order's units on their way, all that is left or some. Locks the order, then its stock
-- by product_id.

CREATE OR REPLACE FUNCTION ship_order(
    p_order_id INT, p_carrier TEXT, p_tracking_number TEXT, p_items JSONB DEFAULT NULL
) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $ship_order$
DECLARE
    v_order orders;
    v_units RECORD;
    v_shipment_id INT;
    v_is_complete BOOLEAN;
BEGIN
    PERFORM require_text(p_carrier, 'p_carrier', 100);
    IF p_tracking_number IS NOT NULL THEN
        PERFORM require_text(p_tracking_number, 'p_tracking_number', 100);
    END IF;
    v_order := lock_order(p_order_id);
    PERFORM require_status(v_order, '{paid}', 'shipped', 'Only a paid order can be shipped.');
    PERFORM require_money_kept(v_order);
    v_units := order_units(p_order_id, p_items, 'open');

    INSERT INTO shipments (order_id, carrier, tracking_number)
    VALUES (p_order_id, p_carrier, p_tracking_number)
    RETURNING shipment_id INTO v_shipment_id;
    INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity)
    SELECT
        v_shipment_id,
        p_order_id,
        unit.line_no,
        unit.quantity
    FROM unnest(v_units.line_nos, v_units.quantities) AS unit (line_no, quantity);
    UPDATE order_items SET shipped_quantity = order_items.shipped_quantity + unit.quantity
    FROM unnest(v_units.line_nos, v_units.quantities) AS unit (line_no, quantity)
    WHERE order_items.order_id = p_order_id AND order_items.line_no = unit.line_no;

    v_is_complete := order_units(p_order_id, NULL, 'open') IS NULL;
    IF v_is_complete THEN
        UPDATE orders SET status = 'shipped' WHERE order_id = p_order_id;
    END IF;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order_id, 'shipped',
        jsonb_build_object(
            'shipment_id', v_shipment_id, 'items', v_units.items, 'complete', v_is_complete
        )
    );
    PERFORM close_refunded_order(p_order_id);
    PERFORM release_stock(v_units.product_ids, v_units.quantities, p_leaves_shelf => TRUE);
    RETURN v_shipment_id;
END;
$ship_order$;
REVOKE EXECUTE ON FUNCTION ship_order(INT, TEXT, TEXT, JSONB) FROM PUBLIC;
COMMENT ON FUNCTION ship_order(INT, TEXT, TEXT, JSONB) IS
'Ships p_items, [{"line_no": 1, "quantity": 2}, ...], or all open units when NULL, as one parcel of
the carrier (p_tracking_number may be NULL) and returns its shipment_id. The order is shipped once
nothing is left to ship. Raises ST002 (no such order), ST003 (carrier, tracking number or items),
ST005 (not paid, or a chargeback took the money back), ST008 (more than is open).';
