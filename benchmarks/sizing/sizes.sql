-- What each table of the store takes: its rows and what belongs to them, and its indexes. A
-- partition counts for its table.

SELECT
    coalesce(pg_inherits.inhparent, pg_class.oid)::REGCLASS::TEXT AS table_name,
    sum(pg_table_size(pg_class.oid))::BIGINT AS table_bytes,
    sum(pg_indexes_size(pg_class.oid))::BIGINT AS index_bytes
FROM pg_class
LEFT JOIN pg_inherits ON pg_class.oid = pg_inherits.inhrelid
WHERE pg_class.relnamespace = current_schema()::REGNAMESPACE AND pg_class.relkind IN ('r', 'm')
GROUP BY 1;
