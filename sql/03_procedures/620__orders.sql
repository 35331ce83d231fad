-- The frame of every change in an order's life: lock the row first, settle it last. What is read of
-- it in between stays true until the transaction ends.

CREATE OR REPLACE FUNCTION _lock_order(p_order_id INT) RETURNS ORDERS
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_lock_order$
DECLARE
    v_order orders;
BEGIN
    -- NO KEY, so that nobody's foreign-key check queues behind it.
    SELECT * INTO v_order FROM orders WHERE order_id = p_order_id FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'order % does not exist', p_order_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('order_id', p_order_id),
            HINT = 'Check the order number; orders are never deleted.';
    END IF;
    RETURN v_order;
END;
$_lock_order$;
REVOKE EXECUTE ON FUNCTION _lock_order(INT) FROM PUBLIC;
COMMENT ON FUNCTION _lock_order(INT) IS
'The order''s row, locked until the transaction ends. Raises ST002 (no such order). Internal.';

CREATE OR REPLACE FUNCTION _refuse_status(p_order ORDERS, p_wanted TEXT, p_hint TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_status$
BEGIN
    RAISE EXCEPTION 'order % is % and cannot be %', p_order.order_id, p_order.status || CASE
            WHEN p_order.released_at IS NOT NULL AND p_order.status IN ('pending', 'paid')
                THEN ' and released' ELSE ''
        END, p_wanted
    USING ERRCODE = 'ST005',
        DETAIL = jsonb_build_object(
            'order_id', p_order.order_id, 'status', p_order.status,
            'payment_status', p_order.payment_status, 'balance', p_order.balance,
            'is_released', p_order.released_at IS NOT NULL
        ),
        HINT = p_hint;
END;
$_refuse_status$;
REVOKE EXECUTE ON FUNCTION _refuse_status(ORDERS, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_status(ORDERS, TEXT, TEXT) IS
'Always raises ST005: where the order stands does not allow what was wanted. Internal.';

CREATE OR REPLACE FUNCTION _settle_order(
    p_order ORDERS, p_credited NUMERIC DEFAULT 0, p_paid NUMERIC DEFAULT 0,
    p_refunded NUMERIC DEFAULT 0, p_charged_back NUMERIC DEFAULT 0,
    p_gives_units_up BOOLEAN DEFAULT FALSE
) RETURNS ORDERS
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_settle_order$
DECLARE
    v_order orders;
    v_open INT;
    v_kept INT;
    v_balance NUMERIC := p_order.balance - p_paid + p_refunded + p_charged_back
        - CASE WHEN p_order.status = 'cancelled' THEN 0 ELSE p_credited END;
    v_is_now_paid BOOLEAN;
BEGIN
    SELECT
        sum(quantity - shipped_quantity - cancelled_quantity),
        sum(shipped_quantity - returned_quantity)
    INTO v_open, v_kept
    FROM order_items WHERE order_id = p_order.order_id;
    -- Giving up every unit leaves nothing owed, and is no payment.
    v_is_now_paid := p_order.balance > 0 AND v_balance <= 0
        AND NOT (p_gives_units_up AND v_open + v_kept = 0);
    UPDATE orders SET
        credited_amount = credited_amount + p_credited,
        paid_amount = paid_amount + p_paid,
        refunded_amount = refunded_amount + p_refunded,
        charged_back_amount = charged_back_amount + p_charged_back,
        paid_at = coalesce(paid_at, CASE WHEN v_is_now_paid THEN now() END),
        status = CASE
            WHEN status IN ('cancelled', 'returned') THEN status
            WHEN v_open > 0 AND status = 'pending' AND v_is_now_paid THEN 'paid'
            WHEN v_open > 0 THEN status
            WHEN v_kept = 0 THEN 'returned'
            WHEN EXISTS (SELECT FROM parcels_under_way WHERE order_id = p_order.order_id)
                THEN 'shipped'
            ELSE 'delivered'
        END
    WHERE order_id = p_order.order_id
    RETURNING * INTO v_order;
    IF p_order.paid_at IS NULL AND v_order.paid_at IS NOT NULL THEN
        INSERT INTO order_audit (order_id, action, details)
        VALUES (p_order.order_id, 'paid', jsonb_build_object('total', v_order.total));
    END IF;
    RETURN v_order;
END;
$_settle_order$;
REVOKE EXECUTE ON FUNCTION
_settle_order(ORDERS, NUMERIC, NUMERIC, NUMERIC, NUMERIC, BOOLEAN)
FROM PUBLIC;
COMMENT ON FUNCTION _settle_order(ORDERS, NUMERIC, NUMERIC, NUMERIC, NUMERIC, BOOLEAN) IS
'Adds what a call changed to the order''s amounts and lets the status follow: nothing open closes it
(returned, delivered or shipped), nothing owed any more makes a pending one paid. p_order is the
locked row, before the change. Returns the new row; writes the audit''s paid. Internal.';
