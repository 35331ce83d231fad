-- Lets go of what unpaid orders have held for too long. Orders that somebody is at work on are
-- skipped, so it waits for no order, and several may run at once; so is one that cannot be
-- cancelled, which integrity_violations tells. Locks orders, then all their coupons, then all their
-- stock, each in its order.

CREATE OR REPLACE FUNCTION expire_unpaid_orders(p_limit INT DEFAULT 100) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $expire_unpaid_orders$
DECLARE
    v_orders orders[];
    v_order orders;
    v_expired INT := 0;
BEGIN
    PERFORM _require_limit(p_limit);
    -- Skipping whoever is locked, it never waits: the order in which they are found may be time's.
    SELECT array_agg(found.overdue ORDER BY (found.overdue).order_id) INTO v_orders
    FROM (
        SELECT orders AS overdue
        FROM orders
        WHERE
            status = 'pending'
            AND expires_at <= now()
            AND paid_amount <= refunded_amount + charged_back_amount
        ORDER BY expires_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS found;
    PERFORM 1 FROM coupons
    WHERE
        coupon_code = ANY (SELECT coupon_code FROM unnest(v_orders))
        AND num_nonnulls(usage_limit, per_customer_limit) > 0
    ORDER BY coupon_code FOR NO KEY UPDATE;
    PERFORM 1 FROM inventory
    WHERE product_id = ANY (ARRAY(
        SELECT order_items.product_id
        FROM order_items
        WHERE order_items.order_id = ANY (ARRAY(SELECT order_id FROM unnest(v_orders)))
    ))
    ORDER BY product_id FOR NO KEY UPDATE;

    FOREACH v_order IN ARRAY coalesce(v_orders, '{}') LOOP
        BEGIN
            PERFORM _cancel_whole(v_order, NULL);
            INSERT INTO order_audit (order_id, action, details)
            VALUES (
                v_order.order_id, 'expired', jsonb_build_object('expires_at', v_order.expires_at)
            );
            v_expired := v_expired + 1;
        EXCEPTION
            WHEN integrity_constraint_violation THEN
                RAISE WARNING 'order % could not expire: %', v_order.order_id, sqlerrm;
        END;
    END LOOP;
    RETURN v_expired;
END;
$expire_unpaid_orders$;
REVOKE EXECUTE ON FUNCTION expire_unpaid_orders(INT) FROM PUBLIC;
COMMENT ON FUNCTION expire_unpaid_orders(INT) IS
'Cancels up to p_limit pending orders past their expires_at that have no money left on them, gives
their reservations and coupon uses back, and returns how many. An order that is locked is left for
the next call; of one whose books are broken a warning tells. Raises ST003 (limit below 1).';
