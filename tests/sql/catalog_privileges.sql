-- The house rules about who may reach what, as queries over the catalog that must return nothing.
-- Each has been seen to fail: tests/test_catalog_rules.py commits the offence, then cures it.
BEGIN;
SELECT plan(9);

CREATE TEMP VIEW store_relations AS
SELECT *
FROM pg_class
WHERE relnamespace = current_schema()::REGNAMESPACE;

-- What PUBLIC, grantee 0, can reach

SELECT is_empty($$
    SELECT pg_proc.oid::REGPROCEDURE FROM pg_proc
    CROSS JOIN aclexplode(coalesce(proacl, acldefault('f', proowner)))
    WHERE pronamespace = current_schema()::REGNAMESPACE AND grantee = 0
$$, 'PUBLIC may execute no function');

SELECT is_empty($$
    SELECT relname, privilege_type FROM store_relations
    CROSS JOIN aclexplode(relacl)
    WHERE grantee = 0
$$, 'PUBLIC may read or write no table, view or sequence');

SELECT is_empty($$
    SELECT relname, attname, privilege_type FROM store_relations
    INNER JOIN pg_attribute ON pg_attribute.attrelid = store_relations.oid
    CROSS JOIN aclexplode(attacl)
    WHERE grantee = 0
$$, 'PUBLIC may read or write no column');

SELECT is_empty($$
    SELECT nspname, privilege_type FROM pg_namespace
    CROSS JOIN aclexplode(nspacl)
    WHERE nspname = current_schema() AND grantee = 0
$$, 'PUBLIC may not enter the schema');

SELECT is_empty($$
    SELECT typname FROM pg_type
    CROSS JOIN aclexplode(coalesce(typacl, acldefault('T', typowner)))
    WHERE typnamespace = current_schema()::REGNAMESPACE AND grantee = 0
    AND (typtype IN ('d', 'e', 'r') OR typrelid IN (
        SELECT oid FROM store_relations WHERE relkind = 'c'
    ))
$$, 'PUBLIC may use no type');

SELECT is_empty($$
    SELECT defaclrole::REGROLE, defaclobjtype, privilege_type FROM pg_default_acl
    CROSS JOIN aclexplode(defaclacl)
    WHERE defaclnamespace = current_schema()::REGNAMESPACE AND grantee = 0
$$, 'PUBLIC will reach nothing that is made later');

-- What the group roles can reach

SELECT is_empty($$
    SELECT rolname FROM pg_roles
    WHERE rolname IN ('shop_customer', 'shop_staff', 'shop_analyst', 'shop_auditor')
    AND (
        rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)
    )
$$, 'a group role has no rights but those the store grants it');

SELECT is_empty($$
    SELECT relname FROM store_relations
    WHERE relkind IN ('r', 'p') AND NOT relrowsecurity
    AND has_any_column_privilege('shop_customer', oid, 'SELECT, INSERT, UPDATE')
    AND EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = store_relations.oid AND attname IN ('customer_id', 'order_id')
        AND NOT attisdropped
    )
$$, 'customers see and write the rows of customers only through policies');

SELECT is_empty($$
    SELECT relname FROM store_relations
    WHERE relforcerowsecurity
$$, 'no table hides rows from its owner, whose functions and dumps must see them all');

SELECT * FROM finish();
ROLLBACK;
