-- Relations: that they are there, what a view says, how
-- a table is stored, and whether it hides rows. Partitions stand in partitions.sql.

SELECT
    object,
    fact.what,
    fact.value,
    fact.make,
    fact.unmake
FROM relation
CROSS JOIN
    LATERAL (
        SELECT
            string_agg(
                format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum
            )
            FILTER (WHERE attidentity = '' AND attgenerated = '') AS plain,
            string_agg(
                concat_ws(
                    ' ', attname, format_type(atttypid, atttypmod),
                    'COLLATE ' || nullif(attcollation, typcollation)::REGCOLLATION
                ), ', ' ORDER BY attnum
            ) AS shown
        FROM pg_attribute INNER JOIN pg_type ON atttypid = pg_type.oid
        WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
    ) AS columns
CROSS JOIN
    LATERAL (
        SELECT CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(relation.oid) END
    ) AS query (text)
CROSS JOIN
    LATERAL (
        VALUES
        (
            'itself', concat_ws(
                ' ',
                relkind,
                (SELECT amname FROM pg_am WHERE pg_am.oid = relam),
                pg_get_partkeydef(oid)
            ),
            CASE relkind
                WHEN 'S' THEN format('CREATE SEQUENCE %s', name)
                WHEN 'r' THEN format('CREATE TABLE %s ()', name)
                WHEN 'p'
                    THEN format(
                        'CREATE TABLE %s (%s) PARTITION BY %s', name, columns.plain,
                        pg_get_partkeydef(oid)
                    )
            END,
            format('DROP %s %s', upper(kind), name)
        ),
        (
            'definition', query.text,
            format('CREATE %s %s%s AS %s', CASE relkind
                WHEN 'v' THEN 'OR REPLACE VIEW' ELSE 'MATERIALIZED VIEW'
            END, name, CASE relkind
                WHEN 'v' THEN ' WITH (' || array_to_string(reloptions, ', ') || ')'
            END, query.text),
            CASE WHEN relkind = 'm' THEN format('DROP MATERIALIZED VIEW %s', name) END
        ),
        (
            'columns',
            CASE WHEN relkind IN ('v', 'm') THEN coalesce(columns.shown, '') END,
            NULL,
            NULL
        ),
        (
            'never filled', CASE WHEN relkind = 'm' AND NOT relispopulated THEN 'so' END, NULL,
            format('REFRESH MATERIALIZED VIEW %s', name)
        ),
        (
            'persistence', CASE WHEN relkind = 'r' THEN relpersistence::TEXT END,
            format('ALTER TABLE %s SET %s', name, CASE relpersistence
                WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED'
            END), NULL
        ),
        (
            'row security', CASE WHEN relrowsecurity THEN 'enabled' END,
            format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name),
            format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name)
        ),
        (
            'forced row security', CASE WHEN relforcerowsecurity THEN 'enabled' END,
            format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name),
            format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name)
        ),
        (
            'replica identity', CASE WHEN relkind IN ('r', 'p', 'm') THEN relreplident::TEXT END,
            format('ALTER TABLE %s REPLICA IDENTITY %s', name, CASE relreplident
                WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT'
            END), NULL
        )
    ) AS fact (what, value, make, unmake)

UNION ALL

SELECT
    object,
    'option ' || option_name,
    option_value,
    format('ALTER %s %s SET (%s = %L)', upper(kind), name, option_name, option_value),
    format('ALTER %s %s RESET (%s)', upper(kind), name, option_name)
FROM relation CROSS JOIN LATERAL pg_options_to_table(reloptions)

UNION ALL

SELECT
    object,
    'rule ' || rulename,
    pg_get_ruledef(pg_rewrite.oid, TRUE) || ' ' || ev_enabled::TEXT,
    pg_get_ruledef(pg_rewrite.oid, TRUE),
    format('DROP RULE %I ON %s', rulename, name)
FROM relation INNER JOIN pg_rewrite ON relation.oid = ev_class AND rulename <> '_RETURN'
