-- Units that came back, or were lost on their way, and whether they can be sold again. Their share
-- of what the order is worth is credited; money goes back with refund_order. Locks the key, the
-- order and its stock by product_id, in that order.

CREATE OR REPLACE FUNCTION return_items(
    p_order_id INT, p_items JSONB, p_restock BOOLEAN DEFAULT TRUE, p_reason TEXT DEFAULT NULL,
    p_shipment_id INT DEFAULT NULL, p_idempotency_key TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $return_items$
DECLARE
    v_units ORDER_UNIT[] := _parse_items(p_items, 'line_no');
    v_reason TEXT := _clean_reason(p_reason, p_is_optional => TRUE);
    v_call call_keys;
    v_order orders;
    v_shipment_id INT;
    v_parts CREDIT_PART[];
    v_credit RECORD;
BEGIN
    IF p_restock IS NULL THEN
        PERFORM _refuse_argument(
            'p_restock', NULL, 'Say true where the units go back into stock, else false.'
        );
    END IF;
    v_call := _keyed_call(
        p_idempotency_key, 'return_items', v_units,
        jsonb_build_array(p_order_id, p_restock, v_reason, p_shipment_id)
    );
    IF v_call.created_at IS NOT NULL THEN
        RETURN;
    END IF;

    v_order := _lock_order(p_order_id);
    v_units := _units_of(p_order_id, v_units, 'kept');
    v_shipment_id := _returned_parcel(p_order_id, p_shipment_id, v_units);
    IF p_restock THEN
        PERFORM _require_room(v_units);
    END IF;
    v_parts := _unit_credits(v_order, v_units, 'return');
    INSERT INTO returns (order_id, line_no, shipment_id, quantity, restocked, reason)
    SELECT
        p_order_id,
        unit.line_no,
        v_shipment_id,
        unit.quantity,
        p_restock,
        v_reason
    FROM unnest(v_units) AS unit;
    UPDATE order_items SET returned_quantity = order_items.returned_quantity + unit.quantity
    FROM unnest(v_units) AS unit
    WHERE order_items.order_id = p_order_id AND order_items.line_no = unit.line_no;
    v_credit := _write_credits(v_order, v_parts || _delivery_credit(v_order), v_reason);
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order_id, 'returned', jsonb_build_object(
            'credit_no', v_credit.credit_no, 'items', _told_units(v_units),
            'amount', v_credit.amount, 'restocked', p_restock, 'shipment_id', v_shipment_id
        )
    );
    PERFORM _settle_order(v_order, p_credited => v_credit.amount, p_gives_units_up => TRUE);
    PERFORM _remember_call(v_call);
    IF p_restock THEN
        PERFORM _move_stock(v_units, p_on_hand => 1, p_reserved => 0);
    END IF;
END;
$return_items$;
REVOKE EXECUTE ON FUNCTION return_items(INT, JSONB, BOOLEAN, TEXT, INT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION return_items(INT, JSONB, BOOLEAN, TEXT, INT, TEXT) IS
'Records that p_items, [{"line_no": 1, "quantity": 2}, ...], shipped units of the order, came back,
into stock unless p_restock is false (what was lost comes back that way); p_shipment_id is the
parcel they had left in (NULL = not said). Their share of what the order is worth is credited, with
the last of them the delivery too where the store does so. A retry with the same p_idempotency_key
does nothing. Raises ST002 (no such order or parcel), ST003 (items, p_restock, reason, key, or stock
that does not fit), ST004 (key used for another request), ST008 (more than was shipped, or was in
that parcel, less earlier returns).';
