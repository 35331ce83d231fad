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
