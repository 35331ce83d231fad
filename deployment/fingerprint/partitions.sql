-- Partitions come and go at run time, so they are compared by what they have in common, each
-- named for its parent: one that differs shows as a second way of being a partition.

WITH partition AS (
    SELECT
        pg_class.oid,
        relname,
        relowner,
        relacl,
        reloptions,
        relrowsecurity,
        relforcerowsecurity,
        inhparent::REGCLASS::TEXT AS parent
    FROM pg_class INNER JOIN pg_inherits ON pg_class.oid = inhrelid
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND relispartition
        AND relkind IN ('r', 'p')
),

fact AS (
    SELECT
        oid,
        'owner' AS what,
        relowner::REGROLE::TEXT AS value
    FROM partition
    UNION ALL
    SELECT
        oid,
        'settings',
        concat_ws(' ', reloptions::TEXT, relrowsecurity, relforcerowsecurity)
    FROM partition
    UNION ALL
    SELECT
        oid,
        'privileges',
        coalesce(relacl, acldefault('r', relowner))::TEXT
    FROM partition
    UNION ALL
    SELECT
        partition.oid,
        'columns',
        string_agg(
            concat_ws(
                ' ', attname, format_type(atttypid, atttypmod), attnotnull,
                pg_get_expr(adbin, adrelid), attgenerated
            ), ', ' ORDER BY attname
        )
    FROM partition
    INNER JOIN pg_attribute ON partition.oid = attrelid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON attrelid = adrelid AND attnum = adnum
    GROUP BY partition.oid
    UNION ALL
    SELECT
        partition.oid,
        'triggers',
        string_agg(
            replace(pg_get_triggerdef(pg_trigger.oid, TRUE), relname, '…')
            || ' '
            || tgenabled::TEXT,
            ', ' ORDER BY replace(pg_get_triggerdef(pg_trigger.oid, TRUE), relname, '…')
        )
    FROM partition INNER JOIN pg_trigger ON partition.oid = tgrelid AND NOT tgisinternal
    GROUP BY partition.oid
    UNION ALL
    SELECT
        partition.oid,
        'constraints',
        string_agg(
            pg_get_constraintdef(pg_constraint.oid, TRUE), ', '
            ORDER BY pg_get_constraintdef(pg_constraint.oid, TRUE)
        )
    FROM partition INNER JOIN pg_constraint ON partition.oid = conrelid AND contype <> 'n'
    GROUP BY partition.oid
    UNION ALL
    SELECT
        partition.oid,
        'indexes',
        string_agg(
            regexp_replace(
                pg_get_indexdef(indexrelid, 0, TRUE), ' INDEX \S+ ON \S+ ', ' INDEX ON … '
            )
            || CASE WHEN indisvalid THEN '' ELSE ' invalid' END,
            ', ' ORDER BY
                regexp_replace(
                    pg_get_indexdef(indexrelid, 0, TRUE), ' INDEX \S+ ON \S+ ', ' INDEX ON … '
                )
        )
    FROM partition INNER JOIN pg_index ON partition.oid = indrelid
    GROUP BY partition.oid
)

SELECT
    'table ' || parent AS object,
    'partitions: ' || asked.what AS what,
    string_agg(DISTINCT value, E'\n' ORDER BY value) AS value,
    NULL AS make,
    NULL AS unmake
FROM partition CROSS JOIN (
    VALUES ('owner'), ('settings'), ('privileges'), ('columns'), ('triggers'), ('constraints'),
    ('indexes')
) AS asked (what)
LEFT JOIN fact ON partition.oid = fact.oid AND asked.what = fact.what
GROUP BY parent, asked.what
