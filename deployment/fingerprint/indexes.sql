-- Indexes of tables and materialised views, and statistics that are kept over several columns.

SELECT
    CASE relkind WHEN 'm' THEN 'materialized view ' ELSE 'table ' END
    || indrelid::REGCLASS::TEXT AS object,
    'index ' || indexrelid::REGCLASS::TEXT AS what,
    whole.text AS value,
    whole.text AS make,
    format('DROP INDEX %s', indexrelid::REGCLASS) AS unmake
FROM pg_index
INNER JOIN pg_class ON indrelid = pg_class.oid
CROSS JOIN
    LATERAL unnest(ARRAY[pg_get_indexdef(indexrelid, 0, TRUE)]) AS whole (text)
WHERE
    relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
    AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x')
    )

UNION ALL

SELECT
    CASE relkind WHEN 'm' THEN 'materialized view ' ELSE 'table ' END || indrelid::REGCLASS::TEXT,
    'index ' || indexrelid::REGCLASS::TEXT || ': state',
    concat_ws(
        ' ', CASE WHEN indisvalid AND indisready AND indislive THEN 'valid' ELSE 'invalid' END,
        CASE WHEN indisclustered THEN 'clustered' END, CASE WHEN indisreplident THEN 'replica' END
    ),
    CASE
        WHEN indisclustered
            THEN format('ALTER TABLE %s CLUSTER ON %s', indrelid::REGCLASS, indexrelid::REGCLASS)
        ELSE format(
            'REINDEX INDEX %s; ALTER TABLE %s SET WITHOUT CLUSTER',
            indexrelid::REGCLASS, indrelid::REGCLASS
        )
    END,
    NULL
FROM pg_index INNER JOIN pg_class ON indrelid = pg_class.oid
WHERE relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition

UNION ALL

SELECT
    'table ' || stxrelid::REGCLASS::TEXT,
    'statistics ' || quote_ident(stxname),
    format('%s %s', pg_get_statisticsobjdef(statistic.oid), nullif(
        to_jsonb(statistic) ->> 'stxstattarget', '-1'
    )),
    pg_get_statisticsobjdef(statistic.oid),
    format('DROP STATISTICS %I', stxname)
FROM pg_statistic_ext AS statistic
WHERE stxnamespace = current_setting('deploy.schema')::REGNAMESPACE
