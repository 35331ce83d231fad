-- Which indexes are of no use, and which one is missing. What enforces a constraint or serves a
-- foreign key is of use, however seldom it is scanned.

CREATE OR REPLACE VIEW monitor_indexes WITH (security_invoker = TRUE) AS
WITH store_tables AS (
    SELECT
        pg_class.oid,
        pg_class.relname,
        pg_class.reltuples
    FROM pg_class
    WHERE
        pg_class.relkind IN ('r', 'm', 'p')
        AND pg_class.relnamespace = (
            SELECT home.relnamespace FROM pg_class AS home
            WHERE home.oid = 'store_settings'::REGCLASS
        )
),

foreign_keys AS (
    SELECT
        pg_constraint.conrelid AS table_oid,
        store_tables.relname AS table_name,
        pg_constraint.conkey AS columns
    FROM pg_constraint
    INNER JOIN store_tables ON pg_constraint.conrelid = store_tables.oid
    WHERE pg_constraint.contype = 'f' AND pg_constraint.conparentid = 0
),

-- A partition's index comes and goes with its parent's, which has no file of its own.
indexes AS (
    SELECT
        pg_index.indexrelid AS index_oid,
        pg_index.indrelid AS table_oid,
        store_tables.relname AS table_name,
        store_tables.reltuples AS table_rows,
        index_class.relname AS index_name,
        pg_index.indisvalid AS is_valid,
        pg_index.indisunique OR pg_index.indisexclusion AS is_constraint,
        pg_index.indpred IS NULL AS is_full,
        pg_index.indkey::SMALLINT[] AS columns,
        coalesce(statistics.idx_scan, 0) AS scans,
        index_class.relpages * current_setting('block_size')::BIGINT AS index_bytes,
        pg_get_indexdef(pg_index.indexrelid) AS definition,
        substring(pg_get_indexdef(pg_index.indexrelid) FROM ' USING .*') AS what_it_holds
    FROM pg_index
    INNER JOIN store_tables ON pg_index.indrelid = store_tables.oid
    INNER JOIN pg_class AS index_class ON pg_index.indexrelid = index_class.oid
    LEFT JOIN pg_stat_all_indexes AS statistics ON pg_index.indexrelid = statistics.indexrelid
    WHERE index_class.relkind = 'i' AND NOT index_class.relispartition
)

SELECT
    indexes.table_name,
    indexes.index_name,
    indexes.scans,
    indexes.index_bytes,
    indexes.definition,
    CASE
        WHEN
            NOT indexes.is_valid AND NOT EXISTS (
                SELECT FROM pg_stat_progress_create_index AS being_built
                WHERE being_built.relid = indexes.table_oid
            ) THEN 'invalid'
        WHEN EXISTS (
            SELECT FROM indexes AS other
            WHERE
                other.table_oid = indexes.table_oid
                AND other.what_it_holds = indexes.what_it_holds
                AND other.is_valid
                -- Of two, the one that enforces something stays, else the older.
                AND (NOT other.is_constraint, other.index_oid)
                < (NOT indexes.is_constraint, indexes.index_oid)
        ) THEN 'duplicate'
        WHEN
            indexes.scans = 0
            AND indexes.table_rows >= 1000
            AND NOT indexes.is_constraint
            AND NOT EXISTS (
                SELECT FROM foreign_keys
                WHERE
                    foreign_keys.table_oid = indexes.table_oid
                    AND indexes.is_full
                    AND indexes.columns[0:cardinality(foreign_keys.columns) - 1]
                    @> foreign_keys.columns
            ) THEN 'unused'
    END AS problem
FROM indexes
UNION ALL
SELECT
    foreign_keys.table_name,
    NULL AS index_name,
    0 AS scans,
    0 AS index_bytes,
    format(
        'CREATE INDEX CONCURRENTLY ON %I (%s)', foreign_keys.table_name,
        (
            SELECT string_agg(quote_ident(pg_attribute.attname), ', ' ORDER BY keys.position)
            FROM unnest(foreign_keys.columns) WITH ORDINALITY AS keys (attnum, position)
            INNER JOIN pg_attribute ON keys.attnum = pg_attribute.attnum
            WHERE pg_attribute.attrelid = foreign_keys.table_oid
        )
    ) AS definition,
    'missing' AS problem
FROM foreign_keys
WHERE
    NOT EXISTS (
        SELECT FROM indexes
        WHERE
            indexes.table_oid = foreign_keys.table_oid
            AND indexes.is_valid
            AND indexes.is_full
            AND indexes.columns[0:cardinality(foreign_keys.columns) - 1] @> foreign_keys.columns
    );
COMMENT ON VIEW monitor_indexes IS
'The store''s indexes, and a row for each that is missing. problem, NULL when there is none:
invalid (a build that failed, and none under way on its table), duplicate (the same as another of
its table, down to operator classes and predicate), unused (not scanned since the statistics were
reset, on a table of 1,000 rows or more, enforcing no constraint and serving no foreign key),
missing (a foreign key that no full, valid index leads with).';
COMMENT ON COLUMN monitor_indexes.index_name IS 'NULL for a missing one.';
COMMENT ON COLUMN monitor_indexes.scans IS 'Since the statistics were reset, on this server alone.';
COMMENT ON COLUMN monitor_indexes.index_bytes IS 'As of the last vacuum or analyze.';
COMMENT ON COLUMN monitor_indexes.definition IS 'What makes it; for a missing one, what would.';
