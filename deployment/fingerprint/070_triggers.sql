-- Triggers and policies of tables and views.

SELECT
    object,
    format('trigger %I%s', tgname, fact.part) AS what,
    fact.value,
    NULL AS make
FROM relation
INNER JOIN pg_trigger ON relation.oid = tgrelid AND NOT tgisinternal
CROSS JOIN
    LATERAL (
        VALUES
        ('', pg_get_triggerdef(pg_trigger.oid, TRUE)),
        (': enabled', tgenabled::TEXT)
    ) AS fact (part, value)

UNION ALL

SELECT
    object,
    format('policy %I', polname),
    concat_ws(
        ' ',
        CASE WHEN polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
        'FOR ' || CASE polcmd
            WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
            WHEN 'd' THEN 'DELETE' ELSE 'ALL'
        END,
        'TO ' || (
            SELECT
                string_agg(
                    CASE role.oid WHEN 0 THEN 'PUBLIC' ELSE role.oid::REGROLE::TEXT END, ', '
                    ORDER BY role.oid
                )
            FROM unnest(polroles) AS role (oid)
        ),
        'USING (' || pg_get_expr(polqual, polrelid) || ')',
        'WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')'
    ),
    NULL
FROM relation
INNER JOIN pg_policy ON relation.oid = polrelid
