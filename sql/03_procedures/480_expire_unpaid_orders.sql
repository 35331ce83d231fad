-- Lets go of what unpaid orders have held for too long. Orders that somebody is at work on are
-- skipped, so it waits for no order, and several may run at once. Locks orders by order_id, then
-- their coupons and stock.

CREATE OR REPLACE FUNCTION expire_unpaid_orders(p_limit INT DEFAULT 100) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $expire_unpaid_orders$
DECLARE
    v_order_ids INT[];
BEGIN
    PERFORM require_limit(p_limit);
    SELECT array_agg(order_id) INTO v_order_ids
    FROM (
        SELECT order_id
        FROM orders
        WHERE
            -- Found in the index of open orders first: asked for by order_id alone, a long
            -- history would be read from its beginning.
            order_id = ANY (ARRAY(
                SELECT order_id FROM orders WHERE status = 'pending' AND expires_at <= now()
            ))
            AND status = 'pending'
            AND expires_at <= now()
            AND paid_amount = refunded_amount
        ORDER BY order_id
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS overdue;
    IF v_order_ids IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM release_orders(v_order_ids);
    INSERT INTO order_audit (order_id, action, details)
    SELECT
        order_id,
        'expired',
        jsonb_build_object('expires_at', expires_at)
    FROM orders
    WHERE order_id = ANY (v_order_ids)
    ORDER BY order_id;
    RETURN cardinality(v_order_ids);
END;
$expire_unpaid_orders$;
REVOKE EXECUTE ON FUNCTION expire_unpaid_orders(INT) FROM PUBLIC;
COMMENT ON FUNCTION expire_unpaid_orders(INT) IS
'Cancels up to p_limit pending orders past their expires_at that have no money left on them, gives
their reservations and coupon uses back, and returns how many. An order that is locked is left for
the next call. Raises ST003 (limit below 1).';
