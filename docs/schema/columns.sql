-- Columns of tables and views, in their order.

SELECT
    pg_class.relname::TEXT AS relation,
    pg_attribute.attname::TEXT AS name,
    format_type(pg_attribute.atttypid, pg_attribute.atttypmod) AS type,
    pg_attribute.attnotnull AS is_not_null,
    CASE
        WHEN pg_attribute.attidentity <> '' THEN 'identity'
        WHEN pg_attribute.attgenerated <> '' THEN 'generated'
        ELSE pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid)
    END AS default_value,
    col_description(pg_class.oid, pg_attribute.attnum) AS comment
FROM pg_class
INNER JOIN pg_attribute ON pg_class.oid = pg_attribute.attrelid
LEFT JOIN pg_attrdef
    ON pg_attribute.attrelid = pg_attrdef.adrelid AND pg_attribute.attnum = pg_attrdef.adnum
WHERE
    pg_class.relnamespace = current_schema()::REGNAMESPACE
    AND pg_class.relkind IN ('r', 'p', 'v', 'm')
    AND NOT pg_class.relispartition
    AND pg_attribute.attnum > 0
    AND NOT pg_attribute.attisdropped
ORDER BY pg_class.relname, pg_attribute.attnum;
