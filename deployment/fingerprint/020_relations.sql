-- Relations but for partitions: that they are there, what a view says, how a table is stored, and
-- whether it hides rows.

SELECT
    object,
    fact.what,
    fact.value,
    fact.make
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
            END
        ),
        (
            'definition', query.text,
            format('CREATE %s %s%s AS %s', CASE relkind
                WHEN 'v' THEN 'OR REPLACE VIEW' ELSE 'MATERIALIZED VIEW'
            END, name, CASE relkind
                WHEN 'v' THEN ' WITH (' || array_to_string(reloptions, ', ') || ')'
            END, query.text)
        ),
        ('columns', CASE WHEN relkind IN ('v', 'm') THEN coalesce(columns.shown, '') END, NULL),
        ('never filled', CASE WHEN relkind = 'm' AND NOT relispopulated THEN 'so' END, NULL),
        ('persistence', CASE WHEN relkind = 'r' THEN relpersistence::TEXT END, NULL),
        ('row security', CASE WHEN relrowsecurity THEN 'enabled' END, NULL),
        ('forced row security', CASE WHEN relforcerowsecurity THEN 'enabled' END, NULL),
        ('replica identity', CASE WHEN relkind IN ('r', 'p', 'm') THEN relreplident::TEXT END, NULL)
    ) AS fact (what, value, make)

UNION ALL

SELECT
    object,
    'option ' || option_name,
    option_value,
    NULL
FROM relation CROSS JOIN LATERAL pg_options_to_table(reloptions)

UNION ALL

SELECT
    object,
    'option toast.' || option_name,
    option_value,
    NULL
FROM relation
INNER JOIN pg_class AS toast ON relation.reltoastrelid = toast.oid
CROSS JOIN LATERAL pg_options_to_table(toast.reloptions)

UNION ALL

SELECT
    object,
    'rule ' || rulename,
    pg_get_ruledef(pg_rewrite.oid, TRUE) || ' ' || ev_enabled::TEXT,
    pg_get_ruledef(pg_rewrite.oid, TRUE)
FROM relation INNER JOIN pg_rewrite ON relation.oid = ev_class AND rulename <> '_RETURN'
