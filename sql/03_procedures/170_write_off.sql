-- What is owed will not come. The books keep it; only receivables leaves it out, and a charge that
-- comes after all needs nothing undone. Locks the order row.

CREATE OR REPLACE FUNCTION write_off(p_order_id INT, p_reason TEXT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $write_off$
DECLARE
    v_reason TEXT := _clean_reason(p_reason);
    v_order orders := _lock_order(p_order_id);
BEGIN
    IF v_order.written_off_at IS NOT NULL THEN
        PERFORM _refuse_status(v_order, 'written off again', 'It was written off already.');
    ELSIF v_order.balance <= 0 THEN
        RAISE EXCEPTION 'nothing is owed on order %', p_order_id
        USING ERRCODE = 'ST008',
            DETAIL = jsonb_build_object('order_id', p_order_id, 'balance', v_order.balance),
            HINT = 'SELECT * FROM receivables lists what is.';
    END IF;
    UPDATE orders SET written_off_at = now(), write_off_reason = v_reason
    WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (p_order_id, 'written_off', jsonb_build_object('amount', v_order.balance));
END;
$write_off$;
REVOKE EXECUTE ON FUNCTION write_off(INT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION write_off(INT, TEXT) IS
'Gives up hope of what is owed on the order; its worth, balance and sales stay. Raises ST002 (no
such order), ST003 (reason), ST005 (written off already), ST008 (nothing is owed).';
