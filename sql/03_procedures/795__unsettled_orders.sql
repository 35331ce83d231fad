-- Keeps unsettled_orders as what orders say. No constraint can: it is rows of another table that
-- follow. An order is written here when it is placed and when it moves, not when it is merely paid
-- in part or sent in parts.

CREATE OR REPLACE FUNCTION _follow_unsettled_orders() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_follow_unsettled_orders$
DECLARE
    v_expires_at INSTANT := CASE new.status WHEN 'pending' THEN new.expires_at END;
BEGIN
    IF new.status NOT IN ('pending', 'paid', 'shipped') AND new.balance = 0 THEN
        DELETE FROM unsettled_orders WHERE order_id = new.order_id;
        RETURN NULL;
    END IF;
    IF tg_op = 'UPDATE' THEN
        UPDATE unsettled_orders SET expires_at = v_expires_at, is_refund_due = new.balance < 0
        WHERE order_id = new.order_id;
        IF found THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO unsettled_orders (order_id, expires_at, is_refund_due)
    VALUES (new.order_id, v_expires_at, new.balance < 0);
    RETURN NULL;
END;
$_follow_unsettled_orders$;
REVOKE EXECUTE ON FUNCTION _follow_unsettled_orders() FROM PUBLIC;
COMMENT ON FUNCTION _follow_unsettled_orders() IS
'Trigger, AFTER: has unsettled_orders follow an order that was placed, moved, or came to owe or be
owed. Raises nothing.';
