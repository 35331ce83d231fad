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

import argparse
import gc
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

try:
    import psycopg

    if find_spec("pglast") is None:  # not imported: a deploy with nothing to do has no use for it
        raise ModuleNotFoundError(name="pglast")
except ModuleNotFoundError as missing:
    sys.exit(f"ERROR: the package {missing.name} is not installed: run pip install -e .")

from deployment.decision import Circumstances
from deployment.deploying import deploy, plan
from deployment.errors import DeployError, failure, without_passwords
from deployment.repairing import adopt, repair
from deployment.report import Report
from deployment.running import CannotReplace, blamed
from deployment.server import chosen_dsn, connect_to
from deployment.statements import is_plain
from deployment.store import LOCK_TIMEOUT, Store
from deployment.summary import show_status, show_store
from deployment.tree import read_file, read_tree
from deployment.verifying import verify
from deployment.waiting import is_worth_another_try, with_blockers
from store_server import start_embedded_server

HERE = Path(__file__).resolve().parent
LONGEST_SCHEMA = 40  # letters; that of --plan and --verify, beside it, has a name made from it
MODES = {
    "plan": "print what a deploy would do and why; changes nothing, locks nothing",
    "verify": "compare with a store deployed afresh, or as last deployed; changes nothing",
    "repair": "make again what --verify finds changed, but for tables",
    "adopt": "enter a store made by other means into the ledger, if it is the same",
    "status": "print what was deployed and when; changes nothing",
    "stop": "stop the embedded PostgreSQL",
}


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
                look_around(store, options, report)
                do(store, options, root, report)
        return report.done()
    except DeployError as error:
        told = error
    except psycopg.Error as error:
        told = failure(error)
    except KeyboardInterrupt:
        told = DeployError("interrupted")
    return report.failed(told, store.outcome if store else None)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(without_passwords(message))  # a stray argument may be a connection string


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = Parser("deploy.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add, mode = parser.add_argument, parser.add_mutually_exclusive_group()
    add("--dsn", type=given, help="the database, as libpq takes it: postgresql://user@host/database")
    add("--schema", type=schema_name, default="store", help="where the store lives; a database holds several (store)")
    add("--role", type=given, metavar="OWNER", help="who shall own the store (the role that connects)")
    for name, meaning in MODES.items():
        mode.add_argument(f"--{name}", action="store_const", dest="mode", const=name, help=meaning)
    add("--demo", action="store_true", help="also load the small demo store, once")
    add(
        "--roles",
        choices=["auto", "create", "require"],
        default="auto",
        help="the group roles shop_*: auto makes what is missing, require makes none, create makes"
        " them and nothing else (auto)",
    )
    timed: dict[str, Any] = {"type": milliseconds, "metavar": "TIME"}
    add("--lock-timeout", help="longest wait for one lock, at first (300ms)", **timed)
    add("--wait", default="60s", help="longest wait for locks and other deploys together (60s)", **timed)
    add("--json", action="store_true", help="print one JSON object instead of text")
    add("-v", "--verbose", action="store_true", help="print each file with its time")
    parser.set_defaults(mode="deploy")
    return parser.parse_args(arguments)


def milliseconds(text: str) -> int:
    """The length of 300ms, 60s or 2min; a bare number is seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|min|)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 300ms, 60s or 2min")
    return int(float(match[1]) * {"ms": 1, "s": 1_000, "": 1_000, "min": 60_000}[match[2]])


def given(text: str) -> str:
    """A variable of a script's that is not set must not lead to another database, or to today."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def schema_name(text: str) -> str:
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
        server = start_embedded_server(root, may_create=options.mode == "deploy", say=report.progress)
        dsn, report.psql = server.dsn("store"), str(server.psql)
    report.dsn = dsn
    connection = connect_to(dsn, "deploy.py", wait=options.wait / 1000)
    return Store(connection, options.schema, options.role)


def look_around(store: Store, options: argparse.Namespace, report: Report) -> None:
    """Go on if the server and the database will do for a store."""
    store.connection.add_notice_handler(lambda told: report.remark(f"{told.severity}: {told.message_primary}"))
    report.server_version = store.connection.info.parameter_status("server_version")
    if store.major < 15:
        raise DeployError(f"this is PostgreSQL {report.server_version}; it must be 15 or later")
    store.look_around()
    given = options.lock_timeout
    store.lock_timeout = min(LOCK_TIMEOUT, store.longest_lock_timeout) if given is None else given
    if not 0 < store.lock_timeout < store.deadlock_timeout:
        raise DeployError(
            f"--lock-timeout {store.lock_timeout}ms is not between 0 and the server's deadlock_timeout,"
            f" {store.deadlock_timeout}ms",
            hint="Above it the server ends the application's transaction instead of the deploy's.",
            exit_code=2,
        )


def stop_embedded_server(root: Path, report: Report) -> None:
    from embedded_server import EmbeddedServer  # not needed with --dsn

    was_running = EmbeddedServer(root / ".postgres").stop()
    report.finish("stopped", "PostgreSQL has stopped." if was_running else "None was running.")


# The modes


def do(store: Store, options: argparse.Namespace, root: Path, report: Report) -> None:
    """What the mode says, until it is done."""
    tree = read_tree(root) if options.mode != "status" else []
    demo = read_file("demo/seed.sql", root) if options.demo and options.mode in ("deploy", "plan") else None

    def work(irreplaceable: set[str]) -> None:
        found = Circumstances(irreplaceable, demo=demo)
        match options.mode:
            case "deploy":
                deploy(store, tree, options.roles, found, report)
            case "plan":
                plan(store, tree, options.roles, found, report)
            case "status":
                show_status(store, report)
            case "verify":
                verify(store, tree, may_recall=True).tell(report)
            case "repair":
                repair(store, tree, verify(store, tree), found, report)
            case "adopt":
                adopt(store, tree, verify(store, tree), report)

    until_done(store, options, report, work)
    if options.mode == "deploy" and not options.json and options.roles != "create":
        until_done(store, options, report, lambda _: show_store(store, report, with_answer=options.demo))


def until_done(store: Store, options: argparse.Namespace, report: Report, work: Callable[[set[str]], None]) -> None:
    """Try it all until it succeeds, fails for good, or `--wait` is over.

    `work` is told what turned out not to be replaceable: it is to be made anew. Each time somebody
    is in the way it waits longer for a lock, as long as the server would not end him for it.
    """
    store.deadline = time.monotonic() + options.wait / 1000
    irreplaceable: set[str] = set()
    while True:
        report.start_over()
        try:
            return work(irreplaceable)
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: who ends it learns what has become of it
    gc.set_threshold(100_000)  # looking for garbage took half the time of reading the files
    sys.exit(main(sys.argv[1:]))
