-- The columns of tables, and the numbers that sequences give.

WITH attribute AS (
    SELECT
        pg_attribute.*,
        attrelid::REGCLASS::TEXT AS table_name,
        format('%I', attname) AS name,
        format_type(atttypid, atttypmod) || CASE
            WHEN attcollation <> (SELECT typcollation FROM pg_type WHERE pg_type.oid = atttypid)
                THEN ' COLLATE ' || attcollation::REGCOLLATION::TEXT
            ELSE ''
        END AS full_type,
        pg_get_expr(adbin, adrelid) AS expression
    FROM pg_attribute
    INNER JOIN pg_class ON attrelid = pg_class.oid
    LEFT JOIN pg_attrdef ON attrelid = adrelid AND attnum = adnum
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND relkind IN ('r', 'p')
        AND NOT relispartition AND attnum > 0 AND NOT attisdropped
),

sequence AS (
    SELECT
        pg_sequence.*,
        seqrelid::REGCLASS::TEXT AS name,
        refobjid::REGCLASS::TEXT AS table_name,
        (
            SELECT attname FROM pg_attribute
            WHERE attrelid = refobjid AND attnum = refobjsubid
        ) AS column_name,
        deptype
    FROM pg_sequence
    INNER JOIN pg_class ON seqrelid = pg_class.oid
    LEFT JOIN pg_depend
        ON
            classid = 'pg_class'::REGCLASS AND objid = seqrelid
            AND refclassid = 'pg_class'::REGCLASS AND refobjsubid > 0 AND deptype IN ('a', 'i')
    WHERE relnamespace = current_setting('deploy.schema')::REGNAMESPACE
)

SELECT
    'table ' || table_name AS object,
    'column ' || name AS what,
    CASE
        WHEN attgenerated <> '' THEN 'generated ' || attgenerated::TEXT || ': ' || expression ELSE
            ''
    END
        AS value,
    format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s %s', table_name, name, full_type)
    || CASE attgenerated
        WHEN 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', expression)
        WHEN 'v' THEN format(' GENERATED ALWAYS AS (%s) VIRTUAL', expression)
        ELSE ''
    END AS make,
    format('ALTER TABLE %s DROP COLUMN %s', table_name, name) AS unmake
FROM attribute

UNION ALL

SELECT
    'table ' || table_name,
    'order of columns',
    string_agg(name, ', ' ORDER BY attnum),
    NULL,
    NULL
FROM attribute GROUP BY table_name

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': type',
    full_type,
    format('ALTER TABLE %s ALTER COLUMN %s TYPE %s', table_name, name, full_type),
    NULL
FROM attribute

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': not null',
    'yes',
    format('ALTER TABLE %s ALTER COLUMN %s SET NOT NULL', table_name, name),
    format('ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL', table_name, name)
FROM attribute WHERE attnotnull

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': default',
    expression,
    format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s', table_name, name, expression),
    format('ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT', table_name, name)
FROM attribute WHERE attgenerated = '' AND expression IS NOT NULL

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': identity',
    attidentity::TEXT,
    format(
        'ALTER TABLE %s ALTER COLUMN %s ADD GENERATED %s AS IDENTITY', table_name, name,
        CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
    ),
    format('ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY', table_name, name)
FROM attribute WHERE attidentity <> ''

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': storage',
    attstorage::TEXT,
    format(
        'ALTER TABLE %s ALTER COLUMN %s SET STORAGE %s', table_name, name,
        CASE attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED'
        END
    ),
    NULL
FROM attribute

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': compression',
    attcompression::TEXT,
    format(
        'ALTER TABLE %s ALTER COLUMN %s SET COMPRESSION %s', table_name, name,
        CASE attcompression WHEN 'p' THEN 'pglz' ELSE 'lz4' END
    ),
    format('ALTER TABLE %s ALTER COLUMN %s SET COMPRESSION DEFAULT', table_name, name)
FROM attribute WHERE attcompression <> ''

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': statistics',
    to_jsonb(attribute) ->> 'attstattarget',
    format(
        'ALTER TABLE %s ALTER COLUMN %s SET STATISTICS %s', table_name, name,
        to_jsonb(attribute) ->> 'attstattarget'
    ),
    format('ALTER TABLE %s ALTER COLUMN %s SET STATISTICS -1', table_name, name)
FROM attribute WHERE (to_jsonb(attribute) ->> 'attstattarget')::INT >= 0

UNION ALL

SELECT
    'table ' || table_name,
    'column ' || name || ': option ' || option_name,
    option_value,
    format(
        'ALTER TABLE %s ALTER COLUMN %s SET (%s = %s)', table_name, name, option_name, option_value
    ),
    format('ALTER TABLE %s ALTER COLUMN %s RESET (%s)', table_name, name, option_name)
FROM attribute CROSS JOIN LATERAL pg_options_to_table(attoptions)
WHERE option_name <> 'pg_attver'  -- some builds of 15 number every change of a column so

UNION ALL

SELECT
    CASE WHEN deptype = 'i' THEN 'table ' || table_name ELSE 'sequence ' || name END,
    CASE
        WHEN deptype = 'i' THEN 'column ' || quote_ident(column_name) || ': numbers' ELSE 'numbers'
    END,
    format(
        '%s START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s', seqtypid::REGTYPE, seqstart,
        seqincrement, seqmin, seqmax, seqcache, CASE WHEN seqcycle THEN ' CYCLE' END
    ),
    format(
        'ALTER SEQUENCE %s AS %s START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s %sCYCLE',
        name, seqtypid::REGTYPE, seqstart, seqincrement, seqmin, seqmax, seqcache,
        CASE WHEN seqcycle THEN '' ELSE 'NO ' END
    ),
    NULL
FROM sequence

UNION ALL

SELECT
    'sequence ' || name,
    'owned by',
    format('%s.%I', table_name, column_name),
    format('ALTER SEQUENCE %s OWNED BY %s.%I', name, table_name, column_name),
    format('ALTER SEQUENCE %s OWNED BY NONE', name)
FROM sequence WHERE deptype = 'a'
