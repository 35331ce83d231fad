-- Enumerations, domains, composite types and ranges.

SELECT
    object,
    fact.what,
    fact.value,
    fact.make
FROM named_type AS type
CROSS JOIN
    LATERAL (
        SELECT
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
        (
            'itself', said.body,
            concat_ws(
                ' ', 'CREATE', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, name, said.body
            )
        ),
        (
            'base type', CASE WHEN typtype = 'd' THEN concat_ws(
                ' ', format_type(typbasetype, typtypmod), typcollation::REGCOLLATION
            ) END, NULL
        ),
        ('default', CASE WHEN typtype = 'd' THEN typdefault END, NULL),
        ('not null', CASE WHEN typtype = 'd' AND typnotnull THEN 'yes' END, NULL)
    ) AS fact (what, value, make)

UNION ALL

SELECT
    object,
    format('constraint %I', conname),
    pg_get_constraintdef(pg_constraint.oid),
    NULL
FROM pg_constraint
INNER JOIN named_type ON contypid = named_type.oid
WHERE contype = 'c'
