-- The right to be forgotten (GDPR, article 17). The person goes, the books stay: amounts, dates
-- and countries are nobody's. Locks the customer, then the orders by number.

CREATE OR REPLACE FUNCTION erase_customer(p_customer_id INT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $erase_customer$
DECLARE
    v_open_orders JSONB;
    v_refunds_due JSONB;
BEGIN
    PERFORM FROM customers WHERE customer_id = p_customer_id AND erased_at IS NULL FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'customer % is unknown or erased', p_customer_id USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', p_customer_id),
            HINT = 'Check the customer number; an erased customer keeps it.';
    END IF;
    PERFORM FROM orders WHERE customer_id = p_customer_id ORDER BY order_id FOR UPDATE;

    SELECT jsonb_agg(jsonb_build_object('order_id', order_id, 'status', status) ORDER BY order_id)
    INTO v_open_orders
    FROM orders
    WHERE customer_id = p_customer_id AND status IN ('pending', 'paid', 'shipped');
    SELECT jsonb_agg(
        jsonb_build_object('order_id', order_id, 'amount_due', amount_due) ORDER BY order_id
    )
    INTO v_refunds_due
    FROM refunds_due
    WHERE customer_id = p_customer_id;
    IF num_nonnulls(v_open_orders, v_refunds_due) > 0 THEN
        RAISE EXCEPTION 'customer % has open orders or refunds due', p_customer_id
        USING ERRCODE = 'ST005',
            DETAIL = jsonb_build_object(
                'customer_id', p_customer_id,
                'open_orders', coalesce(v_open_orders, '[]'),
                'refunds_due', coalesce(v_refunds_due, '[]')
            ),
            HINT = 'Deliver or cancel the orders and refund what is due first.';
    END IF;

    DELETE FROM addresses WHERE customer_id = p_customer_id;
    UPDATE orders
    SET
        ship_to = NULL,
        idempotency_key = NULL
    WHERE customer_id = p_customer_id AND num_nonnulls(ship_to, idempotency_key) > 0;
    UPDATE customers
    SET
        email = format('erased-%s@erased.invalid', customer_id),
        first_name = NULL,
        last_name = NULL,
        phone = NULL,
        erased_at = now()
    WHERE customer_id = p_customer_id;
END;
$erase_customer$;
REVOKE EXECUTE ON FUNCTION erase_customer(INT) FROM PUBLIC;
COMMENT ON FUNCTION erase_customer(INT) IS
'Removes what is personal of customer p_customer_id: name, e-mail, phone, addresses, where orders
went and the client''s names for them. Orders, payments and reports keep their figures. For
shop_staff. Raises ST002 (unknown or erased already), ST005 (an order is pending, paid or shipped,
or a refund due; DETAIL lists all of them).';
