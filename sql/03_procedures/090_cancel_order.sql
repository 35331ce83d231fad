-- Cancels an order none of which has left, or some units that have not. Locks the key, the order,
-- its coupon and its stock by product_id, in that order. What was paid shows in refunds_due.

CREATE OR REPLACE FUNCTION cancel_order(
    p_order_id INT, p_reason TEXT, p_items JSONB DEFAULT NULL,
    p_idempotency_key TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $cancel_order$
DECLARE
    v_is_staff BOOLEAN := _acts_for_any_customer();
    v_reason TEXT;
    v_units ORDER_UNIT[];
    v_call call_keys;
    v_order orders;
BEGIN
    -- Asked before the lock: nobody may hold a stranger's order, or learn that it exists.
    PERFORM _require_customer_access((SELECT customer_id FROM orders WHERE order_id = p_order_id));
    IF p_items IS NOT NULL AND NOT v_is_staff THEN
        RAISE EXCEPTION 'only staff may cancel single units'
        USING ERRCODE = 'insufficient_privilege',
            DETAIL = jsonb_build_object('order_id', p_order_id),
            HINT = 'Cancel the whole order while it is unpaid, or ask the store.';
    END IF;
    v_reason := _clean_reason(p_reason);
    IF p_items IS NOT NULL THEN
        v_units := _parse_items(p_items, 'line_no');
    END IF;
    v_call := _keyed_call(
        p_idempotency_key, 'cancel_order', v_units, jsonb_build_array(p_order_id, v_reason)
    );
    IF v_call.created_at IS NOT NULL THEN
        RETURN;
    END IF;

    v_order := _lock_order(p_order_id);
    IF p_items IS NOT NULL THEN
        IF v_order.status <> 'paid'
            AND (v_order.status <> 'pending' OR v_order.released_at IS NULL) THEN
            PERFORM _refuse_status(
                v_order, 'cancelled in part',
                'Units can be cancelled of a paid or released order; an unpaid one as a whole.'
            );
        END IF;
        PERFORM _cancel_units(v_order, v_units, v_reason);
    ELSE
        IF v_order.status NOT IN ('pending', 'paid')
            OR NOT v_is_staff AND (v_order.status = 'paid' OR v_order.released_at IS NOT NULL) THEN
            PERFORM _refuse_status(
                v_order, 'cancelled',
                'What has left can be returned; ask the store about a paid order.'
            );
        ELSIF EXISTS (SELECT FROM shipments WHERE order_id = p_order_id) THEN
            PERFORM _refuse_status(
                v_order, 'cancelled as a whole: part of it has left',
                'Cancel the units that have not left, by p_items.'
            );
        END IF;
        INSERT INTO order_audit (order_id, action) VALUES (p_order_id, 'cancelled');
        PERFORM _cancel_whole(v_order, v_reason);
    END IF;
    PERFORM _remember_call(v_call);
END;
$cancel_order$;
REVOKE EXECUTE ON FUNCTION cancel_order(INT, TEXT, JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION cancel_order(INT, TEXT, JSONB, TEXT) IS
'Cancels a whole order, pending, or paid with nothing shipped; reservation and coupon use go back.
With p_items, [{"line_no": 1, "quantity": 2}, ...], staff cancel units of a paid or released order
that have not left; their share of what the order is worth is credited, and the rest keeps its
price. Once nothing is left to ship, the order is cancelled as a whole where nothing left, else it
is closed. A shopper may cancel a pending order of their own that is not released. A retry with the
same p_idempotency_key does nothing. Raises ST002 (no such order), ST003 (reason, items or key),
ST004 (key used for another request), ST005 (too late), ST008 (more than is open), 42501 (not the
caller''s order, or items by a shopper), 28000 (a token that does not hold).';
