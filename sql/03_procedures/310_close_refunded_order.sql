-- An order that went out and whose money has all gone back is refunded, whichever call completes
-- that: shipping, cancelling the rest, refunding or a chargeback.

CREATE OR REPLACE FUNCTION close_refunded_order(p_order_id INT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $close_refunded_order$
BEGIN
    UPDATE orders SET status = 'refunded'
    WHERE
        order_id = p_order_id
        AND status IN ('shipped', 'delivered')
        AND paid_amount > 0
        AND refunded_amount = paid_amount;
    IF found THEN
        INSERT INTO order_audit (order_id, action) VALUES (p_order_id, 'refunded');
    END IF;
END;
$close_refunded_order$;
REVOKE EXECUTE ON FUNCTION close_refunded_order(INT) FROM PUBLIC;
COMMENT ON FUNCTION close_refunded_order(INT) IS
'Sets the order refunded once it is shipped or delivered and all its money is given back. The
caller holds its lock. Raises nothing. Internal.';
