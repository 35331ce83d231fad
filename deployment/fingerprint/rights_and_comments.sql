-- Owners, comments, and the rights of the owner, of everybody, of the group roles and of
-- pg_monitor. What other roles were granted is the DBA's own affair.

WITH managed AS (
    SELECT oid FROM pg_roles
    WHERE
        rolname IN (
            'shop_customer', 'shop_staff', 'shop_analyst', 'shop_auditor', 'pg_monitor',
            current_user
        )
    UNION ALL
    SELECT 0
),

relation AS (
    SELECT
        pg_class.*,
        oid::REGCLASS::TEXT AS name,
        CASE relkind
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            ELSE 'table'
        END AS kind
    FROM pg_class
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
        AND relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE
                classid = 'pg_class'::REGCLASS AND objid = pg_class.oid AND deptype IN ('i', 'e')
                AND refobjid <> objid  -- as a partitioned table depends on its key
        )
),

part AS (
    SELECT
        'pg_constraint'::REGCLASS AS classid,
        oid,
        conrelid AS table_id,
        conname AS name,
        'CONSTRAINT' AS kind
    FROM pg_constraint
    UNION ALL
    SELECT
        'pg_trigger'::REGCLASS,
        oid,
        tgrelid,
        tgname,
        'TRIGGER'
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT
        'pg_policy'::REGCLASS,
        oid,
        polrelid,
        polname,
        'POLICY'
    FROM pg_policy
    UNION ALL
    SELECT
        'pg_class'::REGCLASS,
        indexrelid,
        indrelid,
        relname,
        'INDEX'
    FROM pg_index INNER JOIN pg_class ON indexrelid = pg_class.oid
),

item AS (
    SELECT
        'pg_class'::REGCLASS::OID AS classid,
        oid AS objid,
        0 AS objsubid,
        kind || ' ' || name AS object,
        '' AS part,
        upper(kind) || ' ' || name AS named,
        CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || name AS granted,
        '' AS column_list,
        relowner AS owner,
        coalesce(
            relacl,
            CASE relkind WHEN 'S' THEN acldefault('s', relowner) ELSE acldefault('r', relowner) END
        ) AS acl
    FROM relation
    UNION ALL
    SELECT
        'pg_class'::REGCLASS,
        relation.oid,
        attnum,
        kind || ' ' || name,
        format('column %I: ', attname),
        format('COLUMN %s.%I', name, attname),
        name,
        format(' (%I)', attname),
        NULL,
        attacl
    FROM relation INNER JOIN pg_attribute ON relation.oid = attrelid
    WHERE relkind <> 'S' AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT
        'pg_proc'::REGCLASS,
        oid,
        0,
        kind.name || ' ' || oid::REGPROCEDURE::TEXT,
        '',
        upper(kind.name) || ' ' || oid::REGPROCEDURE::TEXT,
        CASE prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || oid::REGPROCEDURE::TEXT,
        '',
        proowner,
        coalesce(proacl, acldefault('f', proowner))
    FROM pg_proc
    CROSS JOIN
        LATERAL (
            SELECT CASE prokind
                WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function'
            END AS name
        ) AS kind
    WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE
    UNION ALL
    SELECT
        'pg_type'::REGCLASS,
        oid,
        0,
        'type ' || oid::REGTYPE::TEXT,
        '',
        'TYPE ' || oid::REGTYPE::TEXT,
        NULL,
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
        'pg_namespace'::REGCLASS,
        oid,
        0,
        'schema',
        '',
        'SCHEMA ' || oid::REGNAMESPACE::TEXT,
        NULL,
        '',
        nspowner,
        coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE oid = current_setting('deploy.schema')::REGNAMESPACE
    UNION ALL
    SELECT
        part.classid,
        part.oid,
        0,
        'table ' || relation.name,
        lower(part.kind) || format(' %I: ', part.name),
        CASE part.kind
            WHEN 'INDEX' THEN 'INDEX ' || part.oid::REGCLASS::TEXT
            ELSE format('%s %I ON %s', part.kind, part.name, relation.name)
        END,
        NULL,
        NULL,
        NULL,
        NULL
    FROM part INNER JOIN relation ON part.table_id = relation.oid AND relkind IN ('r', 'p')
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
    CASE WHEN grantee.may_grant THEN 'grantable' ELSE 'granted' END,
    format(
        'GRANT %s TO %s%s', named_right.text, grantee.name,
        CASE WHEN grantee.may_grant THEN ' WITH GRANT OPTION' END
    ),
    format('REVOKE %s FROM %s', named_right.text, grantee.name)
FROM item
CROSS JOIN LATERAL aclexplode(acl) AS entry
CROSS JOIN
    LATERAL (
        SELECT format('%s%s ON %s', privilege_type, column_list, coalesce(granted, named)) AS text
    ) AS named_right
CROSS JOIN
    LATERAL (
        SELECT
            entry.is_grantable AND entry.grantee <> coalesce(owner, entry.grantor) AS may_grant,
            CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::REGROLE::TEXT END AS name
    ) AS grantee
WHERE entry.grantee IN (SELECT managed.oid FROM managed)

UNION ALL

SELECT
    object,
    part || 'comment',
    description,
    format('COMMENT ON %s IS %L', named, description),
    format('COMMENT ON %s IS NULL', named)
FROM item INNER JOIN pg_description ON item.objsubid = pg_description.objsubid
WHERE item.classid = pg_description.classoid AND item.objid = pg_description.objoid

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
        OR defaclnamespace = 0
        AND NOT (grantee = 0 AND defaclobjtype IN ('f', 'T'))
        AND defaclrole = (
            SELECT nspowner FROM pg_namespace
            WHERE pg_namespace.oid = current_setting('deploy.schema')::REGNAMESPACE
        )
    )
