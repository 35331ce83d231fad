-- Until when an unpaid order keeps its stock: longer for a bank transfer, or for ever. Locks the
-- order row.

CREATE OR REPLACE FUNCTION extend_hold(p_order_id INT, p_until TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $extend_hold$
DECLARE
    v_until TIMESTAMPTZ := nullif(p_until, 'infinity');  -- NULL, too, is never
BEGIN
    IF v_until <= clock_timestamp() THEN
        PERFORM refuse_argument(
            'p_until', p_until::TEXT, 'Give an instant in the future, or NULL for ever.'
        );
    END IF;
    PERFORM require_status(
        lock_order(p_order_id), '{pending}', 'held longer', 'Only an unpaid order has a hold.'
    );
    UPDATE orders SET expires_at = v_until WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (p_order_id, 'hold_extended', jsonb_build_object('until', v_until));
END;
$extend_hold$;
REVOKE EXECUTE ON FUNCTION extend_hold(INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION extend_hold(INT, TIMESTAMPTZ) IS
'Keeps the stock of a pending order until p_until (NULL = for ever), whatever its hold was. Raises
ST002 (no such order), ST003 (p_until is not in the future), ST005 (not pending).';
