-- Cancels an order none of which has left, or some units that have not. Locks the order, then its
-- coupon, then its stock by product_id. What was paid shows in refunds_due.

CREATE OR REPLACE FUNCTION cancel_order(
    p_order_id INT, p_reason TEXT, p_items JSONB DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $cancel_order$
DECLARE
    v_order orders;
BEGIN
    -- Asked before the lock: nobody may hold a stranger's order, or learn that it exists.
    PERFORM require_customer_access((SELECT customer_id FROM orders WHERE order_id = p_order_id));
    IF p_items IS NOT NULL AND NOT acts_for_any_customer() THEN
        RAISE EXCEPTION 'only staff may cancel single units'
        USING ERRCODE = 'insufficient_privilege',
            DETAIL = jsonb_build_object('order_id', p_order_id),
            HINT = 'Cancel the whole order while it is unpaid, or ask the store.';
    END IF;
    PERFORM require_text(p_reason, 'p_reason', 1000);
    v_order := lock_order(p_order_id);
    IF p_items IS NOT NULL THEN
        PERFORM require_status(
            v_order, '{paid}', 'cancelled in part',
            'Units can be cancelled of a paid order; an unpaid one is cancelled as a whole.'
        );
        PERFORM cancel_items(v_order, p_items, p_reason);
        RETURN;
    END IF;

    PERFORM require_status(
        v_order,
        CASE WHEN acts_for_any_customer() THEN ARRAY['pending', 'paid'] ELSE ARRAY['pending'] END,
        'cancelled', 'What has left can be returned; ask the store about a paid order.'
    );
    IF has_shipped(p_order_id) THEN
        RAISE EXCEPTION 'order % has left in part', p_order_id
        USING ERRCODE = 'ST005',
            DETAIL = jsonb_build_object('order_id', p_order_id, 'status', v_order.status),
            HINT = 'Cancel the units that have not left, by p_items.';
    END IF;
    PERFORM release_orders(ARRAY[p_order_id]);
    INSERT INTO order_audit (order_id, action, details)
    VALUES (p_order_id, 'cancelled', jsonb_build_object('reason', p_reason));
END;
$cancel_order$;
REVOKE EXECUTE ON FUNCTION cancel_order(INT, TEXT, JSONB) FROM PUBLIC;
COMMENT ON FUNCTION cancel_order(INT, TEXT, JSONB) IS
'Cancels a whole order, pending, or paid with nothing shipped; reservation and coupon use go back.
With p_items, [{"line_no": 1, "quantity": 2}, ...], staff cancel units of a paid order that have
not left; once nothing is left to ship it is shipped if any unit was, else cancelled as a whole.
p_reason must not name a person. A shopper may cancel a pending order of their own. Raises ST002
(no such order), ST003 (reason or items), ST005 (too late), ST008 (more than is open), 42501 (not
the caller''s order, or items by a shopper).';
