"""What both servers must have before a store can move: asked at once, told at once, each with the
statement that provides it.
"""

from deployment.errors import DeployError
from deployment.moving.end import End
from deployment.moving.roles import missing_superusers
from deployment.store import Store

NEEDED = 1 + 2  # a subscription has two workers of its own for the first copy, by PostgreSQL's default
# What is free on each server of what a move needs: of how much, and which setting gives more.
OLD_ROOM = """
SELECT
    current_setting('max_replication_slots')::INT - (SELECT count(*) FROM pg_replication_slots),
    'replication slots', 'max_replication_slots'
UNION ALL
SELECT
    current_setting('max_wal_senders')::INT - (SELECT count(*) FROM pg_stat_replication),
    'WAL senders', 'max_wal_senders'"""
NEW_ROOM = """
SELECT
    coalesce(current_setting('max_active_replication_origins', TRUE), current_setting('max_replication_slots'))::INT
    - (SELECT count(*) FROM pg_replication_origin_status),
    'replication origins',
    CASE WHEN current_setting('max_active_replication_origins', TRUE) IS NULL
        THEN 'max_replication_slots' ELSE 'max_active_replication_origins' END
UNION ALL
SELECT
    current_setting('max_logical_replication_workers')::INT
    - (SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL),
    'logical replication workers', 'max_logical_replication_workers (and max_worker_processes)'"""
EXTENSIONS = """
SELECT DISTINCT extname::TEXT FROM pg_depend
INNER JOIN pg_extension ON refclassid = 'pg_extension'::REGCLASS AND refobjid = pg_extension.oid
INNER JOIN pg_depend AS used ON used.refclassid = pg_depend.classid AND used.refobjid = pg_depend.objid
INNER JOIN pg_class ON used.classid = 'pg_class'::REGCLASS AND used.objid = pg_class.oid
WHERE relnamespace = to_regnamespace(%s) AND pg_depend.deptype = 'e'"""


# What would not come along, or could not be changed any more while it is followed.
TABLES_TO_MEND = """
SELECT format('ALTER TABLE %%I.%%I %%s;', %(schema)s::TEXT, relname, said)
FROM pg_class
CROSS JOIN LATERAL (
    VALUES
    (relpersistence = 'u', 'SET LOGGED'), (relreplident = 'n', 'REPLICA IDENTITY DEFAULT')
) AS mend (is_needed, said)
WHERE relnamespace = to_regnamespace(%(schema)s) AND relkind IN ('r', 'p') AND is_needed
ORDER BY 1"""


def check(old: End, new: End) -> None:
    """Raise with everything that is missing, or return."""
    for end in (old, new):
        if not end.is_superuser or end.is_standby:
            what = "a standby" if end.is_standby else "not reached as a superuser"
            raise DeployError(f"the {end.who} server is {what}", "A move needs a superuser on two primaries.", 2)
    Store(new.connection, new.schema).look_around()
    missing = [*too_little_room(old, OLD_ROOM), *too_little_room(new, NEW_ROOM)]
    if old.one("SELECT current_setting('wal_level')") != ("logical",):
        logical = "ALTER SYSTEM SET wal_level = 'logical';  -- and restart: once, seconds, ahead of the move"
        missing.insert(0, f"old: {logical}")
    missing += [f"old: {statement}" for statement in old.column(TABLES_TO_MEND, {"schema": old.schema})]
    for name in missing_superusers(old, new):
        missing.append(f"new: the store speaks of a superuser of the old server: CREATE ROLE {name};")
    known = new.column("SELECT extname::TEXT FROM pg_extension")
    for name in {*old.column(EXTENSIONS, [old.schema])}.difference(known):
        missing.append(f"the new database lacks an extension the store uses: CREATE EXTENSION {name};")
    if missing:
        raise DeployError("the servers are not ready:\n  " + "\n  ".join(missing), "Then run move.py again.", 1)


def too_little_room(end: End, room: str) -> list[str]:
    return [
        f"{end.who}: {free} {what} are free, {NEEDED} needed: raise {setting}, restart"
        for free, what, setting in end.rows(room)
        if free < NEEDED
    ]
