-- Lets an order go to the packers before its money is there: on account, cash on delivery, or
-- though the bank took the money back. Locks the order row.

CREATE OR REPLACE FUNCTION release_order(p_order_id INT, p_reason TEXT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $release_order$
DECLARE
    v_reason TEXT := _clean_reason(p_reason);
    v_order orders := _lock_order(p_order_id);
BEGIN
    IF v_order.status NOT IN ('pending', 'paid') OR v_order.released_at IS NOT NULL THEN
        PERFORM _refuse_status(
            v_order, 'released', 'An order is released once, while goods of it wait to leave.'
        );
    END IF;
    UPDATE orders SET released_at = now(), release_reason = v_reason, expires_at = NULL
    WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action) VALUES (p_order_id, 'released');
END;
$release_order$;
REVOKE EXECUTE ON FUNCTION release_order(INT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION release_order(INT, TEXT) IS
'Lets a pending or paid order be shipped whatever is still owed; it expires no more. Raises ST002
(no such order), ST003 (reason), ST005 (released already, or nothing of it waits to leave).';
