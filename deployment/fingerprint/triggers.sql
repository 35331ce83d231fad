-- Triggers and policies of tables and views.

SELECT
    object,
    format('trigger %I%s', tgname, fact.part) AS what,
    fact.value,
    fact.make,
    fact.unmake
FROM relation
INNER JOIN pg_trigger ON relation.oid = tgrelid AND NOT tgisinternal
CROSS JOIN LATERAL (SELECT pg_get_triggerdef(pg_trigger.oid, TRUE)) AS whole (text)
CROSS JOIN
    LATERAL (
        VALUES
        ('', whole.text, whole.text, format('DROP TRIGGER %I ON %s', tgname, name)),
        (
            ': enabled', tgenabled::TEXT,
            format('ALTER TABLE %s %s TRIGGER %I', name, CASE tgenabled
                WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS'
                ELSE 'ENABLE'
            END, tgname),
            NULL
        )
    ) AS fact (part, value, make, unmake)

UNION ALL

SELECT
    object,
    format('policy %I', polname),
    rule.text,
    format('CREATE POLICY %I ON %s %s', polname, name, rule.text),
    format('DROP POLICY %I ON %s', polname, name)
FROM relation
INNER JOIN pg_policy ON relation.oid = polrelid
CROSS JOIN LATERAL (
    SELECT concat_ws(
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
    ) AS text
) AS rule
