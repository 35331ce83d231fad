-- Ends an order that will not be fulfilled, or units of it: they go back, the coupon's use with the
-- last of them. The caller holds the order's lock.

CREATE OR REPLACE FUNCTION _cancel_whole(p_order ORDERS, p_reason TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_cancel_whole$
BEGIN
    UPDATE orders SET status = 'cancelled', cancelled_at = now(), cancel_reason = p_reason
    WHERE order_id = p_order.order_id;
    UPDATE coupons SET times_used = times_used - 1
    WHERE
        coupon_code = p_order.coupon_code
        AND num_nonnulls(usage_limit, per_customer_limit) > 0;
    PERFORM _move_stock(
        ARRAY(
            SELECT
                ROW(line_no, product_id, quantity - shipped_quantity - cancelled_quantity)
                ::ORDER_UNIT
            FROM order_items
            WHERE
                order_id = p_order.order_id
                AND shipped_quantity + cancelled_quantity < quantity
        ), p_on_hand => 0, p_reserved => -1
    );
END;
$_cancel_whole$;
REVOKE EXECUTE ON FUNCTION _cancel_whole(ORDERS, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _cancel_whole(ORDERS, TEXT) IS
'Cancels the order as a whole; the caller writes the audit. Locks its coupon, then its stock by
product_id. Raises ST005 where it can no longer be cancelled. Internal.';

CREATE OR REPLACE FUNCTION _cancel_units(p_order ORDERS, p_asked ORDER_UNIT[], p_reason TEXT)
RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_cancel_units$
DECLARE
    v_units ORDER_UNIT[] := _units_of(p_order.order_id, p_asked, 'open');
    v_parts CREDIT_PART[] := _unit_credits(p_order, v_units, 'cancellation');
    v_ends_whole BOOLEAN;
    v_credit RECORD;
BEGIN
    UPDATE order_items SET cancelled_quantity = order_items.cancelled_quantity + unit.quantity
    FROM unnest(v_units) AS unit
    WHERE order_items.order_id = p_order.order_id AND order_items.line_no = unit.line_no;
    v_ends_whole := NOT EXISTS (
        SELECT FROM order_items
        WHERE
            order_id = p_order.order_id
            AND (shipped_quantity > 0 OR cancelled_quantity < quantity)
    );
    -- An order that ends as a whole is worth nothing: its last units write no credit.
    v_credit := _write_credits(
        p_order, CASE WHEN NOT v_ends_whole THEN v_parts || _delivery_credit(p_order) END, p_reason
    );
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order.order_id, 'items_cancelled', jsonb_build_object(
            'credit_no', v_credit.credit_no, 'items', _told_units(v_units),
            'amount', v_credit.amount
        )
    );
    IF v_ends_whole THEN
        INSERT INTO order_audit (order_id, action) VALUES (p_order.order_id, 'cancelled');
        PERFORM _cancel_whole(p_order, p_reason);
    ELSE
        PERFORM _settle_order(p_order, p_credited => v_credit.amount, p_gives_units_up => TRUE);
    END IF;
    PERFORM _move_stock(v_units, p_on_hand => 0, p_reserved => -1);
END;
$_cancel_units$;
REVOKE EXECUTE ON FUNCTION _cancel_units(ORDERS, ORDER_UNIT[], TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _cancel_units(ORDERS, ORDER_UNIT[], TEXT) IS
'Cancels open units of the order, and the order itself where nothing left and nothing is left.
Raises ST008 (more than is open). Internal.';
