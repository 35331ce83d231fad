-- Functions and procedures, whole: arguments, body and settings.

SELECT
    object,
    fact.what,
    fact.value,
    fact.make
FROM routine
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
                (
                    SELECT
                        (
                            to_jsonb(pg_aggregate) || jsonb_build_object(
                                'aggtranstype', aggtranstype::REGTYPE,
                                'aggmtranstype', aggmtranstype::REGTYPE,
                                'aggsortop', aggsortop::REGOPERATOR,
                                'proparallel', proparallel
                            )
                        )::TEXT
                    FROM pg_aggregate WHERE aggfnoid = routine.oid
                )
            ),
            whole.text
        ),
        -- A new function is everybody's until that is revoked.
        (
            'columns',
            concat_ws(' ', pg_get_function_arguments(oid), '->', pg_get_function_result(oid)),
            format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', name)
        )
    ) AS fact (what, value, make)
