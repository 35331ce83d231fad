-- The right to be forgotten (GDPR, article 17). The person goes, the books stay: amounts, dates,
-- countries and regions are nobody's. Locks the addresses, the customer, then the orders by number.

CREATE OR REPLACE FUNCTION erase_customer(p_customer_id INT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $erase_customer$
DECLARE
    v_order_ids INT[];
    v_undocumented_ids INT[];
    v_unsettled RECORD;
BEGIN
    -- First, since whoever deletes the default address locks it, and then the customer it is taken
    -- from; NO KEY, so that whoever makes it the default does not wait.
    PERFORM FROM addresses WHERE customer_id = p_customer_id
    ORDER BY address_id FOR NO KEY UPDATE;
    PERFORM FROM customers WHERE customer_id = p_customer_id AND erased_at IS NULL FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'customer % is unknown or erased', coalesce(p_customer_id::TEXT, 'NULL')
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', p_customer_id),
            HINT = 'Check the customer number; an erased customer keeps it.';
    END IF;
    v_order_ids := ARRAY(
        SELECT order_id FROM orders WHERE customer_id = p_customer_id
        ORDER BY order_id FOR NO KEY UPDATE
    );
    v_undocumented_ids := ARRAY(SELECT DISTINCT order_id FROM _due_documents(v_order_ids));

    SELECT
        count(*) FILTER (WHERE is_open) AS open_orders,
        count(*) FILTER (WHERE balance < 0) AS refunds_due,
        count(*) FILTER (WHERE balance > 0 AND NOT is_open) AS amounts_owed,
        count(*) FILTER (WHERE is_due_a_document) AS documents_due,
        jsonb_agg(
            jsonb_build_object('order_id', order_id, 'status', status, 'balance', balance)
            ORDER BY order_id
        ) FILTER (WHERE number <= 100) AS orders
    INTO v_unsettled
    FROM (
        SELECT
            order_id,
            status,
            balance,
            status IN ('pending', 'paid', 'shipped') AS is_open,
            order_id = ANY (v_undocumented_ids) AS is_due_a_document,
            row_number() OVER (ORDER BY order_id) AS number
        FROM orders
        WHERE
            order_id = ANY (v_order_ids)
            AND (
                status IN ('pending', 'paid', 'shipped')
                OR balance < 0
                OR balance > 0 AND written_off_at IS NULL
                OR order_id = ANY (v_undocumented_ids)
            )
    ) AS unsettled;
    IF v_unsettled.orders IS NOT NULL THEN
        RAISE EXCEPTION
            'customer % has % open orders, % refunds due, % amounts owed and % undocumented orders',
            p_customer_id, v_unsettled.open_orders, v_unsettled.refunds_due,
            v_unsettled.amounts_owed, v_unsettled.documents_due
        USING ERRCODE = 'ST005',
            DETAIL = jsonb_build_object(
                'customer_id', p_customer_id, 'orders', v_unsettled.orders
            ),
            HINT = 'Deliver or cancel the orders, refund what is due, collect or write off what is'
                ' owed, and let issue_documents() catch up first.';
    END IF;

    UPDATE customers
    SET
        email = format('erased-%s@erased.invalid', customer_id),
        first_name = NULL,
        last_name = NULL,
        phone = NULL,
        default_address_id = NULL,
        erased_at = now()
    WHERE customer_id = p_customer_id;
    DELETE FROM addresses WHERE customer_id = p_customer_id;
    UPDATE orders
    SET
        ship_to = NULL,
        bill_to = NULL,
        idempotency_key = NULL,
        cancel_reason = NULL,
        release_reason = NULL,
        write_off_reason = NULL
    WHERE
        order_id = ANY (v_order_ids)
        AND num_nonnulls(
            ship_to, bill_to, idempotency_key, cancel_reason, release_reason, write_off_reason
        ) > 0;
    UPDATE payments SET reason = NULL
    WHERE order_id = ANY (v_order_ids) AND reason IS NOT NULL;
    UPDATE returns SET reason = NULL
    WHERE order_id = ANY (v_order_ids) AND reason IS NOT NULL;
    UPDATE credits SET reason = NULL
    WHERE order_id = ANY (v_order_ids) AND reason IS NOT NULL;
    -- For whoever reads the feed and keeps copies.
    INSERT INTO order_audit (order_id, action)
    SELECT order_id, 'erased' FROM unnest(v_order_ids) AS order_id;
END;
$erase_customer$;
REVOKE EXECUTE ON FUNCTION erase_customer(INT) FROM PUBLIC;
COMMENT ON FUNCTION erase_customer(INT) IS
'Removes what is personal of customer p_customer_id: name, e-mail, phone, addresses, where orders
and their bills went, the client''s names for them, and every reason given on them. Orders, payments
and reports keep their figures, payments and parcels their references (article 17(3)(e)), documents
their buyer until its time is over (article 17(3)(b)). A reason given later, of a late return or
refund, is not kept. For shop_staff. Raises ST002 (unknown or erased already), ST005 (an order is
pending, paid or shipped, a refund due, an amount owed and not written off, or a document still to
be issued; DETAIL lists the first 100 orders).';
