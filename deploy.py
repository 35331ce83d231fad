"""Deploys the store in sql/ to PostgreSQL 15 or later: in one transaction, all of it or nothing.

Without --dsn, and without PGHOST, PGSERVICE or the like, it starts a PostgreSQL of its own in
.postgres/ and leaves it running; --stop ends it.

sql/01_schema is applied once, in order, and then frozen: a change comes as a new file at its end.
The files of the other directories run again when they change or when something they made is gone.
A file that begins with `-- deploy: online` holds one statement, such as CREATE INDEX CONCURRENTLY,
that a live store runs after the commit; as another role than the login (--role) it needs a session
of its own for that, which a pooler cannot give.

The store itself records what was applied (deployed_files, deploy_log), so that a second deploy
finds nothing to do.

exit codes: 0 done, 1 failed and rolled back, 2 wrong usage,
3 there is something to do (--plan) or to repair (--verify, --repair)
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import Connection, sql

from deployment.applying import GRANTS, apply
from deployment.forecast import forecast
from deployment.ledger import Ledger, ledger_tables, log, read_ledger, record
from deployment.online import objects_changed, run_online, session_beside
from deployment.owner import (
    become_owner,
    missing_roles,
    roles_must_be_made,
    who_may_create_roles,
)
from deployment.plan import make_plan, parsed
from deployment.remembering import Changes, remember
from deployment.repairing import adopt, repair
from deployment.report import DeployError, Report, failure
from deployment.running import CannotReplace, frame_of, run_file, send
from deployment.server import CannotConnect, connect_to, names_a_server
from deployment.summary import look_at, show_status, show_store
from deployment.tree import SqlFile, TreeError, read_file, read_tree
from deployment.verifying import verify
from deployment.waiting import is_worth_another_try, keep_others_out, with_blockers

if TYPE_CHECKING:
    from embedded_server import EmbeddedServer

HERE = Path(__file__).resolve().parent
ROLES_FILE = (GRANTS, "010_roles.sql")


def main(arguments: list[str], root: Path = HERE) -> int:
    """Do what the arguments say with the tree under `root`; return the exit code."""
    options = parse(arguments)
    report = Report(options.mode, options.schema, options.json, options.verbose)
    try:
        if options.mode == "stop":
            stop_embedded_server(root, report)
        else:
            with connect(options, root, report) as connection:
                DO[options.mode](connection, options, root, report)
    except DeployError as error:
        return report.failed(error)
    except TreeError as error:
        return report.failed(DeployError(str(error), exit_code=2))
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
    add_mode(mode, "plan", "print what a deploy would do and why; changes nothing, locks nothing")
    add_mode(mode, "verify", "compare with a store deployed afresh, or as last deployed; changes nothing")
    add_mode(mode, "repair", "make again what --verify finds changed, but for tables")
    add_mode(mode, "adopt", "enter a store made by other means into the ledger, if it is the same")
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
    report.dsn = options.dsn or ""
    if not names_a_server(options.dsn):
        report.dsn = start_embedded_server(root, report, may_create=options.mode == "deploy")
    try:
        connection = connect_to(report.dsn, "deploy.py")
    except CannotConnect as error:
        raise DeployError(str(error), exit_code=2 if error.is_usage else 1) from None
    report.server_version = connection.info.parameter_status("server_version")
    if connection.info.server_version < 150000:
        raise DeployError(f"this is PostgreSQL {report.server_version}; it must be 15 or later")
    return connection


def start_embedded_server(root: Path, report: Report, may_create: bool) -> str:
    with embedded_server(root) as server:
        if not server.is_running():
            if not may_create and not server.data_directory.exists():
                raise DeployError("no store was deployed here yet: run python deploy.py")
            report.progress(f"Starting PostgreSQL in {server.data_directory}")
            server.start()
        server.create_database("store")
        report.psql = str(server.psql)
        return server.dsn("store")


def stop_embedded_server(root: Path, report: Report) -> None:
    with embedded_server(root) as server:
        was_running = server.is_running()
        server.stop()
    report.finish("stopped", "PostgreSQL has stopped." if was_running else "None was running.")


@contextmanager
def embedded_server(root: Path) -> Iterator[EmbeddedServer]:
    from embedded_server import EmbeddedServer, EmbeddedServerError  # not needed with --dsn

    try:
        yield EmbeddedServer(root / ".postgres")
    except EmbeddedServerError as error:
        raise DeployError(str(error)) from None


# One deploy


def deploy(connection: Connection, options: argparse.Namespace, root: Path, report: Report) -> None:
    tree = read_tree(root)
    demo = read_file("demo/seed.sql", root) if options.demo else None

    def work(anew: set[str]) -> None:
        try_deploy(connection, options, tree, demo, anew, report)

    until_done(connection, options, report, work)
    if not options.json and options.roles != "create":
        show_store(connection, options.schema, options.role, report, with_answer=options.demo)


def until_done(
    connection: Connection,
    options: argparse.Namespace,
    report: Report,
    work: Callable[[set[str]], None],
) -> None:
    """Try the whole transaction until it succeeds, fails for good, or `--wait` is over.

    `work` is given the names of what turned out not to be replaceable: it is to be made anew.
    """
    deadline = time.monotonic() + options.wait / 1000
    anew: set[str] = set()
    while True:
        report.start_over()
        try:
            return work(anew)
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
                raise with_blockers(told, connection, options.schema, options.wait) from None
            report.waits(told)
        time.sleep(random.uniform(0.05, 0.25))


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
    keep_others_out(connection, options.schema, options.lock_timeout)
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
    changes = Changes()
    if not ledger.exists:
        changes.by_first_deploy(connection, plan.standing)
        send(connection, ledger_tables())
    elif wants_demo:
        changes.by_anything(connection)
    applied = apply(connection, options.schema, tree, plan, ledger, changes, report)
    if applied or plan.removed:
        log(connection, "deploy", applied, started)
    if wants_demo:
        report.progress("Loading the demo store")
        run = run_file(connection, options.schema, demo, frame_of(connection, options.schema))
        report.ran(demo, "apply", "demo", run.seconds)
        log(connection, "demo", [demo], started)
    remember(connection, changes)
    with session_beside(connection, report.dsn, options.role, plan.online) as session:
        commit(connection)
        for file in plan.online:
            applied.append(file)
            run_beside(connection, session, options, file, report)
    seconds = time.monotonic() - started
    what = f"{len(applied)} of {len(tree)} files" if plan else "the demo store"
    report.finish("deployed", f"Deployed {what} in {seconds:.1f} s.")


def run_beside(
    connection: Connection,
    session: Connection,
    options: argparse.Namespace,
    file: SqlFile,
    report: Report,
) -> None:
    """Run an online file in `session`, outside a transaction; record it in one of its own."""
    started = time.monotonic()
    seconds = run_online(session, options.schema, file, report)
    begin(connection, options)
    become_owner(connection, options.schema, options.role)
    made = {one.makes: one.sha256 for one in file.statements if one.makes}
    record(connection, [(file, made, seconds)])
    remember(connection, Changes(objects_changed(connection, file)))
    log(connection, "deploy", [file], started)
    commit(connection)
    report.ran(file, "apply", "online", seconds)


def begin(connection: Connection, options: argparse.Namespace) -> None:
    """Open the transaction; its settings end with it."""
    settings = {
        "lock_timeout": f"{options.lock_timeout}ms",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "check_function_bodies": "on",
        "default_tablespace": "",
        "standard_conforming_strings": "on",
        "TimeZone": "UTC",
    }
    if connection.info.server_version >= 170000:
        settings["transaction_timeout"] = "0"
    statements = [
        sql.SQL("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"),
        sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(options.schema)),
        *[
            sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), value)
            for name, value in settings.items()
        ],
        # So that a deploy that was killed lets go of its locks, also in the middle of a long
        # statement; a server on Windows cannot.
        sql.SQL(
            "SELECT set_config('client_connection_check_interval', '1s', TRUE)"
            " WHERE version() !~ 'Visual C|mingw'"
        ),
    ]
    connection.execute(sql.SQL("; ").join(statements))


def provide_roles(connection: Connection, options: argparse.Namespace, tree: list[SqlFile]) -> None:
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


# The other modes


def show_plan(
    connection: Connection, options: argparse.Namespace, root: Path, report: Report
) -> None:
    tree = read_tree(root)
    look_at(connection, options.schema, options.role)
    is_pending = forecast(connection, options.schema, tree, read_ledger(connection), report)
    roll_back(connection)
    if is_pending:
        return report.finish("pending", "Nothing was changed.", exit_code=3)
    report.finish("unchanged", "There is nothing to do.")


def show_drift(
    connection: Connection, options: argparse.Namespace, root: Path, report: Report
) -> None:
    tree = read_tree(root)
    survey = verify(connection, options.schema, options.role, tree, may_recall=True)
    report.survey(survey.drift, survey.unmanaged, survey.compared_with)
    model = "it was deployed" if survey.compared_with else "its files make it"
    if survey.drift:
        message = f"{len(survey.drift)} differences from the store as {model}."
        return report.finish("drift", message, exit_code=3)
    report.finish("verified", f"The store is as {model}, in {len(survey.actual)} facts.")


def repair_store(
    connection: Connection, options: argparse.Namespace, root: Path, report: Report
) -> None:
    tree = read_tree(root)
    survey = verify(connection, options.schema, options.role, tree)

    def work(anew: set[str]) -> None:
        begin(connection, options)
        keep_others_out(connection, options.schema, options.lock_timeout)
        become_owner(connection, options.schema, options.role)
        ledger = read_ledger(connection)
        left = repair(connection, options.schema, tree, ledger, survey, anew, report)
        commit(connection)
        roles = [one for one in survey.drift if one.kind == "role"]
        report.survey(roles + left, survey.unmanaged)
        message = f"{len(survey.drift)} differences found, {len(roles + left)} left to you."
        report.finish("repaired", message, exit_code=3 if roles + left else 0)

    until_done(connection, options, report, work)


def adopt_store(
    connection: Connection, options: argparse.Namespace, root: Path, report: Report
) -> None:
    tree = read_tree(root)
    survey = verify(connection, options.schema, options.role, tree)

    def work(_: set[str]) -> None:
        begin(connection, options)
        keep_others_out(connection, options.schema, options.lock_timeout)
        become_owner(connection, options.schema, options.role)
        adopt(connection, options.schema, tree, read_ledger(connection), survey)
        commit(connection)
        report.finish("adopted", f"{len(tree)} files are in the ledger now, as if deployed.")

    until_done(connection, options, report, work)


def show_ledger(
    connection: Connection, options: argparse.Namespace, root: Path, report: Report
) -> None:
    show_status(connection, options.schema, options.role, report)


DO = {
    "deploy": deploy,
    "plan": show_plan,
    "verify": show_drift,
    "repair": repair_store,
    "adopt": adopt_store,
    "status": show_ledger,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
