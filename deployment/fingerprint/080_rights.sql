-- Owners and rights. The files say what the owner, everybody, the group roles and pg_monitor may
-- do; what others were granted is the DBA's own affair, and is told apart.

WITH item AS (
    SELECT
        object,
        '' AS part,
        relowner AS owner,
        coalesce(
            relacl,
            CASE relkind WHEN 'S' THEN acldefault('s', relowner) ELSE acldefault('r', relowner) END
        ) AS acl
    FROM relation
    UNION ALL
    SELECT
        object,
        format('column %I: ', attname),
        NULL,
        attacl
    FROM relation INNER JOIN pg_attribute ON relation.oid = attrelid
    WHERE relkind <> 'S' AND attnum > 0 AND NOT attisdropped
    UNION ALL
    -- An identity column's sequence: its owner may do all, without saying.
    SELECT
        object,
        part,
        NULL,
        (
            SELECT array_agg(entry) FROM unnest(relacl) AS entry
            WHERE entry::TEXT NOT LIKE relowner::REGROLE || '=%'
        )
    FROM identity_sequence
    UNION ALL
    SELECT
        object,
        '',
        proowner,
        coalesce(proacl, acldefault('f', proowner))
    FROM routine
    UNION ALL
    SELECT
        object,
        '',
        typowner,
        coalesce(typacl, acldefault('T', typowner))
    FROM named_type
    UNION ALL
    SELECT
        'schema',
        '',
        nspowner,
        coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE oid = current_setting('deploy.schema')::REGNAMESPACE
)

SELECT
    object,
    'owner' AS what,
    owner::REGROLE::TEXT AS value,
    NULL AS make
FROM item WHERE owner IS NOT NULL

UNION ALL

SELECT
    object,
    format('%s%sprivilege %s for %s', grantee.whose, part, privilege_type, grantee.name),
    CASE
        WHEN entry.is_grantable AND entry.grantee <> coalesce(owner, entry.grantor) THEN 'grantable'
        ELSE 'granted'
    END,
    NULL
FROM item
CROSS JOIN LATERAL aclexplode(acl) AS entry
CROSS JOIN
    LATERAL (
        SELECT
            CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::REGROLE::TEXT END AS name,
            CASE
                WHEN entry.grantee = 0 THEN ''
                WHEN pg_get_userbyid(entry.grantee) IN (
                    'shop_customer', 'shop_staff', 'shop_analyst', 'shop_auditor', 'pg_monitor'
                ) THEN ''
                WHEN entry.grantee = (
                    SELECT nspowner FROM pg_namespace
                    WHERE oid = current_setting('deploy.schema')::REGNAMESPACE
                ) THEN ''
                ELSE 'of others: '
            END AS whose
    ) AS grantee

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
    NULL
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
