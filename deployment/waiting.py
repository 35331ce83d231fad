"""How a deploy gets its turn on a live store without standing in anybody's way."""

from psycopg import errors

from deployment.errors import DeployError
from deployment.store import Store


def is_worth_another_try(cause: BaseException) -> bool:
    """Whether only another session was in the way: a lock, a deadlock, a change at the same time."""
    passing = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
    return isinstance(cause, passing) or "tuple concurrently" in str(cause)


def keep_others_out(store: Store) -> None:
    """Take the lock that every deploy of this schema takes; it is tried, never waited for.

    A session that waits for a lock holds a snapshot, and would stall CREATE INDEX CONCURRENTLY.
    """
    (is_ours,) = store.one("SELECT pg_try_advisory_xact_lock(hashtext('deploy.py'), hashtext(%s))", [store.schema])
    if not is_ours:
        raise DeployError(f"another deploy of schema {store.schema} is still running") from errors.LockNotAvailable()


def with_blockers(error: DeployError, store: Store, waited: int) -> DeployError:
    """The error, with the sessions that kept the deploy waiting, oldest transaction first."""
    store.begin("READ ONLY")
    holders = store.column(BLOCKERS, {"schema": store.schema})
    store.roll_back()
    error.fields["detail"] = "Held up by " + "; by ".join(holders or ["a session that has ended"])
    error.fields["hint"] = f"Tried for {waited / 1000:g} s: run again, or longer with --wait."
    return error


# Who holds a lock on a relation of the schema, or the deploy's own.
BLOCKERS = r"""
WITH holder AS (
    SELECT DISTINCT pid, virtualtransaction FROM pg_locks
    WHERE granted AND (
        relation IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(%(schema)s))
        OR locktype = 'advisory' AND objsubid = 2 AND classid = hashtext('deploy.py')::OID
        AND objid = hashtext(%(schema)s)::OID
    )
)

SELECT
    format(
        'pid %%s (user %%s, application %%s, %%s)', pid, usename, coalesce(nullif(application_name, ''), 'unnamed'),
        coalesce('in a transaction for ' || extract(EPOCH FROM clock_timestamp() - xact_start)::INT || ' s, ' || state
            || ': ' || left(regexp_replace(query, '\s+', ' ', 'g'), 80), 'of which this login may not see more')
    ) AS who
FROM (
    SELECT pg_stat_activity.* FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()
    AND pid IN (SELECT pid FROM holder)
    ORDER BY xact_start LIMIT 3
) AS session
UNION ALL
SELECT format(
    'the prepared transaction %%L of %%s, since %%s: end it by COMMIT PREPARED or ROLLBACK PREPARED',
    gid, owner, to_char(prepared, 'YYYY-MM-DD HH24:MI:SS TZ')
)
FROM pg_prepared_xacts WHERE database = current_database()
AND transaction IN (
    SELECT transactionid FROM pg_locks INNER JOIN holder USING (virtualtransaction)
    WHERE pg_locks.pid IS NULL AND holder.pid IS NULL
)"""
