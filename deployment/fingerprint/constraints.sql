-- Constraints of tables: what they say, whether they hold for old rows, and whether they are on.

SELECT
    'table ' || conrelid::REGCLASS::TEXT AS object,
    'constraint ' || quote_ident(conname) AS what,
    rule.text AS value,
    format(
        'ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::REGCLASS, conname, rule.text
    ) AS make,
    format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::REGCLASS, conname) AS unmake
FROM pg_constraint
INNER JOIN pg_class ON conrelid = pg_class.oid
CROSS JOIN
    LATERAL unnest(ARRAY[pg_get_constraintdef(pg_constraint.oid, TRUE)]) AS rule (text)
WHERE
    relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
    AND contype IN ('c', 'f', 'p', 'u', 'x') AND conparentid = 0

UNION ALL

SELECT
    'table ' || conrelid::REGCLASS::TEXT,
    'constraint ' || quote_ident(conname) || ': triggers',
    string_agg(DISTINCT tgenabled::TEXT, '' ORDER BY tgenabled::TEXT),
    string_agg(DISTINCT format('ALTER TABLE %s ENABLE TRIGGER ALL', tgrelid::REGCLASS), '; '),
    NULL
FROM pg_constraint
INNER JOIN pg_class ON conrelid = pg_class.oid
INNER JOIN pg_trigger ON pg_constraint.oid = tgconstraint AND tgisinternal
WHERE
    relnamespace = current_setting('deploy.schema')::REGNAMESPACE
    AND NOT relispartition
    AND conparentid = 0
GROUP BY conrelid, conname

UNION ALL

-- Since 18 a NOT NULL may be promised for new rows only.
SELECT
    'table ' || conrelid::REGCLASS::TEXT,
    'constraint ' || quote_ident(conname) || ': not valid',
    'yes',
    NULL,
    format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::REGCLASS, conname)
FROM pg_constraint INNER JOIN pg_class ON conrelid = pg_class.oid
WHERE
    relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
    AND contype = 'n' AND NOT convalidated
