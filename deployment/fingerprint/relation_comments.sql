-- Comments on tables, views and sequences, and on their columns.

SELECT
    kind.name || ' ' || pg_class.oid::REGCLASS::TEXT AS object,
    CASE WHEN attnum > 0 THEN format('column %I: ', attname) ELSE '' END || 'comment' AS what,
    description AS value,
    format('COMMENT ON %s IS %L', place.named, description) AS make,
    format('COMMENT ON %s IS NULL', place.named) AS unmake
FROM pg_class
INNER JOIN pg_description
    ON pg_description.classoid = 'pg_class'::REGCLASS AND pg_class.oid = pg_description.objoid
LEFT JOIN pg_attribute
    ON pg_class.oid = attrelid AND pg_description.objsubid = attnum AND attnum > 0
CROSS JOIN
    LATERAL (
        SELECT CASE relkind
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            ELSE 'table'
        END AS name
    ) AS kind
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN attnum > 0 THEN format('COLUMN %s.%I', pg_class.oid::REGCLASS, attname)
                ELSE upper(kind.name) || ' ' || pg_class.oid::REGCLASS::TEXT
            END AS named
    ) AS place
WHERE
    relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
    AND relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE
            classid = 'pg_class'::REGCLASS AND objid = pg_class.oid AND deptype IN ('i', 'e')
            AND refobjid <> objid  -- as a partitioned table depends on its key
    )
