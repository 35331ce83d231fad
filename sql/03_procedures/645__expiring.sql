-- Expiry itself: locks orders, then all their coupons, then all their stock, each in its order, and
-- cancels one order after the other, so that one that cannot be cancelled keeps no other.

CREATE OR REPLACE FUNCTION _lockable_orders(p_orders ORDERS[]) RETURNS ORDERS[]
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_lockable_orders$
DECLARE
    v_order_ids INT[] := ARRAY(SELECT order_id FROM unnest(p_orders));
    v_coupons TEXT[];
    v_products INT[];
BEGIN
    v_coupons := ARRAY(
        SELECT coupon_code FROM coupons
        WHERE coupon_code = ANY (SELECT coupon_code FROM unnest(p_orders))
        ORDER BY coupon_code FOR NO KEY UPDATE SKIP LOCKED
    );
    v_products := ARRAY(
        SELECT product_id FROM inventory
        WHERE product_id = ANY (ARRAY(
            SELECT order_items.product_id FROM order_items
            WHERE order_items.order_id = ANY (v_order_ids)
        ))
        ORDER BY product_id FOR NO KEY UPDATE SKIP LOCKED
    );
    RETURN (
        SELECT array_agg(given ORDER BY given.order_id)
        FROM unnest(p_orders) AS given
        WHERE
            (given.coupon_code IS NULL OR given.coupon_code = ANY (v_coupons))
            AND NOT EXISTS (
                SELECT FROM order_items
                WHERE
                    order_items.order_id = given.order_id
                    AND order_items.product_id <> ALL (v_products)
            )
    );
END;
$_lockable_orders$;
REVOKE EXECUTE ON FUNCTION _lockable_orders(ORDERS[]) FROM PUBLIC;
COMMENT ON FUNCTION _lockable_orders(ORDERS[]) IS
'Those of the orders whose coupon and stock nobody else holds, all of which it locks without
waiting. Internal.';

CREATE OR REPLACE FUNCTION _lock_what_orders_hold(p_orders ORDERS[], p_until TIMESTAMPTZ)
RETURNS ORDERS[]
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_lock_what_orders_hold$
DECLARE
    v_coupon_code coupons.coupon_code%TYPE;
    v_product_id inventory.product_id%TYPE;
BEGIN
    -- lock_timeout bounds each wait, and many short ones are a long one.
    FOR v_coupon_code IN
        SELECT coupon_code FROM coupons
        WHERE
            coupon_code = ANY (SELECT coupon_code FROM unnest(p_orders))
            AND num_nonnulls(usage_limit, per_customer_limit) > 0
        ORDER BY coupon_code
    LOOP
        PERFORM FROM coupons WHERE coupon_code = v_coupon_code FOR NO KEY UPDATE;
        IF clock_timestamp() > p_until THEN RAISE lock_not_available; END IF;
    END LOOP;
    FOR v_product_id IN
        SELECT DISTINCT order_items.product_id FROM order_items
        WHERE order_items.order_id = ANY (ARRAY(SELECT order_id FROM unnest(p_orders)))
        ORDER BY order_items.product_id
    LOOP
        PERFORM FROM inventory WHERE product_id = v_product_id FOR NO KEY UPDATE;
        IF clock_timestamp() > p_until THEN RAISE lock_not_available; END IF;
    END LOOP;
    RETURN p_orders;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN _lockable_orders(p_orders);
END;
$_lock_what_orders_hold$;
REVOKE EXECUTE ON FUNCTION _lock_what_orders_hold(ORDERS[], TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _lock_what_orders_hold(ORDERS[], TIMESTAMPTZ) IS
'The orders, with their limited coupons and their stock locked; where that lasts longer than until
p_until, those of them that _lockable_orders() locks without waiting. Internal.';

CREATE OR REPLACE FUNCTION _expire_orders(
    p_limit INT, p_for_at_most INTERVAL, OUT expired INT, OUT failed JSONB
)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_expire_orders$
DECLARE
    v_orders orders[];
    v_order orders;
    v_tried INT[] := ARRAY[]::INT[];
    v_until TIMESTAMPTZ := clock_timestamp() + p_for_at_most;  -- the time the locks take included
    v_begun_at TIMESTAMPTZ;
BEGIN
    expired := 0;
    failed := '[]';
    -- Again for as many as did not expire: those that cannot are the oldest before long, and would
    -- keep the others for ever. Ten times as many are tried at most, since what they hold, others
    -- wait for.
    LOOP
        -- By time: skipping those that are locked, it never waits, so no order of locks is needed.
        SELECT array_agg(found.overdue ORDER BY (found.overdue).order_id) INTO v_orders
        FROM (
            SELECT orders AS overdue
            FROM unsettled_orders
            INNER JOIN orders ON unsettled_orders.order_id = orders.order_id
            WHERE
                unsettled_orders.expires_at <= now()
                AND orders.status = 'pending'
                AND orders.expires_at <= now()
                AND orders.paid_amount <= orders.refunded_amount + orders.charged_back_amount
                AND orders.order_id <> ALL (v_tried)
            ORDER BY unsettled_orders.expires_at
            LIMIT p_limit - expired
            FOR NO KEY UPDATE OF orders SKIP LOCKED
        ) AS found;
        EXIT WHEN v_orders IS NULL;
        v_tried := v_tried || ARRAY(SELECT order_id FROM unnest(v_orders));
        -- After the first round some stock is locked, and whoever waits for more, out of its order,
        -- may deadlock.
        v_orders := CASE
            WHEN cardinality(v_tried) > cardinality(v_orders) THEN _lockable_orders(v_orders)
            ELSE _lock_what_orders_hold(v_orders, v_until)
        END;
        FOREACH v_order IN ARRAY coalesce(v_orders, '{}') LOOP
            -- One in any case, however long it took to lock what they hold.
            EXIT WHEN clock_timestamp() > v_until AND expired > 0;
            v_begun_at := clock_timestamp();
            BEGIN
                PERFORM _cancel_whole(v_order, NULL);
                INSERT INTO order_audit (order_id, action, details)
                VALUES (
                    v_order.order_id, 'expired',
                    jsonb_build_object('expires_at', v_order.expires_at)
                );
                expired := expired + 1;
            EXCEPTION
                WHEN OTHERS THEN
                    RAISE WARNING 'order % could not expire: %', v_order.order_id, sqlerrm;
                    v_until := v_until + (clock_timestamp() - v_begun_at);
                    -- The first hundred: an answer has an end.
                    IF jsonb_array_length(failed) < 100 THEN
                        failed := failed || jsonb_build_object(
                            'part', format('expiry of order %s', v_order.order_id),
                            'sqlstate', sqlstate, 'message', left(sqlerrm, 200)
                        );
                    END IF;
            END;
        END LOOP;
        EXIT WHEN expired = cardinality(v_tried)
            OR cardinality(v_tried) / 10 >= p_limit
            OR clock_timestamp() > v_until AND (expired > 0 OR failed = '[]');
    END LOOP;
END;
$_expire_orders$;
REVOKE EXECUTE ON FUNCTION _expire_orders(INT, INTERVAL) FROM PUBLIC;
COMMENT ON FUNCTION _expire_orders(INT, INTERVAL) IS
'Expires up to p_limit overdue orders of ten times as many, and after the first begins none once
p_for_at_most has gone by, not counting those that failed: what it has locked others wait for until
its transaction ends. Returns how many, and of those that failed part, sqlstate and message.
Internal.';
