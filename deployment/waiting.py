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
    holders = [who for (who,) in store.ask_for("blockers")]
    store.roll_back()
    error.fields["detail"] = "Held up by " + "; by ".join(holders or ["a session that has ended"])
    error.fields["hint"] = f"Tried for {waited / 1000:g} s: run again, or longer with --wait."
    return error
