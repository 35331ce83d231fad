"""Deploys the store in sql/ to PostgreSQL 15 or later: in one transaction, all of it or nothing.

Without --dsn, and without PGHOST, PGSERVICE or the like, it starts a PostgreSQL of its own in
.postgres/ and leaves it running; --stop ends it.

sql/01_schema is applied once, in order, and then frozen: a change comes as a new file at its end.
The files of the other directories run again when they change or when something they made is gone.
The store itself records what was applied (deployed_files, deploy_log), so that a second deploy
finds nothing to do.

exit codes: 0 done, 1 failed and rolled back, 2 wrong usage
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import sys
import time
from pathlib import Path

import psycopg
from psycopg import Connection, errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy_ledger import Ledger, forget, log, read_ledger, record
from deploy_plan import FROZEN, Plan, make_plan, parsed
from deploy_report import DeployError, Report, failure, first_line, table
from embedded_server import EmbeddedServer, EmbeddedServerError
from sql_tree import SqlFile, TreeError, read_file, read_tree
from store_catalog import drop_statement, objects_of
from store_dependants import make_way, plan_rebuild, restore
from store_files import CannotReplace, Run, made_by, run_file, send
from store_owner import become_owner, missing_roles, roles_must_be_made, who_may_create_roles

HERE = Path(__file__).resolve().parent
GRANTS = "05_security"
ROLES_FILE = (GRANTS, "010_roles.sql")
NAMES_A_SERVER = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER"]
QUERY_TO_TRY = """SELECT month, total_orders, revenue, refunds, net_revenue, growth_pct
FROM monthly_revenue ORDER BY month"""


def main(arguments: list[str], root: Path = HERE) -> int:
    """Do what the arguments say with the tree under `root`; return the exit code."""
    options = parse(arguments)
    report = Report(options.mode, options.schema, options.json, options.verbose)
    try:
        if options.mode == "stop":
            stop_embedded_server(root, report)
        else:
            with connect(options, root, report) as connection:
                if options.mode == "status":
                    show_status(connection, options, report)
                else:
                    deploy(connection, options, root, report)
                    show_store(connection, options, report)
    except DeployError as error:
        return report.failed(error)
    except (TreeError, EmbeddedServerError) as error:
        return report.failed(DeployError(str(error), exit_code=2 if isinstance(error, TreeError) else 1))
    except psycopg.Error as error:
        return report.failed(failure(error))
    except KeyboardInterrupt:
        return report.failed(DeployError("interrupted: rolled back, nothing has changed"))
    return report.done()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "deploy.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add, mode = parser.add_argument, parser.add_mutually_exclusive_group()
    add("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    add("--schema", default="store", help="where the store lives; a database holds several (store)")
    add("--role", metavar="OWNER", help="who shall own the store (the role that connects)")
    add_mode(mode, "status", "print what was deployed and when; changes nothing")
    add_mode(mode, "stop", "stop the embedded PostgreSQL")
    add("--demo", action="store_true", help="also load the small demo store, once")
    add(
        "--roles",
        choices=["auto", "create", "require"],
        default="auto",
        help="the group roles shop_*: auto makes what is missing, require makes none, create makes"
        " them and nothing else (auto)",
    )
    add_time(parser, "--lock-timeout", "300ms", "longest wait for one lock (300ms)")
    add_time(parser, "--wait", "60s", "longest wait for locks and other deploys together (60s)")
    add("--json", action="store_true", help="print one JSON object instead of text")
    add("-v", "--verbose", action="store_true", help="print each file with its time")
    parser.set_defaults(mode="deploy")
    return parser.parse_args(arguments)


def add_mode(group, mode: str, meaning: str) -> None:
    group.add_argument(f"--{mode}", action="store_const", dest="mode", const=mode, help=meaning)


def add_time(parser: argparse.ArgumentParser, flag: str, default: str, meaning: str) -> None:
    parser.add_argument(flag, type=milliseconds, default=default, metavar="TIME", help=meaning)


def milliseconds(text: str) -> int:
    """The length of 300ms, 60s or 2min; a bare number is seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|min|)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 300ms, 60s or 2min")
    return int(float(match[1]) * {"ms": 1, "s": 1_000, "": 1_000, "min": 60_000}[match[2]])


# The server


def connect(options: argparse.Namespace, root: Path, report: Report) -> Connection:
    """A connection to the server that was named, or to the embedded one."""
    dsn = options.dsn
    if dsn is None and not any(name in os.environ for name in NAMES_A_SERVER):
        dsn = start_embedded_server(root, report, may_create=options.mode == "deploy")
    try:
        settings = conninfo_to_dict(dsn or "")
    except psycopg.ProgrammingError as error:
        raise DeployError(f"--dsn is no connection string: {first_line(error)}", 2) from None
    report.dsn = dsn or ""
    settings = {"connect_timeout": 10, "application_name": "deploy.py"} | settings
    try:
        connection = psycopg.connect(**settings, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        reason = re.sub(r"^connection (is bad|failed): ", "", first_line(error))
        raise DeployError(f"cannot connect: {reason}") from None
    report.server_version = connection.info.parameter_status("server_version")
    if connection.info.server_version < 150000:
        raise DeployError(f"this is PostgreSQL {report.server_version}; it must be 15 or later")
    return connection


def start_embedded_server(root: Path, report: Report, may_create: bool) -> str:
    server = EmbeddedServer(root / ".postgres")
    if not server.is_running():
        if not may_create and not server.data_directory.exists():
            raise DeployError("no store was deployed here yet: run python deploy.py")
        report.progress(f"Starting PostgreSQL in {server.data_directory}")
        server.start()
    server.create_database("store")
    report.psql = str(server.psql)
    return server.dsn("store")


def stop_embedded_server(root: Path, report: Report) -> None:
    server = EmbeddedServer(root / ".postgres")
    was_running = server.is_running()
    server.stop()
    report.finish("stopped", "PostgreSQL has stopped." if was_running else "None was running.")


# One deploy


def deploy(
    connection: Connection, options: argparse.Namespace, root: Path, report: Report
) -> None:
    """Try the whole transaction until it succeeds, fails for good, or `--wait` is over."""
    tree = read_tree(root)
    demo = read_file(root / "demo" / "seed.sql", root) if options.demo else None
    deadline = time.monotonic() + options.wait / 1000
    anew: set[str] = set()
    while True:
        report.start_over()
        try:
            return try_deploy(connection, options, tree, demo, anew, report)
        except CannotReplace as found:
            if found.object_name in anew:
                raise found.error from None
            roll_back(connection)
            anew.add(found.object_name)
            continue
        except (DeployError, psycopg.Error) as error:
            told = error if isinstance(error, DeployError) else failure(error)
            if not is_worth_another_try(error.__cause__ or error):
                raise told from None
            roll_back(connection)
            if time.monotonic() > deadline:
                raise with_blockers(told, connection, options) from None
            report.waits(told)
        time.sleep(random.uniform(0.05, 0.25))


class OtherDeploy(Exception):
    """Another deploy of the same schema is running."""


def is_worth_another_try(cause: BaseException) -> bool:
    """Whether only another session was in the way: a lock, a deadlock, a change at the same time."""
    passing = (
        OtherDeploy,
        errors.LockNotAvailable,
        errors.DeadlockDetected,
        errors.SerializationFailure,
    )
    return isinstance(cause, passing) or "tuple concurrently" in str(cause)


def try_deploy(
    connection: Connection,
    options: argparse.Namespace,
    tree: list[SqlFile],
    demo: SqlFile | None,
    anew: set[str],
    report: Report,
) -> None:
    """One transaction; nothing of it stays unless all of it does."""
    started = time.monotonic()
    begin(connection, options)
    keep_others_out(connection, options)
    provide_roles(connection, options, tree)
    if options.roles == "create":
        commit(connection)
        return report.finish("roles", "The group roles are there.")
    become_owner(connection, options.schema, options.role)
    ledger = read_ledger(connection)
    plan = make_plan(connection, options.schema, tree, ledger)
    plan.anew |= anew
    wants_demo = demo is not None and demo_is_missing(connection, ledger, report)
    if wants_demo:
        parsed(demo)
    if not plan and not wants_demo:
        roll_back(connection)
        report.keep_all(tree)
        return report.finish("unchanged", f"Nothing to do: {len(tree)} files are as deployed.")
    if not ledger.exists:
        send(connection, parsed(read_file(HERE / "deploy_ledger.sql", HERE)))
    applied = apply(connection, options, tree, plan, ledger, report)
    if plan:
        log(connection, "deploy", applied, started)
    if wants_demo:
        report.progress("Loading the demo store")
        run = run_file(connection, options.schema, demo)
        report.ran(demo, "apply", "demo", run.seconds)
        log(connection, "demo", [demo], started)
    commit(connection)
    seconds = time.monotonic() - started
    what = f"{len(applied)} of {len(tree)} files" if plan else "the demo store"
    report.finish("deployed", f"Deployed {what} in {seconds:.1f} s.")


def begin(connection: Connection, options: argparse.Namespace) -> None:
    """Open the transaction; its settings end with it."""
    settings = {
        "lock_timeout": f"{options.lock_timeout}ms",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "check_function_bodies": "on",
        "default_tablespace": "",
        "TimeZone": "UTC",
    }
    if connection.info.server_version >= 170000:
        settings["transaction_timeout"] = "0"
    path = sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(options.schema))
    connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    connection.execute(path)
    for name, value in settings.items():
        connection.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), value))
    # So that a deploy that was killed lets go of its locks, also in the middle of a long statement;
    # a server on Windows cannot.
    connection.execute(
        "SELECT set_config('client_connection_check_interval', '1s', TRUE)"
        " WHERE version() !~ 'Visual C|mingw'"
    )


def keep_others_out(connection: Connection, options: argparse.Namespace) -> None:
    """Take the lock that every deploy of this schema takes; it is tried, never waited for.

    A session that waits for a lock holds a snapshot, and would stall CREATE INDEX CONCURRENTLY.
    """
    is_standby, deadlock_timeout = connection.execute(
        """SELECT pg_is_in_recovery(), setting::INT
        FROM pg_settings WHERE name = 'deadlock_timeout'"""
    ).fetchone()
    if is_standby:
        raise DeployError("this server is a standby: deploy to its primary")
    if not 0 < options.lock_timeout < deadlock_timeout:
        raise DeployError(
            f"--lock-timeout {options.lock_timeout}ms is not between 0 and the server's"
            f" deadlock_timeout, {deadlock_timeout}ms",
            hint="Above it the server ends the application's transaction instead of the deploy's.",
            exit_code=2,
        )
    (is_ours,) = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext('deploy.py'), hashtext(%s))", [options.schema]
    ).fetchone()
    if not is_ours:
        message = f"another deploy of schema {options.schema} is still running"
        raise DeployError(message) from OtherDeploy()


def provide_roles(
    connection: Connection, options: argparse.Namespace, tree: list[SqlFile]
) -> None:
    """Stop before anything else if a group role is missing that cannot be made here."""
    file = next((file for file in tree if file.key == ROLES_FILE), None)
    if file is None or not (missing := missing_roles(connection)):
        return
    login_may, owner_may = who_may_create_roles(connection, options.role)
    if options.roles == "require":
        raise roles_must_be_made(missing, "--roles require")
    if not login_may and not owner_may:
        raise roles_must_be_made(missing, "this login lacks CREATEROLE")
    if options.roles == "create" or not owner_may:
        send(connection, parsed(file))  # else the file runs in its turn, as the owner


def commit(connection: Connection) -> None:
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        if connection.closed:
            message = "the connection was lost during COMMIT: outcome unknown, run again"
            raise DeployError(message) from None
        raise failure(error) from error


def roll_back(connection: Connection) -> None:
    if not connection.closed:
        connection.execute("ROLLBACK")


# Applying it


def demo_is_missing(connection: Connection, ledger: Ledger, report: Report) -> bool:
    if ledger.has_demo:
        report.say("The demo store was loaded before; it is not loaded again.")
        return False
    (has_orders_table,) = connection.execute("SELECT to_regclass('orders') IS NOT NULL").fetchone()
    if has_orders_table and connection.execute("SELECT TRUE FROM orders LIMIT 1").fetchone():
        raise DeployError(
            "--demo: this store has orders of its own",
            hint="Load the demo into a store beside it: --schema demo --demo",
        )
    return True


def apply(
    connection: Connection,
    options: argparse.Namespace,
    tree: list[SqlFile],
    plan: Plan,
    ledger: Ledger,
    report: Report,
) -> list[SqlFile]:
    """Run what the plan says and what follows from it, in the tree's order; return what ran."""
    before = {item.address: item for item in objects_of(connection, options.schema)}
    rebuild = plan_rebuild(connection, options.schema, plan.anew, ledger.makers(tree, FROZEN))
    make_way(connection, rebuild)
    for key, name in rebuild.files.items():
        plan.reasons.setdefault(key, f"{name} is made anew")
    runs = []
    for file in report.over(tree):
        reason = plan.reasons.get(file.key)
        if reason is None and runs and file.directory == GRANTS:
            reason = grants_on_what_is_new(connection, options, file, before)
        if reason is None:
            report.ran(file, "keep", "unchanged")
            continue
        runs.append(run_file(connection, options.schema, parsed(file), plan.made_before))
        drop_old_overloads(connection, options, runs[-1], ledger, before)
        report.ran(file, "apply", reason, runs[-1].seconds)
    restore(connection, rebuild)
    settle_ledger(connection, options, runs, plan, ledger, before)
    return [run.file for run in runs]


def grants_on_what_is_new(
    connection: Connection, options: argparse.Namespace, file: SqlFile, before: dict
) -> str | None:
    """Why an unchanged file must grant again: an object made anew has lost its grants."""
    granted = {name for statement in parsed(file).statements for name in statement.grants_on}
    for item in objects_of(connection, options.schema):
        if item.address not in before and item.bare_name in granted:
            return f"{item.name} is new"
    return None


def drop_old_overloads(
    connection: Connection, options: argparse.Namespace, run: Run, ledger: Ledger, before: dict
) -> None:
    """A function whose arguments changed stands there twice; calls would find the wrong one."""
    made_before = ledger.objects.get(run.file.key, {})
    if not any(name.startswith("function ") for name in made_before):
        return
    standing = objects_of(connection, options.schema)
    made = made_by(run, before, standing)
    names_made = {item.bare_name for item in standing if item.name in made}
    for item in standing:
        if item.name in made_before and item.name not in made and item.bare_name in names_made:
            drop(connection, item.name)


def drop(connection: Connection, name: str) -> None:
    statement = drop_statement(name)
    if statement is None:
        raise DeployError(f"{name} is made by no file any more: drop it yourself, it may hold data")
    try:
        connection.execute(statement)
    except errors.DependentObjectsStillExist as error:
        raise CannotReplace(name, failure(error)) from error


def settle_ledger(
    connection: Connection,
    options: argparse.Namespace,
    runs: list[Run],
    plan: Plan,
    ledger: Ledger,
    before: dict,
) -> None:
    """Record what was made, and drop what no file makes any more."""
    standing = objects_of(connection, options.schema)
    for run in runs:
        ledger.objects[run.file.key] = made_by(run, before, standing)
        record(connection, run.file, ledger.objects[run.file.key], run.seconds)
    for key in plan.removed:
        ledger.objects.pop(key)
        forget(connection, key)
    made = {name for objects in ledger.objects.values() for name in objects}
    orphans = {item.name for item in standing if item.name in plan.made_before} - made
    if orphans:
        rebuild = plan_rebuild(connection, options.schema, orphans, {})
        make_way(connection, rebuild)
        restore(connection, rebuild)


# What is told


def with_blockers(
    error: DeployError, connection: Connection, options: argparse.Namespace
) -> DeployError:
    """The error, with the sessions that kept the deploy waiting, oldest transaction first."""
    rows = connection.execute(BLOCKERS, {"schema": options.schema}).fetchall()
    holders = [
        f"pid {pid} (user {user}, application {application or 'unnamed'}, in a transaction for"
        f" {age} s, {state}: {query})"
        for pid, user, application, age, state, query in rows
    ]
    error.fields["detail"] = "Held up by " + "; by ".join(holders or ["a session that has ended"])
    error.fields["hint"] = (
        f"Tried for {options.wait / 1000:g} s, nothing has changed: run again, or longer with --wait."
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


def show_store(connection: Connection, options: argparse.Namespace, report: Report) -> None:
    """What stands there now, how to get to it, and a query to begin with."""
    if options.json or options.roles == "create":
        return
    begin(connection, options)
    tables, views, functions, orders, revenue = connection.execute(
        """SELECT
            count(*) FILTER (WHERE relkind IN ('r', 'p') AND NOT relispartition),
            count(*) FILTER (WHERE relkind IN ('v', 'm')),
            (SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::REGNAMESPACE),
            to_regclass('orders'),
            to_regclass('monthly_revenue')
        FROM pg_class WHERE relnamespace = current_schema()::REGNAMESPACE"""
    ).fetchone()
    holds = [f"{tables} tables", f"{views} views", f"{functions} functions"]
    if orders:
        holds.append("{:,} orders".format(*connection.execute("SELECT count(*) FROM orders").fetchone()))
    report.say(f"Schema {options.schema} holds {', '.join(holds)}.")
    report.say(f"Connect with\n    {report.psql} {shlex.quote(address(report.dsn, options.schema))}")
    if revenue:
        report.say(f"and ask\n    {QUERY_TO_TRY.replace(chr(10), chr(10) + '    ')};")
        if options.demo:
            answer = connection.execute(QUERY_TO_TRY)
            report.say("\n" + table([column.name for column in answer.description], answer))
    roll_back(connection)


def address(given: str, schema: str) -> str:
    """The connection string that was given, less its password, with the store on the search path."""
    settings = {"options": f"-csearch_path={schema}"} | conninfo_to_dict(given)
    settings.pop("password", None)
    return make_conninfo(**settings)


def show_status(connection: Connection, options: argparse.Namespace, report: Report) -> None:
    """The ledger: each file, and the last deploys."""
    begin(connection, options)
    if not read_ledger(connection).exists:
        raise DeployError(f"no store was deployed in schema {options.schema}")
    files = connection.execute(
        """SELECT
            directory, file, to_char(applied_at, 'YYYY-MM-DD HH24:MI:SS') AS applied_utc, applied_by,
            round(extract(EPOCH FROM duration) * 1000, 1) AS ms, sha256
        FROM deployed_files ORDER BY directory, file"""
    ).fetchall()
    deploys = connection.execute(
        """SELECT
            to_char(performed_at, 'YYYY-MM-DD HH24:MI:SS') AS utc, action, performed_by,
            cardinality(files) AS files, round(extract(EPOCH FROM duration) * 1000) AS ms
        FROM deploy_log ORDER BY deploy_id DESC LIMIT 10"""
    ).fetchall()
    roll_back(connection)
    report.applied_before(files)
    shown = [(*columns, sha256[:12]) for *columns, sha256 in files]
    report.say(table(["directory", "file", "applied (UTC)", "by", "ms", "sha256"], shown))
    report.say("\nThe last deploys:")
    report.say(table(["at (UTC)", "what", "by", "files", "ms"], deploys))
    report.finish("deployed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
