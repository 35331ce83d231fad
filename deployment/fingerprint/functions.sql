-- Functions and procedures, whole: arguments, body and settings.

SELECT
    kind.name || ' ' || oid::REGPROCEDURE AS object,
    fact.what,
    fact.value,
    fact.make,
    NULL AS unmake
FROM pg_proc
CROSS JOIN
    LATERAL (
        SELECT CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END
    ) AS kind (name)
CROSS JOIN
    LATERAL (
        SELECT CASE WHEN prokind <> 'a' THEN pg_get_functiondef(oid) END
    ) AS whole (text)
CROSS JOIN
    LATERAL (
        VALUES
        (
            'definition',
            coalesce(
                whole.text,
                (SELECT to_jsonb(pg_aggregate)::TEXT FROM pg_aggregate WHERE aggfnoid = pg_proc.oid)
            ),
            whole.text
        ),
        -- A new function is everybody's until that is revoked.
        (
            'columns',
            concat_ws(' ', pg_get_function_arguments(oid), '->', pg_get_function_result(oid)),
            format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', oid::REGPROCEDURE)
        )
    ) AS fact (what, value, make)
WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE
