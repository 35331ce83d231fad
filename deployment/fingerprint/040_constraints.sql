-- Constraints of tables: what they say, whether they hold for old rows, and whether they are on.

SELECT
    object,
    format('constraint %I%s', conname, fact.part) AS what,
    fact.value,
    fact.make
FROM pg_constraint
INNER JOIN relation ON conrelid = relation.oid
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
        ('', CASE WHEN contype <> 'n' THEN pg_get_constraintdef(pg_constraint.oid, TRUE) END, NULL),
        (': triggers', enforced.state, enforced.enable),
        -- Since 18 a NOT NULL may be promised for new rows only.
        (': not valid', CASE WHEN contype = 'n' AND NOT convalidated THEN 'yes' END, NULL)
    ) AS fact (part, value, make)
WHERE
    contype IN ('c', 'f', 'n', 'p', 'u', 'x') AND conparentid = 0
