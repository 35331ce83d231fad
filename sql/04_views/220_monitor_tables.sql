-- Is vacuum keeping up? Sizes come from the catalog, not from the files: reading those would wait
-- for whoever has a table locked, at the very moment one looks here.

CREATE OR REPLACE VIEW monitor_tables WITH (security_invoker = TRUE) AS
WITH store_tables AS (
    SELECT
        tables.oid,
        tables.relname,
        tables.reltoastrelid,
        tables.relpages,
        toast.relpages AS toast_pages,
        greatest(age(tables.relfrozenxid), age(toast.relfrozenxid)) AS transaction_age
    FROM pg_class AS tables
    LEFT JOIN pg_class AS toast ON tables.reltoastrelid = toast.oid
    WHERE
        tables.relkind IN ('r', 'm')
        AND tables.relnamespace = (
            SELECT home.relnamespace FROM pg_class AS home
            WHERE home.oid = 'store_settings'::REGCLASS
        )
),

index_pages AS (
    SELECT
        store_tables.oid,
        sum(pg_class.relpages) AS pages
    FROM store_tables
    INNER JOIN pg_index ON pg_index.indrelid IN (store_tables.oid, store_tables.reltoastrelid)
    INNER JOIN pg_class ON pg_index.indexrelid = pg_class.oid
    GROUP BY store_tables.oid
),

figures AS (
    SELECT
        store_tables.relname AS table_name,
        statistics.n_live_tup AS live_rows,
        statistics.n_dead_tup AS dead_rows,
        statistics.n_mod_since_analyze AS changed_rows,
        store_tables.transaction_age,
        round(
            statistics.n_dead_tup * 100.0
            / nullif(statistics.n_live_tup + statistics.n_dead_tup, 0), 2
        ) AS dead_pct,
        (
            store_tables.relpages + coalesce(store_tables.toast_pages, 0)
            + coalesce(index_pages.pages, 0)
        ) * current_setting('block_size')::BIGINT AS total_bytes,
        greatest(statistics.last_vacuum, statistics.last_autovacuum) AS last_vacuum_at,
        greatest(statistics.last_analyze, statistics.last_autoanalyze) AS last_analyze_at
    FROM store_tables
    INNER JOIN pg_stat_all_tables AS statistics ON store_tables.oid = statistics.relid
    LEFT JOIN index_pages ON store_tables.oid = index_pages.oid
)

SELECT
    table_name,
    live_rows,
    dead_rows,
    dead_pct,
    total_bytes,
    last_vacuum_at,
    last_analyze_at,
    transaction_age,
    nullif(concat_ws(
        ', ',
        CASE WHEN dead_rows >= 1000 AND dead_pct >= 20 THEN 'dead rows' END,
        CASE
            WHEN changed_rows >= 1000 AND changed_rows >= 0.2 * live_rows THEN 'stale statistics'
        END,
        CASE
            WHEN transaction_age > current_setting('autovacuum_freeze_max_age')::INT
                THEN 'freeze overdue'
        END
    ), '') AS problem
FROM figures;
COMMENT ON VIEW monitor_tables IS
'The store''s tables, partitions and materialised views. problem, NULL when there is none, lists:
dead rows (1,000 or more, and 20 % or more of all), stale statistics (1,000 or more rows changed
since the last analyze, and 20 % or more of all), freeze overdue (transaction_age beyond
autovacuum_freeze_max_age).';
COMMENT ON COLUMN monitor_tables.live_rows IS 'Estimate.';
COMMENT ON COLUMN monitor_tables.dead_rows IS 'Estimate of versions that vacuum has yet to remove.';
COMMENT ON COLUMN monitor_tables.dead_pct IS 'dead_rows of all, per cent; NULL when empty.';
COMMENT ON COLUMN monitor_tables.total_bytes IS
'With indexes and TOAST, as of the last vacuum or analyze.';
COMMENT ON COLUMN monitor_tables.last_vacuum_at IS 'By hand or by autovacuum; NULL = never.';
COMMENT ON COLUMN monitor_tables.last_analyze_at IS 'By hand or by autovacuum; NULL = never.';
COMMENT ON COLUMN monitor_tables.transaction_age IS
'Transactions since its oldest unfrozen one; the server stops writing near 2,000,000,000.';
