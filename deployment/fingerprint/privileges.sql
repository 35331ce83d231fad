-- Owners, and the rights of the owner, of everybody, of the group roles and of pg_monitor. What
-- other roles were granted is the DBA's own affair.

WITH managed AS (
    SELECT oid FROM pg_roles
    WHERE
        rolname IN (
            'shop_customer',
            'shop_staff',
            'shop_analyst',
            'shop_auditor',
            'pg_monitor',
            current_user
        )
    UNION ALL
    SELECT 0
),

item AS (
    SELECT
        kind.name || ' ' || oid::REGCLASS::TEXT AS object,
        upper(kind.name) || ' ' || oid::REGCLASS::TEXT AS named,
        CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || oid::REGCLASS::TEXT AS granted,
        '' AS part,
        '' AS column_list,
        relowner AS owner,
        coalesce(
            relacl,
            CASE relkind WHEN 'S' THEN acldefault('s', relowner) ELSE acldefault('r', relowner) END
        )
            AS acl
    FROM pg_class
    CROSS JOIN
        LATERAL (
            SELECT CASE relkind
                WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                ELSE 'table'
            END AS name
        ) AS kind
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
        AND relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE
                classid = 'pg_class'::REGCLASS AND objid = pg_class.oid AND deptype IN ('i', 'e')
                AND refobjid <> objid  -- as a partitioned table depends on its key
        )
    UNION ALL
    SELECT
        CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'table ' END
        || pg_class.oid::REGCLASS::TEXT,
        format('COLUMN %s.%I', pg_class.oid::REGCLASS, attname),
        pg_class.oid::REGCLASS::TEXT,
        format('column %I: ', attname),
        format(' (%I)', attname),
        NULL,
        attacl
    FROM pg_class INNER JOIN pg_attribute ON pg_class.oid = attrelid
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
        AND relkind IN ('r', 'p', 'v', 'm') AND attacl IS NOT NULL AND NOT attisdropped
    UNION ALL
    SELECT
        kind.name || ' ' || oid::REGPROCEDURE::TEXT,
        upper(kind.name) || ' ' || oid::REGPROCEDURE::TEXT,
        CASE prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || oid::REGPROCEDURE::TEXT,
        '',
        '',
        proowner,
        coalesce(proacl, acldefault('f', proowner))
    FROM pg_proc
    CROSS JOIN
        LATERAL (
            SELECT
                CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END
                    AS name
        ) AS kind
    WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE
    UNION ALL
    SELECT
        'type ' || oid::REGTYPE::TEXT,
        'TYPE ' || oid::REGTYPE::TEXT,
        'TYPE ' || oid::REGTYPE::TEXT,
        '',
        '',
        typowner,
        coalesce(typacl, acldefault('T', typowner))
    FROM pg_type
    WHERE
        typnamespace = current_setting('deploy.schema')::REGNAMESPACE AND (
            typtype IN ('e', 'd', 'r')
            OR typtype = 'c' AND (SELECT relkind FROM pg_class WHERE pg_class.oid = typrelid) = 'c'
        )
    UNION ALL
    SELECT
        'schema',
        'SCHEMA ' || oid::REGNAMESPACE::TEXT,
        'SCHEMA ' || oid::REGNAMESPACE::TEXT,
        '',
        '',
        nspowner,
        coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE oid = current_setting('deploy.schema')::REGNAMESPACE
)

SELECT
    object,
    'owner' AS what,
    owner::REGROLE::TEXT AS value,
    format('ALTER %s OWNER TO %s', named, owner::REGROLE) AS make,
    NULL AS unmake
FROM item WHERE owner IS NOT NULL

UNION ALL

SELECT
    object,
    format('%sprivilege %s for %s', part, privilege_type, grantee.name),
    CASE
        WHEN is_grantable AND grantee.oid <> coalesce(owner, grantor) THEN 'grantable' ELSE
            'granted'
    END,
    format(
        'GRANT %s%s ON %s TO %s%s', privilege_type, column_list, granted, grantee.name,
        CASE
            WHEN
                is_grantable AND grantee.oid <> coalesce(owner, grantor)
                THEN ' WITH GRANT OPTION'
            ELSE ''
        END
    ),
    format('REVOKE %s%s ON %s FROM %s', privilege_type, column_list, granted, grantee.name)
FROM item
CROSS JOIN LATERAL aclexplode(acl) AS entry
CROSS JOIN
    LATERAL (
        SELECT
            entry.grantee AS oid,
            CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::REGROLE::TEXT END AS name
    ) AS grantee
WHERE grantee.oid IN (SELECT managed.oid FROM managed)

UNION ALL

-- What the owner's new objects would be opened to: in this schema, or wherever they are made.
SELECT
    'schema',
    format(
        'default privilege %s on %s for %s of %s%s', privilege_type, defaclobjtype,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END, defaclrole::REGROLE,
        CASE defaclnamespace WHEN 0 THEN ' everywhere' ELSE '' END
    ),
    CASE WHEN is_grantable THEN 'grantable' ELSE 'granted' END,
    NULL,
    format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON %s FROM %s',
        defaclrole::REGROLE, ' IN SCHEMA ' || nullif(defaclnamespace, 0)::REGNAMESPACE,
        privilege_type,
        CASE defaclobjtype
            WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES'
        END,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END
    )
FROM pg_default_acl CROSS JOIN LATERAL aclexplode(defaclacl)
WHERE
    defaclobjtype IN ('r', 'S', 'f', 'T') AND grantee <> defaclrole AND (
        defaclnamespace = current_setting('deploy.schema')::REGNAMESPACE
        -- PostgreSQL itself lets everybody execute a new function and use a new type.
        OR defaclnamespace = 0 AND NOT (grantee = 0 AND defaclobjtype IN ('f', 'T')) AND defaclrole = (
            SELECT nspowner FROM pg_namespace
            WHERE pg_namespace.oid = current_setting('deploy.schema')::REGNAMESPACE
        )
    )
