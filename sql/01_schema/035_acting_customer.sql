-- Whom a change was made for, where a customer made it. Every ledger's default is this function, as
-- acting_role() is. Bound late: what a token says is decided with the security of the store.

CREATE FUNCTION acting_customer() RETURNS INT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $acting_customer$
DECLARE
    v_session RECORD := _session_customer();
BEGIN
    RETURN v_session.customer_id;
END;
$acting_customer$;
REVOKE EXECUTE ON FUNCTION acting_customer() FROM PUBLIC;
COMMENT ON FUNCTION acting_customer() IS
'The customer this session acts for, NULL = nobody; a token that does not hold is nobody here, for
a note must not fail. Raises nothing.';
