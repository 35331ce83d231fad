-- Partitions come and go at run time, so they are compared by what they have in common; one that
-- has it otherwise than most is told by its name.

WITH told AS (
    SELECT
        inhparent,
        relname,
        pg_get_expr(relpartbound, partition.oid) = 'DEFAULT' AS is_default,
        fact.what,
        coalesce(fact.value, '') AS value
    FROM pg_class AS partition
    INNER JOIN pg_inherits ON partition.oid = inhrelid
    CROSS JOIN
        LATERAL (
            VALUES
            ('owner', relowner::REGROLE::TEXT),
            (
                'settings',
                concat_ws(' ', reloptions::TEXT, relrowsecurity, relforcerowsecurity, relreplident)
            ),
            (
                'privileges', (
                    SELECT
                        string_agg(
                            concat_ws(' ', privilege_type, column_name, is_grantable, rolname), ', '
                            ORDER BY privilege_type, column_name, rolname
                        )
                    FROM (
                        SELECT
                            NULL AS column_name,
                            coalesce(relacl, acldefault('r', relowner)) AS acl
                        UNION ALL
                        SELECT
                            attname,
                            attacl
                        FROM pg_attribute WHERE attrelid = partition.oid
                    ) AS held
                    CROSS JOIN LATERAL aclexplode(acl)
                    LEFT JOIN pg_roles ON grantee = pg_roles.oid
                    WHERE grantee IN (0, relowner) OR rolname IN (
                        'shop_customer', 'shop_staff', 'shop_analyst', 'shop_auditor', 'pg_monitor'
                    )
                )
            ),
            ('policies', (
                SELECT
                    string_agg(
                        concat_ws(
                            ' ', polname, polcmd, polpermissive, polroles::REGROLE[]::TEXT,
                            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
                        ), ', ' ORDER BY polname
                    )
                FROM pg_policy WHERE polrelid = partition.oid
            )),
            ('columns', (
                SELECT
                    string_agg(
                        concat_ws(
                            ' ', attname, format_type(atttypid, atttypmod), attnotnull,
                            pg_get_expr(adbin, adrelid), attgenerated
                        ), ', ' ORDER BY attname
                    )
                FROM pg_attribute LEFT JOIN pg_attrdef ON attrelid = adrelid AND attnum = adnum
                WHERE attrelid = partition.oid AND attnum > 0 AND NOT attisdropped
            )),
            ('triggers', (
                SELECT string_agg(told.text || ' ' || tgenabled::TEXT, ', ' ORDER BY told.text)
                FROM pg_trigger
                CROSS JOIN
                    LATERAL (
                        SELECT replace(pg_get_triggerdef(pg_trigger.oid, TRUE), relname, '…')
                    ) AS told (text)
                WHERE tgrelid = partition.oid AND NOT tgisinternal
            )),
            ('constraints', (
                SELECT string_agg(told.text, ', ' ORDER BY told.text)
                FROM pg_constraint
                CROSS JOIN
                    LATERAL (
                        SELECT pg_get_constraintdef(pg_constraint.oid, TRUE) AS text
                    ) AS told
                WHERE conrelid = partition.oid AND contype <> 'n'
            )),
            ('indexes', (
                SELECT
                    string_agg(
                        told.text || CASE WHEN indisvalid THEN '' ELSE ' invalid' END, ', '
                        ORDER BY told.text
                    )
                FROM pg_index
                CROSS JOIN
                    LATERAL (
                        SELECT regexp_replace(
                            pg_get_indexdef(indexrelid, 0, TRUE),
                            ' INDEX \S+ ON \S+ ',
                            ' INDEX ON … '
                        ) AS text
                    ) AS told
                WHERE indrelid = partition.oid
            ))
        ) AS fact (what, value)
    WHERE
        inhparent IN (
            SELECT oid FROM pg_class
            WHERE relnamespace = current_setting('deploy.schema')::REGNAMESPACE
        )
        AND relispartition AND relkind IN ('r', 'p')
),

counted AS (
    SELECT
        told.*,
        count(*) OVER (PARTITION BY inhparent, what, value) AS times
    FROM told
),

common AS (
    SELECT DISTINCT ON (inhparent, what)
        inhparent,
        what,
        value
    FROM counted
    ORDER BY inhparent ASC, what ASC, times DESC, is_default DESC
)

SELECT
    'table ' || inhparent::REGCLASS AS object,
    'partitions: ' || what AS what,
    nullif(value, '') AS value,
    NULL AS make
FROM common

UNION ALL

SELECT
    'table ' || told.inhparent::REGCLASS,
    format('partition %I: %s', relname, told.what),
    coalesce(nullif(told.value, ''), 'none'),
    NULL
FROM told
INNER JOIN common ON told.inhparent = common.inhparent AND told.what = common.what
WHERE told.value <> common.value
