-- Cancels units of a paid order that have not left. The order keeps its price: what the units
-- were worth shows in refunds_due. With nothing left to ship it is done: shipped where some of it
-- left, else cancelled as a whole.

CREATE OR REPLACE FUNCTION cancel_items(p_order orders, p_items JSONB, p_reason TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $cancel_items$
DECLARE
    v_value_before NUMERIC := value_given_back(p_order.order_id);
    v_units RECORD;
BEGIN
    v_units := order_units(p_order.order_id, p_items, 'open');
    UPDATE order_items SET cancelled_quantity = order_items.cancelled_quantity + unit.quantity
    FROM unnest(v_units.line_nos, v_units.quantities) AS unit (line_no, quantity)
    WHERE order_items.order_id = p_order.order_id AND order_items.line_no = unit.line_no;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order.order_id, 'items_cancelled',
        jsonb_build_object(
            'items', v_units.items,
            'value', value_given_back(p_order.order_id) - v_value_before,
            'reason', p_reason
        )
    );

    IF order_units(p_order.order_id, NULL, 'open') IS NULL THEN
        IF has_shipped(p_order.order_id) THEN
            UPDATE orders SET status = 'shipped' WHERE order_id = p_order.order_id;
            PERFORM close_refunded_order(p_order.order_id);
        ELSE
            PERFORM release_orders(ARRAY[p_order.order_id]);
            INSERT INTO order_audit (order_id, action, details)
            VALUES (p_order.order_id, 'cancelled', jsonb_build_object('reason', p_reason));
        END IF;
    END IF;
    PERFORM release_stock(v_units.product_ids, v_units.quantities, p_leaves_shelf => FALSE);
END;
$cancel_items$;
REVOKE EXECUTE ON FUNCTION cancel_items(orders, JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION cancel_items(orders, JSONB, TEXT) IS
'Cancels p_items, [{"line_no": 1, "quantity": 2}, ...], of a paid order whose lock the caller
holds, and ends the order when nothing is left to ship. Raises ST003 (malformed), ST008 (more than
is open). Internal.';
