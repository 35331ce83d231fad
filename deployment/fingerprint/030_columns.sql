-- The columns of tables, and the numbers that sequences give.

WITH attribute AS (
    SELECT
        pg_attribute.*,
        object,
        relation.name AS table_name,
        format('%I', attname) AS name,
        format_type(atttypid, atttypmod)
        || coalesce(' COLLATE ' || nullif(attcollation, typcollation)::REGCOLLATION, '')
            AS full_type,
        nullif(to_jsonb(pg_attribute) ->> 'attstattarget', '-1') AS statistics_target,
        pg_get_expr(adbin, adrelid) AS expression,
        relkind IN ('r', 'p') AS is_tables,
        typstorage
    FROM pg_attribute
    INNER JOIN relation ON attrelid = relation.oid AND relkind IN ('r', 'p', 'v', 'm')
    INNER JOIN pg_type ON atttypid = pg_type.oid
    LEFT JOIN pg_attrdef ON attrelid = adrelid AND attnum = adnum
    WHERE attnum > 0 AND NOT attisdropped
),

sequence AS (
    SELECT
        pg_sequence.*,
        relpersistence,
        seqrelid::REGCLASS::TEXT AS name,
        deptype,
        refobjid::REGCLASS || '.' || quote_ident(attname) AS owner_column,
        CASE deptype
            WHEN 'i' THEN 'table ' || refobjid::REGCLASS ELSE 'sequence ' || seqrelid::REGCLASS
        END AS object,
        CASE deptype WHEN 'i' THEN format('column %I: ', attname) ELSE '' END AS part
    FROM pg_sequence
    INNER JOIN pg_class ON seqrelid = pg_class.oid
    LEFT JOIN pg_depend
        ON
            classid = 'pg_class'::REGCLASS AND objid = seqrelid
            AND refclassid = 'pg_class'::REGCLASS AND refobjsubid > 0 AND deptype IN ('a', 'i')
    LEFT JOIN pg_attribute ON refobjid = attrelid AND refobjsubid = attnum
    WHERE relnamespace = current_setting('deploy.schema')::REGNAMESPACE
)

SELECT
    object,
    'column ' || name || fact.part AS what,
    fact.value,
    fact.make
FROM attribute
CROSS JOIN
    LATERAL (
        VALUES
        (
            '',
            CASE WHEN is_tables THEN coalesce(
                'generated ' || nullif(attgenerated::TEXT, '') || ': ' || expression, ''
            ) END,
            format(
                'ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s %s%s', table_name, name, full_type,
                format(' GENERATED ALWAYS AS (%s) ', expression)
                || CASE attgenerated WHEN 's' THEN 'STORED' WHEN 'v' THEN 'VIRTUAL' END
            )
        ),
        (': type', CASE WHEN is_tables THEN full_type END, NULL),
        (': not null', CASE WHEN attnotnull THEN 'yes' END, NULL),
        (': default', CASE WHEN attgenerated = '' THEN expression END, NULL),
        (': identity', nullif(attidentity::TEXT, ''), NULL),
        (
            ': storage',
            CASE WHEN is_tables OR attstorage <> typstorage THEN attstorage::TEXT END,
            NULL
        ),
        (': compression', nullif(attcompression::TEXT, ''), NULL),
        (': statistics', statistics_target, NULL)
    ) AS fact (part, value, make)

UNION ALL

SELECT
    object,
    'column ' || name || ': option ' || option_name,
    option_value,
    NULL
FROM attribute CROSS JOIN LATERAL pg_options_to_table(attoptions)
WHERE option_name <> 'pg_attver'  -- some builds of 15 number every change of a column so

UNION ALL

SELECT
    object,
    'order of columns',
    string_agg(name, ', ' ORDER BY attnum),
    NULL
FROM attribute WHERE is_tables GROUP BY object

UNION ALL

SELECT
    object,
    fact.what,
    fact.value,
    fact.make
FROM sequence
CROSS JOIN
    LATERAL (
        VALUES
        (
            part || 'numbers',
            format(
                '%s START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s%s',
                seqtypid::REGTYPE, seqstart, seqincrement, seqmin, seqmax, seqcache,
                CASE WHEN seqcycle THEN ' CYCLE' END,
                CASE WHEN relpersistence = 'u' THEN ' UNLOGGED' END
            ),
            format(
                'ALTER SEQUENCE %s AS %s START %s INCREMENT %s'
                ' MINVALUE %s MAXVALUE %s CACHE %s %sCYCLE; ALTER SEQUENCE %s SET %sLOGGED',
                name, seqtypid::REGTYPE, seqstart, seqincrement, seqmin, seqmax, seqcache,
                CASE WHEN NOT seqcycle THEN 'NO ' END,
                name, CASE WHEN relpersistence = 'u' THEN 'UN' END
            )
        ),
        ('owned by', CASE deptype WHEN 'a' THEN owner_column END, NULL)
    ) AS fact (what, value, make)
