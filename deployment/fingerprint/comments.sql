-- Comments on functions, types and the schema, and on the parts of tables; those on relations stand
-- in relation_comments.sql.

WITH item AS (
    SELECT
        'pg_proc'::REGCLASS::OID AS classid,
        oid AS objid,
        kind.name || ' ' || oid::REGPROCEDURE::TEXT AS object,
        '' AS part,
        upper(kind.name) || ' ' || oid::REGPROCEDURE::TEXT AS named
    FROM pg_proc
    CROSS JOIN
        LATERAL (
            SELECT
                CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END
                    AS name
        ) AS kind
    WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE
    UNION ALL
    SELECT
        'pg_type'::REGCLASS,
        oid,
        'type ' || oid::REGTYPE::TEXT,
        '',
        'TYPE ' || oid::REGTYPE::TEXT
    FROM pg_type
    WHERE
        typnamespace = current_setting('deploy.schema')::REGNAMESPACE AND (
            typtype IN ('e', 'd', 'r')
            OR typtype = 'c' AND (SELECT relkind FROM pg_class WHERE pg_class.oid = typrelid) = 'c'
        )
    UNION ALL
    SELECT
        'pg_namespace'::REGCLASS,
        oid,
        'schema',
        '',
        'SCHEMA ' || oid::REGNAMESPACE::TEXT
    FROM pg_namespace WHERE oid = current_setting('deploy.schema')::REGNAMESPACE
    UNION ALL
    SELECT
        part.classid,
        part.oid,
        'table ' || part.table_id::REGCLASS::TEXT,
        lower(part.kind) || format(' %I: ', part.name),
        part.kind || format(' %I', part.name) || CASE part.kind
            WHEN 'INDEX' THEN '' ELSE ' ON ' || part.table_id::REGCLASS::TEXT
        END
    FROM (
        SELECT
            'pg_constraint'::REGCLASS AS classid,
            oid,
            conrelid AS table_id,
            conname AS name,
            'CONSTRAINT' AS kind
        FROM pg_constraint WHERE conrelid <> 0
        UNION ALL
        SELECT
            'pg_trigger'::REGCLASS,
            oid,
            tgrelid,
            tgname,
            'TRIGGER'
        FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT
            'pg_policy'::REGCLASS,
            oid,
            polrelid,
            polname,
            'POLICY'
        FROM pg_policy
        UNION ALL
        SELECT
            'pg_class'::REGCLASS,
            indexrelid,
            indrelid,
            relname,
            'INDEX'
        FROM pg_index INNER JOIN pg_class ON indexrelid = pg_class.oid
    ) AS part
    INNER JOIN pg_class ON part.table_id = pg_class.oid
    WHERE
        relnamespace = current_setting('deploy.schema')::REGNAMESPACE AND NOT relispartition
        AND relkind IN ('r', 'p')
)

SELECT
    object,
    part || 'comment' AS what,
    description AS value,
    format('COMMENT ON %s IS %L', named, description) AS make,
    format('COMMENT ON %s IS NULL', named) AS unmake
FROM item
INNER JOIN pg_description
    ON
        item.classid = pg_description.classoid AND item.objid = pg_description.objoid
        AND pg_description.objsubid = 0
