-- Who may act for every customer: the store's owner and its staff. Asked as the privilege system
-- asks, by what the caller's role may do at once: a login that would first have to SET ROLE
-- shop_staff has not done so, and a role that is SET is all the caller is.

CREATE OR REPLACE FUNCTION acts_for_any_customer() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $acts_for_any_customer$
BEGIN
    -- In here current_user is this function's owner, and so the store's.
    RETURN pg_has_role(acting_role()::NAME, current_user, 'USAGE')
        OR pg_has_role(acting_role()::NAME, 'shop_staff', 'USAGE');
END;
$acts_for_any_customer$;
REVOKE EXECUTE ON FUNCTION acts_for_any_customer() FROM PUBLIC;
COMMENT ON FUNCTION acts_for_any_customer() IS
'Whether the caller is the store''s owner, a member of shop_staff or a superuser. Raises nothing.';
