-- What each group role may do with each table and view: with all of it, or with some columns.

WITH granted AS (
    SELECT
        pg_class.relname,
        rights.grantee,
        rights.privilege_type,
        FALSE AS of_some_columns
    FROM pg_class
    CROSS JOIN LATERAL aclexplode(pg_class.relacl) AS rights
    WHERE pg_class.relnamespace = current_schema()::REGNAMESPACE
    UNION
    SELECT
        pg_class.relname,
        rights.grantee,
        rights.privilege_type,
        TRUE AS of_some_columns
    FROM pg_class
    INNER JOIN pg_attribute ON pg_class.oid = pg_attribute.attrelid
    CROSS JOIN LATERAL aclexplode(pg_attribute.attacl) AS rights
    WHERE pg_class.relnamespace = current_schema()::REGNAMESPACE
)

SELECT
    granted.relname::TEXT AS relation,
    pg_roles.rolname::TEXT AS role_name,
    lower(granted.privilege_type) AS privilege,
    granted.of_some_columns
FROM granted
INNER JOIN pg_roles ON granted.grantee = pg_roles.oid
WHERE
    pg_roles.rolname IN (
        'shop_customer', 'shop_staff', 'shop_analyst', 'shop_auditor', 'pg_monitor'
    )
ORDER BY
    granted.relname,
    pg_roles.rolname,
    array_position(
        ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], granted.privilege_type
    ),
    granted.of_some_columns;
