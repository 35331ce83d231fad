-- Until when an unpaid order keeps its stock: longer for a bank transfer, or for ever. Locks the
-- order row.

CREATE OR REPLACE FUNCTION change_hold(p_order_id INT, p_until TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $change_hold$
DECLARE
    v_order orders;
BEGIN
    IF p_until <= clock_timestamp() OR p_until >= '10000-01-01 00:00:00+00' THEN
        PERFORM _refuse_argument(
            'p_until', p_until::TEXT,
            'Give an instant in the future, of year 9999 at most, or NULL for ever.'
        );
    END IF;
    v_order := _lock_order(p_order_id);
    IF v_order.status <> 'pending' OR v_order.released_at IS NOT NULL THEN
        PERFORM _refuse_status(
            v_order, 'held', 'Only a pending order that is not released has a hold.'
        );
    END IF;
    UPDATE orders SET expires_at = p_until WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (p_order_id, 'hold_changed', jsonb_build_object('until', p_until));
END;
$change_hold$;
REVOKE EXECUTE ON FUNCTION change_hold(INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION change_hold(INT, TIMESTAMPTZ) IS
'Keeps the stock of a pending order until p_until (NULL = for ever), whatever its hold was. Raises
ST002 (no such order), ST003 (p_until is not in the future, or past year 9999), ST005 (not pending,
or released).';
