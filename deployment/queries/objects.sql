-- What stands in the store's schema: what depends on the schema itself, and what belongs to a
-- relation there but is no part of it, as an identity's sequence or a key's index is. A function's
-- types are named as under this search_path, on every major alike.

WITH member AS (
    SELECT
        classid,
        objid
    FROM pg_depend
    WHERE
        refclassid = 'pg_namespace'::REGCLASS
        AND refobjid = to_regnamespace(current_setting('deploy.schema'))
        AND classid IN (
            'pg_class'::REGCLASS,
            'pg_proc'::REGCLASS,
            'pg_type'::REGCLASS,
            'pg_statistic_ext'::REGCLASS
        )
),

object AS (
    SELECT
        classid,
        objid
    FROM member
    UNION
    SELECT
        pg_depend.classid,
        pg_depend.objid
    FROM member INNER JOIN pg_depend ON refclassid = member.classid AND refobjid = member.objid
    WHERE refclassid = 'pg_class'::REGCLASS AND deptype = 'a' AND pg_depend.classid IN (
        'pg_class'::REGCLASS, 'pg_trigger'::REGCLASS, 'pg_policy'::REGCLASS, 'pg_rewrite'::REGCLASS
    )
)

SELECT
    classid::OID || '/' || objid AS address,
    identity.type || ' ' || replace(
        coalesce(
            quote_ident(proname) || '(' || replace(oidvectortypes(proargtypes), ', ', ',') || ')',
            identity.identity
        ), current_setting('deploy.schema') || '.', ''
    ) AS name,
    pg_proc.ctid::TEXT AS version,
    coalesce(relkind = 'm' AND NOT relispopulated, FALSE) AS is_unfilled
FROM object
CROSS JOIN LATERAL pg_identify_object(classid, objid, 0) AS identity
LEFT JOIN pg_proc ON classid = 'pg_proc'::REGCLASS AND pg_proc.oid = objid
LEFT JOIN pg_class ON classid = 'pg_class'::REGCLASS AND pg_class.oid = objid
WHERE NOT EXISTS (
    SELECT FROM pg_depend
    WHERE
        pg_depend.classid = object.classid AND pg_depend.objid = object.objid
        -- as a partitioned table depends on its key
        AND deptype IN ('i', 'e') AND refobjid <> objid
)
