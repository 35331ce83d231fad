-- Constraints of tables: what they say, whether they hold for old rows, and whether they are on.

SELECT
    object,
    format('constraint %I%s', conname, fact.part) AS what,
    fact.value,
    fact.make,
    fact.unmake
FROM pg_constraint
INNER JOIN relation ON conrelid = relation.oid
CROSS JOIN LATERAL (SELECT pg_get_constraintdef(pg_constraint.oid, TRUE)) AS rule (text)
CROSS JOIN
    LATERAL (
        SELECT
            string_agg(DISTINCT tgenabled::TEXT, '' ORDER BY tgenabled::TEXT),
            string_agg(
                DISTINCT format('ALTER TABLE %s ENABLE TRIGGER ALL', tgrelid::REGCLASS), '; '
            )
        FROM pg_trigger WHERE tgconstraint = pg_constraint.oid AND tgisinternal
    ) AS enforced (state, enable)
CROSS JOIN
    LATERAL (
        VALUES
        (
            '', CASE WHEN contype <> 'n' THEN rule.text END,
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::REGCLASS, conname, rule.text),
            format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::REGCLASS, conname)
        ),
        (': triggers', enforced.state, enforced.enable, NULL),
        -- Since 18 a NOT NULL may be promised for new rows only.
        (
            ': not valid', CASE WHEN contype = 'n' AND NOT convalidated THEN 'yes' END, NULL,
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::REGCLASS, conname)
        )
    ) AS fact (part, value, make, unmake)
WHERE
    contype IN ('c', 'f', 'n', 'p', 'u', 'x') AND conparentid = 0
