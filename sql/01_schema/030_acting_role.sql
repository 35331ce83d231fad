-- Whom a change is put down to. Inside a definer function current_user is always the owner; the
-- role the session has SET, else its login, is who really asked. Every ledger's defaults are these
-- functions, so no caller can forget them or claim to be another.

CREATE FUNCTION acting_role() RETURNS TEXT
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN coalesce(nullif(current_setting('role'), 'none'), session_user);
REVOKE EXECUTE ON FUNCTION acting_role() FROM PUBLIC;
COMMENT ON FUNCTION acting_role() IS
'The role this session acts as: the one it has SET, else its login. Raises nothing.';

-- Bound late: what a token says is decided with the security of the store.
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
