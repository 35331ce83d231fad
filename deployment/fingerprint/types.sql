-- Enumerations, domains, composite types and ranges.

SELECT
    object,
    fact.what,
    fact.value,
    fact.make,
    fact.unmake
FROM named_type AS type
CROSS JOIN
    LATERAL (
        SELECT
            CASE typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || type.name AS name,
            CASE typtype
                WHEN 'd' THEN 'AS ' || format_type(typbasetype, typtypmod)
                WHEN 'e'
                    THEN
                        format('AS ENUM (%s)', (
                            SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                            FROM pg_enum WHERE enumtypid = type.oid
                        ))
                WHEN 'c'
                    THEN
                        format('AS (%s)', (
                            SELECT
                                string_agg(
                                    format('%I %s', attname, format_type(atttypid, atttypmod)),
                                    ', ' ORDER BY attnum
                                )
                            FROM pg_attribute
                            WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped
                        ))
                WHEN 'r' THEN format('AS RANGE (SUBTYPE = %s)', (
                    SELECT rngsubtype::REGTYPE FROM pg_range WHERE rngtypid = type.oid
                ))
            END AS body
    ) AS said
CROSS JOIN
    LATERAL (
        VALUES
        ('itself', said.body, format('CREATE %s %s', said.name, said.body), NULL),
        (
            'base type', CASE WHEN typtype = 'd' THEN concat_ws(
                ' ', format_type(typbasetype, typtypmod), typcollation::REGCOLLATION
            ) END, NULL, NULL
        ),
        (
            'default', CASE WHEN typtype = 'd' THEN typdefault END,
            format('ALTER %s SET DEFAULT %s', said.name, typdefault),
            format('ALTER %s DROP DEFAULT', said.name)
        ),
        (
            'not null', CASE WHEN typtype = 'd' AND typnotnull THEN 'yes' END,
            format('ALTER %s SET NOT NULL', said.name), format('ALTER %s DROP NOT NULL', said.name)
        )
    ) AS fact (what, value, make, unmake)

UNION ALL

SELECT
    object,
    format('constraint %I', conname),
    rule.text,
    format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', name, conname, rule.text),
    format('ALTER DOMAIN %s DROP CONSTRAINT %I', name, conname)
FROM pg_constraint
INNER JOIN named_type ON contypid = named_type.oid
CROSS JOIN LATERAL (SELECT pg_get_constraintdef(pg_constraint.oid)) AS rule (text)
WHERE contype = 'c'
