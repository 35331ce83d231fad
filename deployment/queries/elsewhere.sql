-- What this transaction, or a subtransaction such as a PL/pgSQL block with EXCEPTION, wrote into
-- other schemas. What is visible although its writer is not known to have ended can only be ours.
-- A number from before the last wrap-around may look as if it were still to come: what is found
-- before any file has run is that.

WITH written AS (
    SELECT
        'pg_class'::REGCLASS AS classid,
        oid,
        relnamespace AS schema_id,
        xmin
    FROM pg_class
    UNION ALL
    SELECT
        'pg_proc'::REGCLASS AS classid,
        oid,
        pronamespace AS schema_id,
        xmin
    FROM pg_proc
    UNION ALL
    SELECT
        'pg_type'::REGCLASS AS classid,
        oid,
        CASE WHEN typtype IN ('d', 'e') THEN typnamespace END AS schema_id,
        xmin
    FROM pg_type
    UNION ALL
    SELECT
        'pg_namespace'::REGCLASS AS classid,
        oid,
        oid AS schema_id,
        xmin
    FROM pg_namespace
    UNION ALL
    SELECT
        'pg_collation'::REGCLASS AS classid,
        oid,
        collnamespace AS schema_id,
        xmin
    FROM pg_collation
    UNION ALL
    SELECT
        'pg_operator'::REGCLASS AS classid,
        oid,
        oprnamespace AS schema_id,
        xmin
    FROM pg_operator
    UNION ALL
    SELECT
        'pg_ts_config'::REGCLASS AS classid,
        oid,
        cfgnamespace AS schema_id,
        xmin
    FROM pg_ts_config
    UNION ALL
    SELECT
        'pg_ts_dict'::REGCLASS AS classid,
        oid,
        dictnamespace AS schema_id,
        xmin
    FROM pg_ts_dict
    UNION ALL
    SELECT
        'pg_conversion'::REGCLASS AS classid,
        oid,
        connamespace AS schema_id,
        xmin
    FROM pg_conversion
    UNION ALL
    SELECT
        'pg_statistic_ext'::REGCLASS AS classid,
        oid,
        stxnamespace AS schema_id,
        xmin
    FROM pg_statistic_ext
)

SELECT
    (
        SELECT
            concat_ws(
                ' ',
                CASE WHEN classid::TEXT NOT IN ('pg_class', 'pg_proc', 'pg_type') THEN type END,
                identity
            )
        FROM pg_identify_object(classid, written.oid, 0)
    ) AS name,
    written.xmin::TEXT AS writer
FROM written
INNER JOIN pg_namespace ON schema_id = pg_namespace.oid
CROSS JOIN
    LATERAL (
        SELECT pg_current_xact_id()::TEXT::BIGINT - age(written.xmin) AS number
    ) AS writing
WHERE
    nspname <> current_setting('deploy.schema') AND nspname !~ '^pg_(toast|temp_)'
    AND written.oid >= 16384 AND age(written.xmin) <= 0
    AND CASE
        WHEN number >= pg_snapshot_xmax(pg_current_snapshot())::TEXT::BIGINT THEN TRUE
        ELSE pg_xact_status(number::TEXT::XID8) = 'in progress'
    END
ORDER BY 1
