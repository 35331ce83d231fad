"""How a deploy gets its turn on a live store without standing in anybody's way."""

from __future__ import annotations

from psycopg import Connection, errors

from deployment.report import DeployError


class OtherDeploy(Exception):
    """Another deploy of the same schema is running."""


def is_worth_another_try(cause: BaseException) -> bool:
    """Whether only another session was in the way: a lock, a deadlock, a change at the same
    time.
    """
    passing = (
        OtherDeploy,
        errors.LockNotAvailable,
        errors.DeadlockDetected,
        errors.SerializationFailure,
    )
    return isinstance(cause, passing) or "tuple concurrently" in str(cause)


def keep_others_out(connection: Connection, schema: str, lock_timeout: int) -> None:
    """Take the lock that every deploy of this schema takes; it is tried, never waited for.

    A session that waits for a lock holds a snapshot, and would stall CREATE INDEX CONCURRENTLY.
    """
    is_standby, deadlock_timeout = connection.execute(
        """SELECT
            pg_is_in_recovery(),
            (extract(EPOCH FROM current_setting('deadlock_timeout')::INTERVAL) * 1000)::INT"""
    ).fetchone()
    if is_standby:
        raise DeployError("this server is a standby: deploy to its primary")
    if not 0 < lock_timeout < deadlock_timeout:
        raise DeployError(
            f"--lock-timeout {lock_timeout}ms is not between 0 and the server's"
            f" deadlock_timeout, {deadlock_timeout}ms",
            hint="Above it the server ends the application's transaction instead of the deploy's.",
            exit_code=2,
        )
    (is_ours,) = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext('deploy.py'), hashtext(%s))", [schema]
    ).fetchone()
    if not is_ours:
        message = f"another deploy of schema {schema} is still running"
        raise DeployError(message) from OtherDeploy()


def with_blockers(
    error: DeployError, connection: Connection, schema: str, waited: int
) -> DeployError:
    """The error, with the sessions that kept the deploy waiting, oldest transaction first."""
    rows = connection.execute(BLOCKERS, {"schema": schema}).fetchall()
    holders = [
        f"pid {pid} (user {user}, application {application or 'unnamed'}, in a transaction for"
        f" {age} s, {state}: {query})"
        for pid, user, application, age, state, query in rows
    ]
    error.fields["detail"] = "Held up by " + "; by ".join(holders or ["a session that has ended"])
    error.fields["hint"] = (
        f"Tried for {waited / 1000:g} s, nothing has changed: run again, or longer with --wait."
    )
    return error


# Who holds a lock on a relation of the schema, or the deploy's own.
BLOCKERS = r"""
SELECT
    pid,
    usename,
    application_name,
    extract(EPOCH FROM clock_timestamp() - xact_start)::INT,
    state,
    left(regexp_replace(query, '\s+', ' ', 'g'), 80)
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND pid IN (
    SELECT pid FROM pg_locks
    WHERE granted AND (
        relation IN (
            SELECT pg_class.oid FROM pg_class
            INNER JOIN pg_namespace ON relnamespace = pg_namespace.oid
            WHERE nspname = %(schema)s
        )
        OR locktype = 'advisory' AND objsubid = 2 AND classid = hashtext('deploy.py')::OID
        AND objid = hashtext(%(schema)s)::OID
    )
)
ORDER BY xact_start LIMIT 3"""
