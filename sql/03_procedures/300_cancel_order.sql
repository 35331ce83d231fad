-- Cancels an order none of which has left. Locks the order, then its coupon, then its stock by
-- product_id. What was paid shows in refunds_due.

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
    PERFORM require_text(p_reason, 'p_reason', 1000);
    v_order := lock_order(p_order_id);
    PERFORM require_status(
        v_order,
        CASE WHEN acts_for_any_customer() THEN ARRAY['pending', 'paid'] ELSE ARRAY['pending'] END,
        'cancelled', 'What has left can be returned; ask the store about a paid order.'
    );
    IF EXISTS (
        SELECT FROM order_items WHERE order_id = p_order_id AND shipped_quantity > 0
    ) THEN
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
'Cancels a whole order, pending, or paid with nothing shipped; p_reason must not name a person.
Reservation and coupon use go back. A shopper may cancel a pending order of their own. Raises ST002
(no such order), ST003 (reason), ST005 (too late), 42501 (not the caller''s order).';
