-- Functions and procedures, whole: arguments, body and settings.

SELECT
    CASE prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
    || oid::REGPROCEDURE::TEXT AS object,
    'definition' AS what,
    coalesce(
        whole.text,
        (SELECT to_jsonb(pg_aggregate)::TEXT FROM pg_aggregate WHERE aggfnoid = pg_proc.oid)
    ) AS value,
    whole.text AS make,
    NULL AS unmake
FROM pg_proc
CROSS JOIN
    LATERAL unnest(
        ARRAY[CASE WHEN prokind <> 'a' THEN pg_get_functiondef(oid) END]
    ) AS whole (text)
WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE

UNION ALL

-- A new function is everybody's until that is revoked.
SELECT
    CASE prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
    || oid::REGPROCEDURE::TEXT,
    'columns',
    concat_ws(' ', pg_get_function_arguments(oid), '->', pg_get_function_result(oid)),
    format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', oid::REGPROCEDURE),
    NULL
FROM pg_proc WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE
