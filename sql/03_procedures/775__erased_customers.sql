-- An erased customer gets no new address, not even by a token that still holds. A foreign key sees
-- that the customer's row is there, not that it was emptied, hence a trigger; its lock waits for an
-- erasure under way, as the erasure's waits for this.

CREATE OR REPLACE FUNCTION _refuse_address_of_erased() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_address_of_erased$
DECLARE
    v_erased_at TIMESTAMPTZ;
BEGIN
    SELECT customers.erased_at INTO v_erased_at
    FROM customers WHERE customers.customer_id = new.customer_id FOR KEY SHARE;
    IF v_erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'customer % was erased', new.customer_id USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', new.customer_id),
            HINT = 'Register the person anew; an erased customer stays empty.';
    END IF;
    RETURN NULL;
END;
$_refuse_address_of_erased$;
REVOKE EXECUTE ON FUNCTION _refuse_address_of_erased() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_address_of_erased() IS
'Trigger: raises ST002 for an address of a customer who was erased.';

-- A late return, refund or dispute may still come, and nobody erases a second time.
CREATE OR REPLACE FUNCTION _forget_reason_of_erased() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_forget_reason_of_erased$
BEGIN
    IF EXISTS (
        SELECT FROM orders
        INNER JOIN customers ON orders.customer_id = customers.customer_id
        WHERE orders.order_id = new.order_id AND customers.erased_at IS NOT NULL
    ) THEN
        RETURN jsonb_populate_record(new, jsonb_build_object(tg_argv[0], NULL));
    END IF;
    RETURN new;
END;
$_forget_reason_of_erased$;
REVOKE EXECUTE ON FUNCTION _forget_reason_of_erased() FROM PUBLIC;
COMMENT ON FUNCTION _forget_reason_of_erased() IS
'Trigger: empties the column it is told, a reason given on an order of a customer who was erased.';
