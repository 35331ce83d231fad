-- Indexes of tables and materialised views, and statistics that are kept over several columns.

SELECT
    object,
    format('index %s%s', indexrelid::REGCLASS, fact.part) AS what,
    fact.value,
    fact.make
FROM pg_index
INNER JOIN relation ON indrelid = relation.oid
CROSS JOIN
    LATERAL (
        VALUES
        (
            '',
            CASE WHEN NOT EXISTS (
                SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x')
            ) THEN pg_get_indexdef(indexrelid, 0, TRUE) END,
            NULL
        ),
        (
            ': state',
            concat_ws(
                ' ',
                CASE WHEN indisvalid AND indisready AND indislive THEN 'valid' ELSE 'invalid' END,
                CASE WHEN indisclustered THEN 'clustered' END,
                CASE WHEN indisreplident THEN 'replica' END
            ),
            format(
                CASE
                    WHEN indisclustered THEN 'ALTER TABLE %2$s CLUSTER ON %1$s'
                    ELSE 'REINDEX INDEX %1$s; ALTER TABLE %2$s SET WITHOUT CLUSTER'
                END, indexrelid::REGCLASS, indrelid::REGCLASS
            )
        )
    ) AS fact (part, value, make)

UNION ALL

SELECT
    object,
    format('statistics %I', stxname),
    format('%s %s', whole.text, nullif(to_jsonb(statistic) ->> 'stxstattarget', '-1')),
    whole.text
FROM pg_statistic_ext AS statistic
INNER JOIN relation ON stxrelid = relation.oid
CROSS JOIN LATERAL (SELECT pg_get_statisticsobjdef(statistic.oid)) AS whole (text)
