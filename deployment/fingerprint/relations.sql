-- Tables, views, materialised views and free sequences: that they are there, what a view says, how
-- a table is stored, and whether it hides rows. Partitions stand in partitions.sql.

WITH relation AS (
    SELECT
        oid,
        relkind,
        oid::REGCLASS::TEXT AS name,
        CASE relkind
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table' ELSE 'table'
        END AS kind,
        relpersistence,
        reloptions,
        relrowsecurity,
        relforcerowsecurity,
        relreplident,
        relispopulated,
        relam
    FROM pg_class
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
        AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE
                classid = 'pg_class'::REGCLASS AND objid = pg_class.oid AND deptype IN ('i', 'e')
                AND refobjid <> objid  -- as a partitioned table depends on its key
        )
)

SELECT
    kind || ' ' || name AS object,
    'itself' AS what,
    concat_ws(
        ' ', relkind, (SELECT amname FROM pg_am WHERE pg_am.oid = relam), pg_get_partkeydef(oid)
    ) AS value,
    CASE relkind
        WHEN 'S' THEN format('CREATE SEQUENCE %s', name)
        WHEN 'r' THEN format('CREATE TABLE %s ()', name)
        WHEN 'p' THEN format(
            'CREATE TABLE %s (%s) PARTITION BY %s', name, (
                SELECT
                    string_agg(
                        format('%I %s', attname, format_type(atttypid, atttypmod)),
                        ', ' ORDER BY attnum
                    )
                FROM pg_attribute
                WHERE
                    attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
                    AND attidentity = '' AND attgenerated = ''
            ), pg_get_partkeydef(oid)
        )
    END AS make,
    format('DROP %s %s', upper(kind), name) AS unmake
FROM relation

UNION ALL

SELECT
    kind || ' ' || name,
    'definition',
    query.text,
    CASE
        WHEN relkind = 'v'
            THEN format(
                'CREATE OR REPLACE VIEW %s%s AS %s', name,
                ' WITH (' || array_to_string(reloptions, ', ') || ')', query.text
            )
        ELSE format('CREATE MATERIALIZED VIEW %s AS %s', name, query.text)
    END,
    CASE WHEN relkind = 'm' THEN format('DROP MATERIALIZED VIEW %s', name) END
FROM relation
CROSS JOIN
    LATERAL unnest(ARRAY[pg_get_viewdef(oid)]) AS query (text)
WHERE relkind IN ('v', 'm')

UNION ALL

SELECT
    kind || ' ' || name,
    'columns',
    (
        SELECT
            string_agg(
                concat_ws(
                    ' ', attname, format_type(atttypid, atttypmod),
                    'COLLATE ' || nullif(attcollation, typcollation)::REGCOLLATION
                ), ', ' ORDER BY attnum
            )
        FROM pg_attribute INNER JOIN pg_type ON atttypid = pg_type.oid
        WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
    ),
    NULL,
    NULL
FROM relation WHERE relkind IN ('v', 'm')

UNION ALL

SELECT
    kind || ' ' || name,
    'never filled',
    'so',
    NULL,
    format('REFRESH MATERIALIZED VIEW %s', name)
FROM relation WHERE relkind = 'm' AND NOT relispopulated

UNION ALL

SELECT
    kind || ' ' || name,
    'option ' || option_name,
    option_value,
    format('ALTER %s %s SET (%s = %L)', upper(kind), name, option_name, option_value),
    format('ALTER %s %s RESET (%s)', upper(kind), name, option_name)
FROM relation CROSS JOIN LATERAL pg_options_to_table(reloptions)

UNION ALL

SELECT
    kind || ' ' || name,
    'persistence',
    relpersistence::TEXT,
    format(
        'ALTER %s %s SET %s', upper(kind), name,
        CASE relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END
    ),
    NULL
FROM relation WHERE relkind = 'r'

UNION ALL

SELECT
    kind || ' ' || name,
    'row security',
    'enabled',
    format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name),
    format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name)
FROM relation WHERE relrowsecurity

UNION ALL

SELECT
    kind || ' ' || name,
    'forced row security',
    'enabled',
    format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name),
    format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name)
FROM relation WHERE relforcerowsecurity

UNION ALL

SELECT
    kind || ' ' || name,
    'replica identity',
    relreplident::TEXT,
    format(
        'ALTER TABLE %s REPLICA IDENTITY %s', name,
        CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END
    ),
    NULL
FROM relation WHERE relkind IN ('r', 'p', 'm')

UNION ALL

SELECT
    kind || ' ' || name,
    'rule ' || rulename,
    pg_get_ruledef(pg_rewrite.oid, TRUE) || ' ' || ev_enabled::TEXT,
    pg_get_ruledef(pg_rewrite.oid, TRUE),
    format('DROP RULE %I ON %s', rulename, name)
FROM relation INNER JOIN pg_rewrite ON relation.oid = ev_class AND rulename <> '_RETURN'
