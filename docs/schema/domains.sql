-- The store's own types of columns: what they are made of, and what they are for.

SELECT
    pg_type.typname::TEXT AS name,
    format_type(pg_type.typbasetype, pg_type.typtypmod) AS base_type,
    obj_description(pg_type.oid, 'pg_type') AS comment
FROM pg_type
WHERE pg_type.typnamespace = current_schema()::REGNAMESPACE AND pg_type.typtype = 'd'
ORDER BY pg_type.typname COLLATE "C";
