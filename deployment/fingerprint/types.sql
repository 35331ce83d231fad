-- Enumerations, domains, composite types and ranges.

SELECT
    'type ' || type.oid::REGTYPE::TEXT AS object,
    'itself' AS what,
    body.text AS value,
    format('CREATE %s %s %s', body.kind, type.oid::REGTYPE, body.text) AS make,
    NULL AS unmake
FROM pg_type AS type
CROSS JOIN
    LATERAL (
        SELECT
            CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS kind,
            CASE typtype
                WHEN 'e'
                    THEN
                        'AS ENUM (' || (
                            SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                            FROM pg_enum WHERE enumtypid = type.oid
                        ) || ')'
                WHEN 'd' THEN 'AS ' || format_type(typbasetype, typtypmod)
                WHEN 'c'
                    THEN
                        'AS (' || (
                            SELECT
                                string_agg(
                                    format('%I %s', attname, format_type(atttypid, atttypmod)),
                                    ', ' ORDER BY attnum
                                )
                            FROM pg_attribute
                            WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped
                        ) || ')'
                WHEN 'r' THEN 'AS RANGE (SUBTYPE = ' || (
                    SELECT rngsubtype::REGTYPE::TEXT FROM pg_range WHERE rngtypid = type.oid
                ) || ')'
            END AS text
    ) AS body
WHERE
    typnamespace = current_setting('deploy.schema')::REGNAMESPACE AND (
        typtype IN ('e', 'd', 'r')
        OR typtype = 'c' AND (SELECT relkind FROM pg_class WHERE pg_class.oid = typrelid) = 'c'
    )

UNION ALL

SELECT
    'type ' || oid::REGTYPE::TEXT,
    'base type',
    concat_ws(' ', format_type(typbasetype, typtypmod), typcollation::REGCOLLATION),
    NULL,
    NULL
FROM pg_type
WHERE typnamespace = current_setting('deploy.schema')::REGNAMESPACE AND typtype = 'd'

UNION ALL

SELECT
    'type ' || oid::REGTYPE::TEXT,
    'default',
    typdefault,
    format('ALTER DOMAIN %s SET DEFAULT %s', oid::REGTYPE, typdefault),
    format('ALTER DOMAIN %s DROP DEFAULT', oid::REGTYPE)
FROM pg_type
WHERE
    typnamespace = current_setting('deploy.schema')::REGNAMESPACE
    AND typtype = 'd'
    AND typdefault IS NOT NULL

UNION ALL

SELECT
    'type ' || oid::REGTYPE::TEXT,
    'not null',
    'yes',
    format('ALTER DOMAIN %s SET NOT NULL', oid::REGTYPE),
    format('ALTER DOMAIN %s DROP NOT NULL', oid::REGTYPE)
FROM pg_type
WHERE typnamespace = current_setting('deploy.schema')::REGNAMESPACE AND typtype = 'd' AND typnotnull

UNION ALL

SELECT
    'type ' || contypid::REGTYPE::TEXT,
    'constraint ' || quote_ident(conname),
    pg_get_constraintdef(pg_constraint.oid),
    format(
        'ALTER DOMAIN %s ADD CONSTRAINT %I %s', contypid::REGTYPE, conname,
        pg_get_constraintdef(pg_constraint.oid)
    ),
    format('ALTER DOMAIN %s DROP CONSTRAINT %I', contypid::REGTYPE, conname)
FROM pg_constraint INNER JOIN pg_type ON contypid = pg_type.oid
WHERE typnamespace = current_setting('deploy.schema')::REGNAMESPACE AND contype = 'c'
