"""From the old server to the new one: the few moments in which nobody can order, and the way back."""

import time
from collections.abc import Callable
from functools import partial

from psycopg import errors, sql

from deployment.errors import DeployError
from deployment.moving.closing import reopen
from deployment.moving.end import ARRIVING, GUARD, MOVED, End
from deployment.moving.following import SCHEMA_RIGHTS, is_announced, is_subscribed, note_of

COLUMNS = """
SELECT relname::TEXT, attname::TEXT, format_type(atttypid, atttypmod)
FROM pg_class INNER JOIN pg_attribute ON attrelid = pg_class.oid
WHERE
    relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')
    AND NOT relispartition AND attnum > 0 AND NOT attisdropped"""
NUMBERED = """
SELECT relname::TEXT, attname::TEXT
FROM pg_class
INNER JOIN pg_index ON indrelid = pg_class.oid AND indisprimary
INNER JOIN pg_attribute ON attrelid = pg_class.oid AND attnum = indkey[0]
WHERE
    relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')
    AND NOT relispartition AND atttypid IN ('INT'::REGTYPE, 'BIGINT'::REGTYPE)
ORDER BY relname"""
# Where a snapshot is kept beside the server it means something on; of the seals nothing can be changed.
SNAPSHOTS = """relkind = 'r' AND EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = pg_class.oid AND attname = 'system_identifier' AND NOT attnotnull AND NOT attisdropped
)"""
CONFIRMED = "SELECT confirmed_flush_lsn >= %s::PG_LSN FROM pg_replication_slots WHERE slot_name = %s"
LONGEST_WAIT = 120  # seconds for the last moments of the log


def seal(old: End) -> None:
    """Before a store leaves, its audit rows are sealed where their transactions' numbers mean something:
    here too should it ever come back, where other rows have had the same numbers. Past the guard, which
    may be there already."""
    if old.one("SELECT to_regprocedure(%s) IS NOT NULL", [f"{old.schema}.seal_audit()"])[0]:
        with old.connection.transaction():
            old.execute("SET LOCAL session_replication_role = replica")
            old.as_owner("PERFORM {schema}.seal_audit()")


def seal_the_first(old: End) -> None:
    """What was written since `seal` is not sealed. That matters where nothing ever was on this server."""
    if "audit_seals" in old.tables():
        text = "SELECT system_identifier::TEXT FROM {schema}.audit_seals ORDER BY batch DESC LIMIT 1"
        if old.do(text).fetchall() not in ([], [(old.identity.partition("/")[0],)]):
            seal(old)


def require_same_tables(old: End, new: End) -> None:
    """A column added meanwhile, by hand, would be lost."""
    differing = set(old.rows(COLUMNS, [old.schema])) ^ set(new.rows(COLUMNS, [new.schema]))
    if differing:
        names = ", ".join(sorted({f"{table}.{column}" for table, column, _ in differing})[:5])
        raise DeployError(f"the two stores are not of one make: {names}", "End this move (--abandon) and begin anew.")


def wait_for_the_end_of_the_log(old: End, new: End, name: str) -> None:
    """Until the new server has all that the old one, closed now, will ever write; then look."""
    (end_of_log,) = old.one("SELECT pg_current_wal_insert_lsn()::TEXT")
    new.execute(f"ALTER SUBSCRIPTION {name} ENABLE")
    deadline = time.monotonic() + LONGEST_WAIT
    while old.rows(CONFIRMED, [end_of_log, name]) != [(True,)]:
        if time.monotonic() > deadline:
            raise DeployError(
                "the new server does not come to the end of the old one's log",
                "The old server is closed: run move.py again, or open it with --abandon.",
            )
        time.sleep(0.01)
    here, there = highest_keys(old), highest_keys(new)
    if here != there:
        missing = [table for table in here if here[table] != there.get(table)]
        raise DeployError(
            f"rows are missing on the new server: {', '.join(missing)}", "Open the old one with --abandon."
        )


def highest_keys(end: End) -> dict[str, int | None]:
    parts = [
        end.statement(
            "SELECT {label}, max({column}) FROM {schema}.{table}", label=sql.Literal(table), column=column, table=table
        )
        for table, column in end.rows(NUMBERED, [end.schema])
    ]
    return dict(end.rows(sql.SQL(" UNION ALL ").join(parts))) if parts else {}


def unsubscribe(new: End, name: str) -> None:
    """Without asking the old server, which may be gone by then."""
    for what in ("DISABLE", "SET (slot_name = NONE)"):
        new.execute(f"ALTER SUBSCRIPTION {name} {what}")
    new.execute(f"DROP SUBSCRIPTION {name}")


def open_new(old: End, new: End, name: str) -> None:
    """The switch itself: sequences where they stood, and the guard gone, in one transaction."""

    def all_at_once() -> None:
        with new.connection.transaction():
            for sequence in old.relations("relkind = 'S'"):
                value, was_called = old.one(old.statement("SELECT last_value, is_called FROM {schema}.{s}", s=sequence))
                quoted = new.statement("{schema}.{s}", s=sequence).as_string(new.connection)
                new.execute("SELECT setval(%s::REGCLASS, %s, %s)", [quoted, value, was_called])
            reset_identity(new, note_of(old, name)["keyless"])
            new.execute("SET LOCAL session_replication_role = replica")
            for table in new.relations(SNAPSHOTS):  # no server is called 0: compare everything once
                new.as_owner("UPDATE {schema}.{t} SET system_identifier = 0 WHERE snapshot IS NOT NULL", t=table)
            for grantee, privilege, grantable in old.rows(SCHEMA_RIGHTS, [old.schema]):
                words = {"privilege": privilege, "grantee": grantee, "grantable": grantable}
                new.do(
                    "GRANT {privilege} ON SCHEMA {schema} TO {grantee} {grantable}",
                    **{name: sql.SQL(word) for name, word in words.items()},
                )
            new.do("DROP FUNCTION {schema}.{guard}() CASCADE", guard=GUARD)

    new.when_free(all_at_once, also_readers=True)


def reset_identity(end: End, keyless: list[str]) -> None:
    for table in keyless:
        end.do("ALTER TABLE {schema}.{table} REPLICA IDENTITY DEFAULT", table=table)


def clean_up(old: End, name: str) -> None:
    """What is left on the old server is a closed store, to be dropped when nobody needs it."""
    drop_slot(old, name)
    unpublish(old, name)
    old.set_phase(MOVED)


def unpublish(old: End, name: str) -> None:
    """Tables are told apart by their keys again, and nobody follows them."""
    reset = partial(reset_identity, old, note_of(old, name)["keyless"])
    old.when_free(reset, also_readers=True)
    old.execute(f"DROP PUBLICATION {name}")


def drop_slot(old: End, name: str) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while old.rows("SELECT FROM pg_replication_slots WHERE slot_name = %s", [name]):
        try:
            old.execute("SELECT pg_drop_replication_slot(%s)", [name])
        except errors.ObjectInUse:  # its sender has not noticed yet that nobody listens
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def abandon(old: End, new: End, name: str, tell: Callable[[str], None]) -> None:
    """Back to the old server alone, from wherever the move stands before the switch."""
    if is_subscribed(new, name):
        # With its slots, also those of tables half copied.
        new.execute(f"ALTER SUBSCRIPTION {name} DISABLE")
        new.execute(f"DROP SUBSCRIPTION {name}")
    if new.phase() == f"{ARRIVING} {name}":
        new.when_free(partial(new.do, "DROP SCHEMA {schema} CASCADE"), also_readers=True)
        tell("The copy on the new server is dropped; roles made there stay.")
    drop_slot(old, name)
    reopen(old)
    if is_announced(old, name):
        unpublish(old, name)
