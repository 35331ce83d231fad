"""What both servers must have before a store can move: asked at once, told at once, each with the
statement that provides it.
"""

from __future__ import annotations

from deployment.errors import DeployError
from deployment.moving.end import End
from deployment.store import Store

SYNC_WORKERS = 2  # of one subscription, PostgreSQL's default
ROOM = """
SELECT
    current_setting('max_replication_slots')::INT - (SELECT count(*) FROM pg_replication_slots),
    current_setting('max_wal_senders')::INT - (SELECT count(*) FROM pg_stat_replication)"""
ORIGINS = """
SELECT
    coalesce(current_setting('max_active_replication_origins', TRUE), current_setting('max_replication_slots'))::INT
    - (SELECT count(*) FROM pg_replication_origin_status),
    current_setting('max_logical_replication_workers')::INT
    - (SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL)"""
FOLDING = "SELECT getdatabaseencoding()::TEXT, lower(chr(196)) = chr(228) AND lower('I') = 'i'"
EXTENSIONS = """
SELECT DISTINCT extname::TEXT FROM pg_depend
INNER JOIN pg_extension ON refclassid = 'pg_extension'::REGCLASS AND refobjid = pg_extension.oid
INNER JOIN pg_depend AS used ON used.refclassid = pg_depend.classid AND used.refobjid = pg_depend.objid
INNER JOIN pg_class ON used.classid = 'pg_class'::REGCLASS AND used.objid = pg_class.oid
WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND pg_depend.deptype = 'e'"""


def check(old: End, new: End) -> None:
    """Raise with everything that is missing, or return."""
    for end in (old, new):
        if not end.is_superuser or end.is_standby:
            what = "a standby" if end.is_standby else "not reached as a superuser"
            raise DeployError(f"the {end.who} server is {what}", "A move needs a superuser on two primaries.", 2)
    if old.identity == new.identity:
        raise DeployError("--from and --to are the same database", exit_code=2)
    Store(new.connection, new.schema).look_around()
    missing = [*missing_on_old(old), *missing_on_new(new)]
    for (name,) in old.rows(EXTENSIONS, [old.schema]):
        if not new.rows("SELECT FROM pg_extension WHERE extname = %s", [name]):
            missing.append(f"the new database lacks an extension the store uses: CREATE EXTENSION {name};")
    if missing:
        raise DeployError("the servers are not ready:\n  " + "\n  ".join(missing), "Then run move.py again.", 1)


def missing_on_old(old: End) -> list[str]:
    missing = []
    if old.one("SELECT current_setting('wal_level')") != ("logical",):
        missing.append("old: ALTER SYSTEM SET wal_level = 'logical';  -- and restart: once, seconds, ahead of the move")
    slots, senders = old.one(ROOM)
    needed = 1 + SYNC_WORKERS
    if slots < needed:
        missing.append(
            f"old: {slots} replication slots are free, {needed} needed: raise max_replication_slots, restart"
        )
    if senders < needed:
        missing.append(f"old: {senders} WAL senders are free, {needed} needed: raise max_wal_senders, restart")
    return missing


def missing_on_new(new: End) -> list[str]:
    missing = []
    origins, workers = new.one(ORIGINS)
    needed = 1 + SYNC_WORKERS
    if origins < needed:
        name = "max_active_replication_origins" if new.major >= 18 else "max_replication_slots"
        missing.append(f"new: {origins} replication origins are free, {needed} needed: raise {name}, restart")
    if workers < needed:
        missing.append(
            f"new: {workers} logical replication workers are free, {needed} needed:"
            " raise max_logical_replication_workers (and max_worker_processes), restart"
        )
    return missing
