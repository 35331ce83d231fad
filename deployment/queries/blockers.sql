-- Who holds a lock on a relation of the schema, or the deploy's own: the oldest transactions first,
-- and what is prepared.

WITH holder AS (
    SELECT DISTINCT
        pid,
        virtualtransaction
    FROM pg_locks
    WHERE granted AND (
        relation IN (
            SELECT oid
            FROM pg_class
            WHERE relnamespace = to_regnamespace(current_setting('deploy.schema'))
        )
        OR locktype = 'advisory' AND objsubid = 2 AND classid = hashtext('deploy.py')::OID
        AND objid = hashtext(current_setting('deploy.schema'))::OID
    )
)

SELECT
    format(
        'pid %s (user %s, application %s, %s)',
        pid,
        usename,
        coalesce(nullif(application_name, ''), 'unnamed'),
        coalesce(
            'in a transaction for '
            || extract(EPOCH FROM clock_timestamp() - xact_start)::INT
            || ' s, '
            || state
            || ': ' || left(regexp_replace(query, '\s+', ' ', 'g'), 80),
            'of which this login may not see more'
        )
    ) AS who
FROM (
    SELECT pg_stat_activity.* FROM pg_stat_activity
    WHERE
        pid <> pg_backend_pid() AND datname = current_database()
        AND pid IN (SELECT pid FROM holder)
    ORDER BY xact_start LIMIT 3
) AS session
UNION ALL
SELECT
    format(
        'the prepared transaction %L of %s, since %s: end it by COMMIT PREPARED or %s',
        gid, owner, to_char(prepared, 'YYYY-MM-DD HH24:MI:SS TZ'), 'ROLLBACK PREPARED'
    )
FROM pg_prepared_xacts
WHERE pg_prepared_xacts.database = current_database() AND pg_prepared_xacts.transaction IN (
    SELECT transactionid
    FROM pg_locks
    INNER JOIN holder ON pg_locks.virtualtransaction = holder.virtualtransaction
    WHERE pg_locks.pid IS NULL AND holder.pid IS NULL
)
