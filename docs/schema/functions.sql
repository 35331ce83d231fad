-- Functions, with the group roles that may call each, and the file of each. Trigger functions are
-- told with their tables.

WITH made_objects AS (
    SELECT
        made.name AS object_name,
        format('%s/%s', deployed_files.directory, deployed_files.file) AS source_file
    FROM deployed_files
    CROSS JOIN LATERAL jsonb_object_keys(deployed_files.objects) AS made (name)
)

SELECT
    pg_proc.proname::TEXT AS name,
    pg_get_function_arguments(pg_proc.oid) AS arguments,
    pg_get_function_result(pg_proc.oid) AS result,
    obj_description(pg_proc.oid, 'pg_proc') AS comment,
    made_objects.source_file,
    ARRAY(
        SELECT pg_roles.rolname::TEXT
        FROM aclexplode(pg_proc.proacl) AS rights
        INNER JOIN pg_roles ON rights.grantee = pg_roles.oid
        WHERE
            rights.privilege_type = 'EXECUTE'
            AND pg_roles.rolname IN (
                'shop_customer', 'shop_staff', 'shop_analyst', 'shop_auditor', 'pg_monitor'
            )
        ORDER BY pg_roles.rolname
    ) AS roles
FROM pg_proc
LEFT JOIN made_objects
    ON made_objects.object_name LIKE format('function %s(%%', pg_proc.proname)
WHERE
    pg_proc.pronamespace = current_schema()::REGNAMESPACE
    AND pg_proc.prorettype <> 'TRIGGER'::REGTYPE
ORDER BY pg_proc.proname;
