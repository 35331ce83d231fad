-- Keys, foreign keys, CHECKs and exclusions, and unique indexes that are no constraint. NOT NULL is
-- left out: since 18 it is a constraint too, and the columns tell it anyway. Rules of a domain over
-- several of a table's columns, which a CHECK of the table casts them to, are the table's.

SELECT
    pg_class.relname::TEXT AS relation,
    pg_constraint.conname::TEXT AS name,
    pg_constraint.contype::TEXT AS kind,
    referenced.relname::TEXT AS referenced_table,
    NULL AS condition,
    ARRAY(
        SELECT pg_attribute.attname::TEXT
        FROM unnest(pg_constraint.conkey) WITH ORDINALITY AS keys (attnum, place)
        INNER JOIN pg_attribute
            ON
                pg_constraint.conrelid = pg_attribute.attrelid
                AND keys.attnum = pg_attribute.attnum
        ORDER BY keys.place
    ) AS columns
FROM pg_constraint
INNER JOIN pg_class ON pg_constraint.conrelid = pg_class.oid
LEFT JOIN pg_class AS referenced ON pg_constraint.confrelid = referenced.oid
WHERE
    pg_class.relnamespace = current_schema()::REGNAMESPACE
    AND NOT pg_class.relispartition
    AND pg_constraint.contype IN ('p', 'u', 'f', 'c', 'x')
UNION ALL
SELECT
    pg_class.relname::TEXT AS relation,
    index_class.relname::TEXT AS name,
    'u' AS kind,
    NULL AS referenced_table,
    pg_get_expr(pg_index.indpred, pg_index.indrelid) AS condition,
    ARRAY(
        SELECT pg_get_indexdef(pg_index.indexrelid, place, FALSE)
        FROM generate_series(1, pg_index.indnkeyatts) AS place
        ORDER BY place
    ) AS columns
FROM pg_index
INNER JOIN pg_class ON pg_index.indrelid = pg_class.oid
INNER JOIN pg_class AS index_class ON pg_index.indexrelid = index_class.oid
WHERE
    pg_class.relnamespace = current_schema()::REGNAMESPACE
    AND pg_class.relkind IN ('r', 'p')
    AND NOT pg_class.relispartition
    AND pg_index.indisunique
    AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE pg_constraint.conindid = pg_index.indexrelid
    )
ORDER BY relation, name;
