-- The question every function asks that does something for a customer. The refusal is the same
-- whether that customer exists or not, and names nobody: an order's number must not tell whose
-- it is.

CREATE OR REPLACE FUNCTION require_customer_access(p_customer_id INT) RETURNS VOID
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $require_customer_access$
BEGIN
    IF acts_for_any_customer() THEN
        RETURN;
    END IF;
    IF p_customer_id = current_customer_id()
        AND pg_has_role(acting_role()::NAME, 'shop_customer', 'USAGE')
    THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'not allowed to act for this customer'
    USING ERRCODE = 'insufficient_privilege',
        DETAIL = jsonb_build_object('role', acting_role()),
        HINT = 'Sign the customer in, in this transaction, or ask a member of staff.';
END;
$require_customer_access$;
REVOKE EXECUTE ON FUNCTION require_customer_access(INT) FROM PUBLIC;
COMMENT ON FUNCTION require_customer_access(INT) IS
'Returns where the caller may act for customer p_customer_id: the owner and shop_staff for any,
shop_customer for the one current_customer_id() names. NULL is nobody''s customer. Raises 42501.';
