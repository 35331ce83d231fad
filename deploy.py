"""Deploys the store in sql/ to PostgreSQL 15 or later: in one transaction, all of it or nothing.

The server is the one that --dsn names, else DATABASE_URL, else PGHOST, PGSERVICE or the like. Where
none of them does, it starts a PostgreSQL of its own in .postgres/ and leaves it running; --stop ends it.

sql/01_schema is applied once, in order, and then frozen: a change comes as a new file at its end.
The files of the other directories run again when they change or when something they made is gone.
A file that begins with `-- deploy: online` holds one statement, such as CREATE INDEX CONCURRENTLY,
that a live store runs after the commit; as another role than the login (--role) it needs a session
of its own for that, which a pooler cannot give.

The store itself records what was applied (deployed_files, deploy_log), so that a second deploy
finds nothing to do.

exit codes: 0 done, 1 failed (the last line says what has become of it), 2 wrong usage,
3 there is something to do (--plan) or to repair (--verify, --repair)
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg
from psycopg import Connection

from deployment.decision import Circumstances
from deployment.deploying import deploy, plan
from deployment.repairing import adopt, repair
from deployment.report import DeployError, Report, failure
from deployment.running import CannotReplace, blamed
from deployment.server import CannotConnect, chosen_dsn, connect_to, without_passwords
from deployment.store import Store
from deployment.summary import show_status, show_store
from deployment.tree import TreeError, read_file, read_tree
from deployment.verifying import verify
from deployment.waiting import is_worth_another_try, keep_others_out, with_blockers

if TYPE_CHECKING:
    from embedded_server import EmbeddedServer

HERE = Path(__file__).resolve().parent
LOCK_TIMEOUT = 300  # milliseconds
LONGEST_SCHEMA = 40  # letters; that of --plan and --verify, beside it, has a name made from it


def main(arguments: list[str], root: Path = HERE) -> int:
    """Do what the arguments say with the tree under `root`; return the exit code."""
    options = parse(arguments)
    report = Report(options.mode, options.schema, options.json, options.verbose)
    store = None
    try:
        if options.mode == "stop":
            stop_embedded_server(root, report)
        else:
            store = open_store(options, root, report)
            with closing(store.connection):
                DO[options.mode](store, options, root, report)
    except DeployError as error:
        return report.failed(error, store.outcome if store else None)
    except TreeError as error:
        return report.failed(DeployError(str(error), exit_code=2), None)
    except psycopg.Error as error:
        return report.failed(failure(error), store.outcome if store else None)
    except KeyboardInterrupt:
        return report.failed(DeployError("interrupted"), store.outcome if store else None)
    return report.done()


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(without_passwords(message))  # a stray argument may be a connection string


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = Parser("deploy.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add, mode = parser.add_argument, parser.add_mutually_exclusive_group()
    add("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    add("--schema", type=schema_name, default="store", help="where the store lives; a database holds several (store)")
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
    add_time(parser, "--lock-timeout", None, "longest wait for one lock, at first (300ms)")
    add_time(parser, "--wait", "60s", "longest wait for locks and other deploys together (60s)")
    add("--json", action="store_true", help="print one JSON object instead of text")
    add("-v", "--verbose", action="store_true", help="print each file with its time")
    parser.set_defaults(mode="deploy")
    return parser.parse_args(arguments)


def add_mode(group: Any, mode: str, meaning: str) -> None:
    group.add_argument(f"--{mode}", action="store_const", dest="mode", const=mode, help=meaning)


def add_time(parser: argparse.ArgumentParser, flag: str, default: str | None, meaning: str) -> None:
    parser.add_argument(flag, type=milliseconds, default=default, metavar="TIME", help=meaning)


def milliseconds(text: str) -> int:
    """The length of 300ms, 60s or 2min; a bare number is seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|min|)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 300ms, 60s or 2min")
    return int(float(match[1]) * {"ms": 1, "s": 1_000, "": 1_000, "min": 60_000}[match[2]])


def schema_name(text: str) -> str:
    from deployment.statements import is_plain

    is_ours = is_plain(text) and text not in ("public", "information_schema") and not text.startswith("pg_")
    if not is_ours or len(text) > LONGEST_SCHEMA:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name for a store's schema: lower-case letters, digits and underscores, at"
            f" most {LONGEST_SCHEMA}, and neither a reserved word nor public nor one of PostgreSQL's own"
        )
    return text


# The server


def open_store(options: argparse.Namespace, root: Path, report: Report) -> Store:
    """The store on the server that was named, or on the embedded one."""
    dsn = chosen_dsn(options.dsn)
    if dsn is None:
        dsn = start_embedded_server(root, report, may_create=options.mode == "deploy")
    report.dsn = dsn
    try:
        connection = connect_to(dsn, "deploy.py", wait=options.wait / 1000)
    except CannotConnect as error:
        raise DeployError(str(error), exit_code=2 if error.is_usage else 1) from None
    try:
        return look_around(connection, options, report)
    except BaseException:
        connection.close()
        raise


def look_around(connection: Connection, options: argparse.Namespace, report: Report) -> Store:
    """The store, if the server and the database will do for one."""
    connection.add_notice_handler(report.notice)
    report.server_version = connection.info.parameter_status("server_version")
    if connection.info.server_version < 150000:
        raise DeployError(f"this is PostgreSQL {report.server_version}; it must be 15 or later")
    store = Store(connection, options.schema, options.role, options.lock_timeout or LOCK_TIMEOUT)
    store.look_around()
    if options.lock_timeout is None:
        store.lock_timeout = min(store.lock_timeout, store.longest_lock_timeout)
    elif not 0 < options.lock_timeout < store.deadlock_timeout:
        raise DeployError(
            f"--lock-timeout {options.lock_timeout}ms is not between 0 and the server's"
            f" deadlock_timeout, {store.deadlock_timeout}ms",
            hint="Above it the server ends the application's transaction instead of the deploy's.",
            exit_code=2,
        )
    return store


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


# The modes


def deploy_store(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    tree = read_tree(root)
    demo = read_file("demo/seed.sql", root) if options.demo else None

    def work(found: Circumstances) -> None:
        deploy(store, tree, demo, options.roles, found, report)

    until_done(store, options, report, work)
    if not options.json and options.roles != "create":
        until_done(store, options, report, lambda _: show_store(store, report, with_answer=options.demo))


def show_plan(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    tree = read_tree(root)
    until_done(store, options, report, lambda _: plan(store, tree, report))


def show_drift(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    tree = read_tree(root)
    survey = until_done(store, options, report, lambda _: verify(store, tree, may_recall=True))
    report.survey(survey.drift, survey.unmanaged, survey.compared_with)
    model = "it was deployed" if survey.compared_with else "its files make it"
    if survey.drift:
        message = f"{len(survey.drift)} differences from the store as {model}."
        return report.finish("drift", message, exit_code=3)
    report.finish("verified", f"The store is as {model}, in {len(survey.actual)} facts.")


def repair_store(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    tree = read_tree(root)

    def work(found: Circumstances) -> None:
        survey = verify(store, tree)
        begin_alone(store)
        left = repair(store, tree, survey, found, report)
        store.commit()
        roles = [one for one in survey.drift if one.kind == "role"]
        report.survey(roles + left, survey.unmanaged)
        message = f"{len(survey.drift)} differences found, {len(roles + left)} left to you."
        report.finish("repaired", message, exit_code=3 if roles + left else 0)

    until_done(store, options, report, work)


def adopt_store(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    tree = read_tree(root)

    def work(_: Circumstances) -> None:
        survey = verify(store, tree)
        begin_alone(store)
        adopt(store, tree, survey)
        store.commit()
        report.finish("adopted", f"{len(tree)} files are in the ledger now, as if deployed.")

    until_done(store, options, report, work)


def show_ledger(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    until_done(store, options, report, lambda _: show_status(store, report))


DO = {
    "deploy": deploy_store,
    "plan": show_plan,
    "verify": show_drift,
    "repair": repair_store,
    "adopt": adopt_store,
    "status": show_ledger,
}


def begin_alone(store: Store) -> None:
    store.begin()
    keep_others_out(store)
    store.become_owner()


def until_done(store: Store, options: argparse.Namespace, report: Report, work: Callable[[Circumstances], Any]) -> Any:
    """Try it all until it succeeds, fails for good, or `--wait` is over.

    `work` is told what turned out not to be replaceable: it is to be made anew. Each time somebody
    is in the way it waits longer for a lock, as long as the server would not end him for it.
    """
    store.deadline = time.monotonic() + options.wait / 1000
    irreplaceable: set[str] = set()
    while True:
        report.start_over()
        try:
            return work(Circumstances(irreplaceable=irreplaceable))
        except CannotReplace as found:
            if found.object_name in irreplaceable:
                raise found.error from None
            store.roll_back()
            irreplaceable.add(found.object_name)
            continue
        except (DeployError, psycopg.Error) as error:
            told = error if isinstance(error, DeployError) else failure(error)
            if store.connection.closed or not is_worth_another_try(error.__cause__ or error):
                raise blamed(told, store) from None
            store.roll_back()
            if time.monotonic() > store.deadline:
                raise with_blockers(told, store, options.wait) from None
            report.waits(told)
        store.lock_timeout = max(store.lock_timeout, min(store.lock_timeout * 3 // 2, store.longest_lock_timeout))
        time.sleep(random.uniform(0.05, 0.25))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
