-- The four group roles: WHAT one may do in a store. They belong to the whole cluster, so a role
-- that is there is left as it is, and two databases deployed at once may both try to make one.
-- WHERE one may do it, USAGE on a store's schema, is the DBA's to grant to each login.

DO $roles$
DECLARE
    v_role NAME;
BEGIN
    FOR v_role IN
        SELECT wanted.name
        FROM (
            VALUES ('shop_customer'), ('shop_staff'), ('shop_analyst'), ('shop_auditor')
        ) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE pg_roles.rolname = wanted.name)
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- made by another deploy just now
        END;
    END LOOP;
END;
$roles$;
