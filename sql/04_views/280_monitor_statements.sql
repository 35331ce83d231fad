-- Which statements take the time. Two answers at once: what is slow each time, and what costs most
-- in sum, which is often a fast one.

CREATE OR REPLACE VIEW monitor_statements WITH (security_invoker = TRUE) AS
SELECT
    query,
    calls,
    round(total_ms, 2) AS total_ms,
    round(total_ms / nullif(calls, 0), 2) AS mean_ms,
    round(max_ms, 2) AS max_ms,
    round(total_ms * 100 / nullif(sum(total_ms) OVER (), 0), 2) AS share_pct,
    row_count,
    round(blocks_hit * 100.0 / nullif(blocks_hit + blocks_read, 0), 2) AS cache_hit_pct,
    CASE WHEN total_ms >= 100 * calls THEN 'slow' END AS problem
FROM statement_statistics();
COMMENT ON VIEW monitor_statements IS
'Statements run in this database since pg_stat_statements was reset; empty without it (it needs
shared_preload_libraries and CREATE EXTENSION). problem, NULL when there is none: slow (100 ms or
more on average).';
COMMENT ON COLUMN monitor_statements.query IS 'With its constants replaced.';
COMMENT ON COLUMN monitor_statements.total_ms IS 'Milliseconds of execution in all.';
COMMENT ON COLUMN monitor_statements.share_pct IS 'Of all execution time of this database.';
COMMENT ON COLUMN monitor_statements.row_count IS 'Rows returned or changed in all.';
COMMENT ON COLUMN monitor_statements.cache_hit_pct IS
'Blocks found in shared buffers, per cent; NULL where it read none.';
