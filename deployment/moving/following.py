"""The new server becomes a copy of the old store and stays one: schema by pg_dump, rows by logical
replication. The shop sells on meanwhile; all of it can be undone without a trace.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deployment.default_privileges import no_default_privileges
from deployment.errors import DeployError
from deployment.moving.closing import ARRIVES, guard_ledger, guard_table, make_guard
from deployment.moving.end import A_TABLE, ARRIVING, MOVED, MOVING, End
from deployment.store import Store

KEYLESS = f"""{A_TABLE} AND relreplident = 'd'
AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)"""
NOTE = "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = %s"
BEHIND = """
SELECT
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn)::BIGINT,
    pg_wal_lsn_diff(confirmed_flush_lsn, '0/0')::BIGINT
FROM pg_replication_slots WHERE slot_name = %s"""
NOT_COPIED = """
SELECT count(*) FROM pg_subscription_rel
WHERE srsubid = (SELECT oid FROM pg_subscription WHERE subname = %s) AND srsubstate <> 'r'"""
COPIED = """
SELECT coalesce(sum(tuples_processed), 0)::BIGINT FROM pg_stat_progress_copy
WHERE datname = current_database() AND command = 'COPY FROM'"""
FAILURES = """
SELECT coalesce(sum(apply_error_count + sync_error_count), 0) FROM pg_stat_subscription_stats WHERE subname = %s"""
NEARLY = 16 * 1024 * 1024  # bytes of log: applied in less than a second
# Seconds of failures without any progress. Failures alone say nothing: a busy server runs out of replication
# origins while tables are copied faster than what was written meanwhile is followed, and tries again by itself.
STUCK = 30
SCHEMA_RIGHTS = """
SELECT
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END, privilege_type,
    CASE WHEN is_grantable THEN 'WITH GRANT OPTION' ELSE '' END
FROM pg_namespace, aclexplode(nspacl) AS acl
WHERE nspname = %s AND grantee <> nspowner"""
UNFILLED = "relkind = 'm' AND NOT relispopulated"


def name_of_move(old: End) -> str:
    """Of publication, slot and subscription: no other store's move has it, on either server."""
    return f"move_{old.schema}_{hashlib.sha256(old.identity.encode()).hexdigest()[:8]}"


def is_announced(old: End, name: str) -> bool:
    return bool(old.rows(NOTE, [name]))


def note_of(old: End, name: str) -> dict:
    """What the move has noted on the old server: where it goes, and whose identity it changed."""
    return json.loads(old.one(NOTE, [name])[0])


def announce(old: End, new: End, name: str) -> None:
    """In one transaction: the ledger is closed, every table can be followed, and all are published. An
    UPDATE of a published table without a key would fail: it is told apart by whole rows until then."""

    def all_at_once() -> None:
        with old.connection.transaction():
            make_guard(old, old.owner, MOVING)
            guard_ledger(old)
            keyless = old.relations(KEYLESS)
            for table in keyless:
                old.do("ALTER TABLE {schema}.{table} REPLICA IDENTITY FULL", table=table)
            # Through the root, so that next month's partition need not be on both sides.
            old.execute(f"DROP PUBLICATION IF EXISTS {name}")
            text = "CREATE PUBLICATION {name} FOR TABLES IN SCHEMA {schema} WITH (publish_via_partition_root = true)"
            old.do(text, name=name)
            note = sql.Literal(json.dumps({"to": new.identity, "keyless": keyless}))
            old.do("COMMENT ON PUBLICATION {name} IS {note}", name=name, note=note)

    old.when_free(all_at_once, also_readers=True)


def make_slot(old: End, name: str) -> None:
    """From here on the old server keeps its log for the new one. Waits for transactions now running."""
    if not old.rows("SELECT FROM pg_replication_slots WHERE slot_name = %s", [name]):
        old.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [name])


def copy_schema(old: End, new: End, name: str, replace: bool) -> None:
    """The old store's definition, closed from its first instant, or nothing."""
    dump = dumped(old)
    with new.connection.transaction():
        if new.exists():
            if not (new.phase() == MOVED and replace) and not new.is_empty():
                raise DeployError(f"there is a schema {new.schema} on the new server")
            new.do("DROP SCHEMA {schema} CASCADE")
        new.execute("SET LOCAL check_function_bodies = off")
        new.execute("SELECT set_config('deploy.schema', %s, TRUE)", [new.schema])
        with no_default_privileges(Store(new.connection, new.schema)):
            new.execute(dump)
            new.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        make_guard(new, old.owner, f"{ARRIVING} {name}")
        for table in new.tables():
            guard_table(new, table, ARRIVES)
        # Nor is there anything to be read before all of it is there.
        for grantee, *_ in new.rows(SCHEMA_RIGHTS, [new.schema]):
            new.do("REVOKE ALL ON SCHEMA {schema} FROM {grantee}", grantee=sql.SQL(grantee))


def dumped(old: End) -> str:
    """The schema as SQL: no rows, no psql commands, nothing an older server does not know."""
    told = {name: str(value) for name, value in conninfo_to_dict(old.dsn).items()}
    password = {"PGPASSWORD": told.pop("password")} if "password" in told else {}
    command = [str(pg_dump(old.major)), "--schema-only", f"--schema={old.schema}", "--dbname", make_conninfo(**told)]
    options = ["--no-publications", "--no-subscriptions", "--encoding=UTF8"]
    ended = subprocess.run(command + options, env=os.environ | password, capture_output=True, encoding="utf-8")
    if ended.returncode != 0:
        raise DeployError(f"pg_dump: {ended.stderr.strip()}")
    return re.sub(
        r"^(\\(un)?restrict .*|SET transaction_timeout = 0;|SET client_encoding.*)$", "", ended.stdout, flags=re.M
    )


def pg_dump(major: int) -> Path:
    """A pg_dump that knows the old server: the one on the path, else the embedded server's."""
    from embedded_server import EmbeddedServerError, installed_binaries

    candidates = [Path(found)] if (found := shutil.which("pg_dump")) else []
    with suppress(EmbeddedServerError):
        candidates.append(installed_binaries() / "pg_dump")
    for program in candidates:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True).stdout
        if (version := re.search(r"(\d+)", said)) and int(version[1]) >= major:
            return program
    raise DeployError(f"there is no pg_dump of PostgreSQL {major} or later", "Put one on the PATH.", 2)


def subscribe(old: End, new: End, name: str, old_as_seen_from_new: str | None) -> None:
    text = (
        "CREATE SUBSCRIPTION {name} CONNECTION {dsn} PUBLICATION {name}"
        " WITH (create_slot = false, slot_name = {slot}, copy_data = true)"
    )
    dsn = make_conninfo(old_as_seen_from_new or whole_dsn(old), application_name=name)
    new.do(text, name=name, dsn=sql.Literal(dsn), slot=sql.Literal(name))


def whole_dsn(end: End) -> str:
    """How it was reached, without what only this machine knows: its variables, service and password files.
    Of what nobody said, only what each major version understands."""
    info, said = end.connection.info, conninfo_to_dict(end.dsn)
    found = {name: getattr(info, name) for name in ("host", "port", "dbname", "user", "password")}
    found["sslmode"] = info.get_parameters().get("sslmode")
    return make_conninfo(**{name: one for name, one in (found | said).items() if name not in ("service", "passfile")})


def is_subscribed(new: End, name: str) -> bool:
    return bool(new.rows("SELECT FROM pg_subscription WHERE subname = %s", [name]))


def wait_until_followed(old: End, new: End, name: str, tell: Callable[[str], None]) -> None:
    """Until every table is copied and what has been written since is a moment's work."""
    told_at = stuck_since = time.monotonic()
    furthest, failed_before = (0, -1), 0
    while True:
        ((left,),), ((behind, reached),) = new.rows(NOT_COPIED, [name]), old.rows(BEHIND, [name])
        if left == 0 and behind is not None and behind < NEARLY:
            return
        # The log goes on beside a table that cannot be copied, and whoever tries again begins at its first row.
        progress = (-left, new.one(COPIED)[0] if left else reached or 0)
        failures, now = new.one(FAILURES, [name])[0], time.monotonic()
        if furthest[1] == -1 or progress > furthest:
            furthest, failed_before, stuck_since = progress, failures, now
        if failures > failed_before and now - stuck_since > STUCK:
            raise DeployError("the new server cannot take in what the old one sends", "Its log says why.")
        if now - told_at > 5:
            tell(f"{left} tables still to copy, {(behind or 0) / 1e6:.0f} MB of log to follow")
            told_at = now
        time.sleep(0.1)


def fill_pictures(new: End) -> None:
    """Materialised views and statistics are no rows and do not come along. Autovacuum may be at the same work."""
    work = [("REFRESH MATERIALIZED VIEW {schema}.{name}", name) for name in new.relations(UNFILLED)]
    work += [("ANALYZE {schema}.{name}", name) for name in new.tables()]
    for text, name in work:
        new.when_free(partial(new.do, text, name=name))
