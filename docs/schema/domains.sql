-- The store's own types of columns: what they are made of, what they are for, what they check.

SELECT
    pg_type.typname::TEXT AS name,
    format_type(pg_type.typbasetype, pg_type.typtypmod) AS base_type,
    obj_description(pg_type.oid, 'pg_type') AS comment,
    (
        SELECT coalesce(array_agg(pg_constraint.conname::TEXT ORDER BY pg_constraint.conname), '{}')
        FROM pg_constraint
        WHERE pg_constraint.contypid = pg_type.oid AND pg_constraint.contype = 'c'
    ) AS checks
FROM pg_type
WHERE pg_type.typnamespace = current_schema()::REGNAMESPACE AND pg_type.typtype = 'd'
ORDER BY pg_type.typname COLLATE "C";
