-- Every dependency below the objects that deploy.start lists, which go first if these must; a view
-- stands for its rule. Of class/object/column, or 0, only what does not go with it by itself.

WITH RECURSIVE edge AS MATERIALIZED (
    SELECT
        CASE WHEN ev_class IS NULL THEN classid ELSE 'pg_class'::REGCLASS END AS classid,
        coalesce(ev_class, objid) AS objid,
        refclassid,
        refobjid,
        refobjsubid,
        deptype
    FROM pg_depend
    LEFT JOIN pg_rewrite
        ON classid = 'pg_rewrite'::REGCLASS AND pg_rewrite.oid = objid AND rulename = '_RETURN'
    WHERE objid >= 16384
),

node AS (
    SELECT
        split_part(address, '/', 1)::OID AS classid,
        split_part(address, '/', 2)::OID AS objid,
        nullif(split_part(address, '/', 3), '')::INT AS objsubid
    FROM unnest(current_setting('deploy.start')::TEXT[]) AS start (address)
    UNION
    SELECT
        edge.classid,
        edge.objid,
        CASE deptype WHEN 'i' THEN objsubid END  -- a part of it, such as its row type
    FROM node INNER JOIN edge ON node.classid = refclassid AND node.objid = refobjid
    WHERE
        objsubid IS NULL
        OR objsubid IN (0, refobjsubid) AND deptype = 'n'
        OR objsubid = 0 AND deptype = 'i'
)

SELECT
    format('%s/%s', node.classid, node.objid) AS address,
    identity.type
    || ' '
    || replace(identity.identity, current_setting('deploy.schema') || '.', '') AS name,
    ARRAY(
        SELECT format('%s/%s', refclassid, refobjid)
        FROM edge
        WHERE
            edge.classid = node.classid AND edge.objid = node.objid
            AND (refclassid, refobjid) <> (node.classid, node.objid)
    ) AS needs,
    coalesce(relkind = 'v', FALSE) AS is_view,
    coalesce(
        pg_has_role(
            relowner,
            CASE
                WHEN current_setting('server_version_num')::INT < 160000 THEN 'MEMBER' ELSE 'SET'
            END
        )
        AND has_schema_privilege(relowner, relnamespace, 'CREATE'), FALSE
    ) AS is_within_reach,
    relowner::REGROLE::TEXT AS owner,
    relnamespace::REGNAMESPACE::TEXT AS schema,
    EXISTS (
        SELECT FROM edge
        WHERE
            edge.classid = node.classid AND edge.objid = node.objid
            AND (deptype = 'P' OR deptype = 'i' AND node.classid <> 'pg_class'::REGCLASS)
    )
    OR coalesce(relkind = 'c' OR relnamespace = 'pg_toast'::REGNAMESPACE, FALSE)
    OR identity.type = 'domain constraint' AS is_part
FROM node
CROSS JOIN LATERAL pg_identify_object(node.classid, node.objid, 0) AS identity
LEFT JOIN pg_class ON node.classid = 'pg_class'::REGCLASS AND node.objid = pg_class.oid
