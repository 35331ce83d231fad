-- What an open order holds: a use of its coupon, units of stock, and its row of unsettled_orders.
-- Whether coupon and stock can be had is asked on the snapshot an order is priced from, and again
-- under the lock, since others may have taken them meanwhile.

CREATE OR REPLACE FUNCTION _coupon_discount(
    p_coupon_code TEXT, p_customer_id INT, p_subtotal NUMERIC, p_decimals INT, p_day DATE,
    OUT discount NUMERIC, OUT is_counted BOOLEAN
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_coupon_discount$
DECLARE
    v_coupon coupons;
    v_problem TEXT;
BEGIN
    SELECT * INTO v_coupon FROM coupons WHERE coupon_code = p_coupon_code;
    v_problem := CASE
        WHEN NOT found THEN 'is unknown'
        WHEN p_day < v_coupon.valid_from THEN 'is not valid yet'
        WHEN p_day > v_coupon.valid_until THEN 'is no longer valid'
        WHEN p_subtotal < v_coupon.minimum_subtotal
            THEN format('needs a subtotal of %s', v_coupon.minimum_subtotal)
        WHEN v_coupon.times_used >= v_coupon.usage_limit THEN 'is exhausted'
        WHEN v_coupon.per_customer_limit <= (
            SELECT count(*) FROM orders
            WHERE
                coupon_code = p_coupon_code
                AND customer_id = p_customer_id
                AND status <> 'cancelled'
        ) THEN 'is exhausted for this customer'
    END;
    IF v_problem IS NOT NULL THEN
        RAISE EXCEPTION 'coupon % %', p_coupon_code, v_problem
        USING ERRCODE = 'ST006',
            DETAIL = jsonb_build_object('coupon_code', p_coupon_code, 'problem', v_problem),
            HINT = 'Order without the coupon, or with another one.';
    END IF;
    is_counted := num_nonnulls(v_coupon.usage_limit, v_coupon.per_customer_limit) > 0;
    discount := CASE v_coupon.kind
        WHEN 'percent' THEN round(p_subtotal * v_coupon.value * 0.01, p_decimals)
        ELSE least(v_coupon.value, p_subtotal)
    END;
END;
$_coupon_discount$;
REVOKE EXECUTE ON FUNCTION _coupon_discount(TEXT, INT, NUMERIC, INT, DATE) FROM PUBLIC;
COMMENT ON FUNCTION _coupon_discount(TEXT, INT, NUMERIC, INT, DATE) IS
'What the coupon takes off p_subtotal on p_day, and whether its uses are counted. Raises ST006.
Internal.';

CREATE OR REPLACE FUNCTION _visible_stock(p_available INT, p_asked INT) RETURNS INT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_visible_stock$
BEGIN
    RETURN least(p_available, p_asked, CASE
        WHEN NOT _acts_for_any_customer() THEN (SELECT shown_stock FROM store_settings)
    END);
END;
$_visible_stock$;
REVOKE EXECUTE ON FUNCTION _visible_stock(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _visible_stock(INT, INT) IS
'p_available, at most p_asked and, but for staff, store_settings.shown_stock. Internal.';

CREATE OR REPLACE FUNCTION _refuse_short_stock(p_short JSONB) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_short_stock$
BEGIN
    RAISE EXCEPTION 'insufficient stock of % products', jsonb_array_length(p_short)
    USING ERRCODE = 'ST001',
        DETAIL = jsonb_build_object('items', jsonb_path_query_array(p_short, '$[0 to 99]')),
        HINT = 'Take at most what is available; what is reserved belongs to open orders.';
END;
$_refuse_short_stock$;
REVOKE EXECUTE ON FUNCTION _refuse_short_stock(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_short_stock(JSONB) IS 'Always raises ST001. Internal.';

CREATE OR REPLACE FUNCTION _require_stock(p_units ORDER_UNIT[]) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_stock$
DECLARE
    v_short JSONB;
BEGIN
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'product_id', unit.product_id, 'requested', unit.quantity,
                'available', _visible_stock(inventory.available, unit.quantity)
            ) ORDER BY unit.line_no
        )
    INTO v_short
    FROM unnest(p_units) AS unit
    INNER JOIN inventory ON unit.product_id = inventory.product_id
    WHERE
        inventory.available < unit.quantity
        AND inventory.product_id = ANY (ARRAY(SELECT product_id FROM unnest(p_units)));
    IF v_short IS NOT NULL THEN
        PERFORM _refuse_short_stock(v_short);
    END IF;
END;
$_require_stock$;
REVOKE EXECUTE ON FUNCTION _require_stock(ORDER_UNIT[]) FROM PUBLIC;
COMMENT ON FUNCTION _require_stock(ORDER_UNIT[]) IS
'Returns where the units of each product, given once, are available. Raises ST001. Internal.';

-- A trigger, since another table's rows follow. Written when an order is placed and when it moves,
-- not when it is merely paid in part or sent in parts.
CREATE OR REPLACE FUNCTION _follow_unsettled_orders() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_follow_unsettled_orders$
DECLARE
    v_expires_at INSTANT := CASE new.status WHEN 'pending' THEN new.expires_at END;
BEGIN
    IF new.status NOT IN ('pending', 'paid', 'shipped') AND new.balance = 0 THEN
        DELETE FROM unsettled_orders
        WHERE customer_id = new.customer_id AND order_id = new.order_id;
        RETURN NULL;
    ELSIF tg_op = 'UPDATE' THEN
        UPDATE unsettled_orders SET expires_at = v_expires_at, is_refund_due = new.balance < 0
        WHERE customer_id = new.customer_id AND order_id = new.order_id;
    END IF;
    IF NOT found THEN
        INSERT INTO unsettled_orders (order_id, customer_id, expires_at, is_refund_due)
        VALUES (new.order_id, new.customer_id, v_expires_at, new.balance < 0);
    END IF;
    RETURN NULL;
END;
$_follow_unsettled_orders$;
REVOKE EXECUTE ON FUNCTION _follow_unsettled_orders() FROM PUBLIC;
COMMENT ON FUNCTION _follow_unsettled_orders() IS
'Trigger, AFTER: keeps the order''s row of unsettled_orders as it must be. Raises nothing.';
