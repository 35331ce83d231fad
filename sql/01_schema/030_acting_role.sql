-- Whom a change is put down to. Inside a definer function current_user is always the owner; the
-- role the session has SET, else its login, is who really asked. Every ledger's defaults are these
-- functions, so no caller can forget them or claim to be another.

CREATE FUNCTION acting_role() RETURNS TEXT
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN coalesce(nullif(current_setting('role'), 'none'), session_user);
REVOKE EXECUTE ON FUNCTION acting_role() FROM PUBLIC;
COMMENT ON FUNCTION acting_role() IS
'The role this session acts as: the one it has SET, else its login. Raises nothing.';
