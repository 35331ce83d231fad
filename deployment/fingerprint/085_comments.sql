-- Comments: on objects, their columns, and what belongs to a table or a domain.

WITH item AS (
    SELECT
        'pg_class'::REGCLASS::OID AS classid,
        oid AS objid,
        object,
        '' AS part
    FROM relation
    UNION ALL
    SELECT
        'pg_class'::REGCLASS,
        indexrelid,
        object,
        format('index %s: ', indexrelid::REGCLASS)
    FROM relation INNER JOIN pg_index ON relation.oid = indrelid
    UNION ALL
    SELECT
        'pg_class'::REGCLASS,
        oid,
        object,
        part
    FROM identity_sequence
    UNION ALL
    SELECT
        'pg_statistic_ext'::REGCLASS,
        statistic.oid,
        object,
        format('statistics %I: ', stxname)
    FROM relation INNER JOIN pg_statistic_ext AS statistic ON relation.oid = stxrelid
    UNION ALL
    SELECT
        'pg_proc'::REGCLASS,
        oid,
        object,
        ''
    FROM routine
    UNION ALL
    SELECT
        'pg_type'::REGCLASS,
        oid,
        object,
        ''
    FROM named_type
    UNION ALL
    SELECT
        'pg_namespace'::REGCLASS,
        current_setting('deploy.schema')::REGNAMESPACE,
        'schema',
        ''
)

SELECT
    object,
    part || 'comment' AS what,
    description AS value,
    NULL AS make
FROM item INNER JOIN pg_description ON classid = classoid AND objid = objoid AND objsubid = 0

UNION ALL

SELECT
    coalesce(relation.object, named_type.object),
    format('column %I: comment', attname),
    description,
    NULL
FROM pg_description
INNER JOIN pg_attribute ON objoid = attrelid AND objsubid = attnum
LEFT JOIN relation ON objoid = relation.oid
LEFT JOIN named_type ON objoid = typrelid
WHERE
    classoid = 'pg_class'::REGCLASS AND NOT attisdropped
    AND coalesce(relation.object, named_type.object) IS NOT NULL

UNION ALL

SELECT
    coalesce(relation.object, named_type.object),
    format('%s %s: comment', part.kind, part.name),
    description,
    NULL
FROM pg_description
CROSS JOIN LATERAL pg_identify_object(classoid, objoid, 0) AS identity
CROSS JOIN
    LATERAL (
        SELECT
            split_part(identity.type, ' ', -1) AS kind,
            split_part(identity.identity, ' on ', 1) AS name
    ) AS part
LEFT JOIN relation ON identity.identity = part.name || ' on ' || relation.name
LEFT JOIN named_type ON identity.identity = part.name || ' on ' || named_type.name
WHERE
    classoid IN (
        'pg_constraint'::REGCLASS, 'pg_trigger'::REGCLASS, 'pg_policy'::REGCLASS,
        'pg_rewrite'::REGCLASS
    )
    AND coalesce(relation.object, named_type.object) IS NOT NULL
