-- Tables and views, each with its comment and the file that makes it.

WITH made_objects AS (
    SELECT
        made.name AS object_name,
        format('%s/%s', deployed_files.directory, deployed_files.file) AS source_file
    FROM deployed_files
    CROSS JOIN LATERAL jsonb_object_keys(deployed_files.objects) AS made (name)
)

SELECT
    pg_class.relname::TEXT AS name,
    pg_class.relkind IN ('v', 'm') AS is_view,
    pg_class.relrowsecurity AS has_row_security,
    obj_description(pg_class.oid, 'pg_class') AS comment,
    made_objects.source_file
FROM pg_class
LEFT JOIN made_objects
    ON made_objects.object_name = format(
        '%s %s',
        CASE pg_class.relkind
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table'
        END,
        pg_class.relname
    )
WHERE
    pg_class.relnamespace = current_schema()::REGNAMESPACE
    AND pg_class.relkind IN ('r', 'p', 'v', 'm')
    AND NOT pg_class.relispartition
ORDER BY made_objects.source_file, pg_class.relname;
