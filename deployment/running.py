"""Runs one file of the tree: statement by statement, with the checks that follow each file."""

import re
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import errors, generators, pq

from deployment.catalog import CatalogItem, bare_name, drop_statement, objects_of, without_arguments
from deployment.errors import DeployError, failure
from deployment.online import CONCURRENTLY, in_full
from deployment.statements import Statement, is_plain, last_name, spelled
from deployment.store import Store
from deployment.tree import SqlFile

# A CREATE OR REPLACE that cannot replace, and a CREATE of what is there: as another kind of thing,
# with other columns, arguments or result.
CANNOT_REPLACE = (
    errors.InvalidTableDefinition,
    errors.InvalidFunctionDefinition,
    errors.DuplicateTable,
    errors.DuplicateObject,
    errors.DuplicateFunction,
    errors.WrongObjectType,
    errors.DependentObjectsStillExist,
)
# On a line of its own: a statement may end in a comment.
BETWEEN = "\n;\n"
# The role, the transaction, and the constraints that are to be deferred again.
FRAME = """
SELECT
    current_user::TEXT,
    pg_current_xact_id()::TEXT,
    (SELECT string_agg(format('%%I.%%I', %(schema)s::TEXT, conname), ', ')
    FROM pg_constraint WHERE condeferred AND connamespace = to_regnamespace(%(schema)s))"""
BASE_OF_DOMAIN = """
SELECT typbasetype, typtypmod, typcollation FROM pg_type WHERE oid = to_regtype(%s)"""


class Frame(NamedTuple):
    """What a file must leave as it was."""

    role: str
    transaction: str
    elsewhere: list[tuple]


class CannotReplace(Exception):
    """An object must be dropped, and what depends on it made again, before its file can run."""

    def __init__(self, object_name: str, error: DeployError):
        super().__init__(object_name)
        self.object_name, self.error = object_name, error


@dataclass
class Run:
    """A file that ran; `found` are the names of what it made without naming it in a CREATE."""

    file: SqlFile
    seconds: float
    found: set[str]


def frame_of(store: Store) -> Frame:
    role, transaction, _ = store.one(FRAME, {"schema": store.schema})
    return Frame(role, transaction, store.ask_for("elsewhere"))


def run_file(store: Store, file: SqlFile, frame: Frame, made_before: dict[str, str | None]) -> Run:
    """Run the file and check what it left; `made_before` is what was made by the files that run."""
    started = time.monotonic()
    if file.is_online:
        in_full(store, file, {})
    before = {one.name for one in objects_of(store)} if file.is_dynamic else set()
    send(store, file, made_before)
    if not file.only_defines:
        check(store, file, frame)
        for one in file.statements:
            if one.kind == "VariableSetStmt":
                store.ask(f"SET LOCAL {one.node.name} TO DEFAULT")
        store.frame()
    found = {one.name for one in objects_of(store)} - before if file.is_dynamic else set()
    for name in found:
        if not all(map(is_plain, without_arguments(name).split(" ")[-1:])):
            raise DeployError(f"it made {name}, which needs quotes wherever it is used", file=file.path)
    return Run(file, time.monotonic() - started, found)


def made_by(
    runs: list[Run], before: list[CatalogItem], after: list[CatalogItem], made_before: dict[str, str | None]
) -> list[tuple[SqlFile, dict[str, str | None], float]]:
    """Each file that ran, with what it made, by the hash of its CREATE if one names it, and its seconds.

    A CREATE names a function without its arguments; it made those it created, replaced or found as it had made them.
    """
    versions = {item.address: item.version for item in before}
    standing = defaultdict(list)
    for item in after:
        for name in {item.name, without_arguments(item.name)}:
            standing[name].append(item)
    told = []
    for run in runs:
        made: dict[str, str | None] = {name: None for name in run.found if name in standing}
        for create in run.file.statements:
            for item in standing.get(create.makes or "", ()):
                is_as_before = item.version is not None and item.version == versions.get(item.address)
                if not is_as_before or made_before.get(item.name) == create.sha256:
                    made[item.name] = create.sha256
        told.append((run.file, made, run.seconds))
    return told


def send(store: Store, file: SqlFile, made_before: dict[str, str | None] | None = None) -> None:
    """Send the file to the server: as one message, or as few as can be.

    A CREATE that cannot replace (of a policy, an index, a materialised view) is passed over if it
    is the very statement that made the object, else the object is dropped first: the file need not
    say it, and what has not changed is neither locked nor built again. A domain is altered.
    """
    made_before = made_before or {}
    batch: list[Statement] = []
    for statement in file.statements:
        if (name := made_earlier(statement, made_before)) and not statement.replaces:
            send_batch(store, file, batch, made_before)
            batch = []
            if name in {item.name for item in objects_of(store)}:
                if made_before[name] == statement.sha256:
                    if is_elsewhere(store, statement):
                        why = f"{name} stands, but on another relation: rename or drop it"
                        raise file.refused(statement.position, why)
                    continue
                try:
                    if statement.kind == "CreateDomainStmt":
                        alter_domain(store, statement)
                        continue
                    if drop := drop_statement(name):
                        store.run(drop)
                except psycopg.Error as error:
                    raise explained(error, file, statement, made_before) from error
        batch.append(statement)
    send_batch(store, file, batch, made_before)


def is_elsewhere(store: Store, statement: Statement) -> bool:
    """Whether its index is another relation's, as that of a materialised view that was renamed."""
    node = statement.node
    on = statement.kind == "IndexStmt" and [f"{store.schema}.{one}" for one in (node.idxname, node.relation.relname)]
    query = "SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indrelid IS DISTINCT FROM to_regclass(%s)"
    return bool(on and store.ask(query, on).fetchall())


def made_earlier(statement: Statement, made_before: dict[str, str | None]) -> str | None:
    """What it has made before under its name: of routines, with arguments, what it made as it stands."""
    if statement.makes in made_before:
        return statement.makes
    if statement.kind in ("CreateFunctionStmt", "DefineStmt"):
        return next((name for name, sha256 in made_before.items() if sha256 == statement.sha256), None)
    return None


def send_batch(store: Store, file: SqlFile, batch: list[Statement], made_before: dict) -> None:
    """Send statements in one message. The server runs them one by one and stops at the first
    error; how many it had done by then tells which statement that was.
    """
    connection = store.connection
    store.set_path(store.path)
    texts = [CONCURRENTLY.sub("", one.text, count=1) if file.is_online else one.text for one in batch]
    connection.pgconn.send_query(BETWEEN.join(texts).encode(connection.info.encoding))
    results = connection.wait(generators.execute(connection.pgconn))
    if results and results[-1].status == pq.ExecStatus.FATAL_ERROR:
        done = min(len(results) - 1, len(batch) - 1)
        error = errors.error_from_result(results[-1], connection.info.encoding)
        offset = sum(len(text) + len(BETWEEN) for text in texts[:done])
        raise explained(error, file, batch[done], made_before, offset) from error


def alter_domain(store: Store, statement: Statement) -> None:
    """Make a domain that stands what the statement says; tables may hold values of it."""
    node, name = statement.ast, last_name(statement.node.domainname)
    with store.attempt(undo=True):
        base = [spelled(part) for part in (node.typeName, node.collClause) if part]
        store.run(f"CREATE DOMAIN base_to_be AS {' '.join(base)}")
        to_be = store.ask(BASE_OF_DOMAIN, [f"{store.schema}.base_to_be"]).fetchone()
    if store.ask(BASE_OF_DOMAIN, [f"{store.schema}.{name}"]).fetchone() != to_be:
        raise CannotReplace(f"type {name}", DeployError(f"domain {name} has another base type now"))
    alter = f"ALTER DOMAIN {name}"
    checks = store.column(
        "SELECT quote_ident(conname) FROM pg_constraint WHERE contypid = to_regtype(%s) AND contype = 'c'",
        [f"{store.schema}.{name}"],
    )
    for check_name in checks:
        store.run(f"{alter} DROP CONSTRAINT {check_name}")
    store.run(f"{alter} DROP DEFAULT; {alter} DROP NOT NULL")
    for constraint in node.constraints or ():
        verb = "ADD" if constraint.contype.name == "CONSTR_CHECK" else "SET"
        store.run(f"{alter} {verb} {spelled(constraint)}")


def explained(
    error: psycopg.Error, file: SqlFile, statement: Statement, made_before: dict, offset: int = 0
) -> Exception:
    """What to tell of an error, or to do about it."""
    told = failure(error, file, statement, offset)
    name = bare_name(statement.makes or "")
    stands = next((old for old in made_before if bare_name(old) == name), None)  # what the files made earlier
    return CannotReplace(stands, told) if stands and isinstance(error, CANNOT_REPLACE) else told


def check(store: Store, file: SqlFile | None, frame: Frame) -> None:
    """No deferred constraint is broken, and the file left the deploy's frame as it was."""
    path = file and file.path
    try:
        answers = store.connection.execute("SET CONSTRAINTS ALL IMMEDIATE; SHOW search_path")
    except psycopg.Error as error:
        raise failure(error, file, last_writer(file, error) if file else None) from error
    answers.nextset()
    (search_path,) = answers.fetchone() or ("",)
    if file and search_path != store.path:
        raise DeployError(f"it changed search_path from {store.path} to {search_path}", file=path)
    *now, deferred = store.one(FRAME, {"schema": store.schema})
    if deferred:
        store.ask(f"SET CONSTRAINTS {deferred} DEFERRED")
    for name, was, is_now in zip(["the role", "the transaction"], frame, now, strict=False):
        if was != is_now:
            raise DeployError(f"it changed {name} from {was} to {is_now}", file=path)
    if file is None or file.is_dynamic:
        for found in store.ask_for("elsewhere"):
            if found not in frame.elsewhere:
                triggers = ", ".join(store.event_triggers)
                who = f"the event trigger {triggers}" if triggers else "it"
                who = f"it, or {who}," if triggers and file else who
                raise DeployError(f"{who} made {found[0]}, outside schema {store.schema}", file=path)


def blamed(told: DeployError, store: Store) -> DeployError:
    """The error, laid at the door of the event trigger whose function raised it, or may be behind it."""
    for trigger, function in store.event_triggers.items():
        if re.search(rf"\b{re.escape(function)}\(\) line ", told.fields["context"] or ""):
            told.fields["message"] = f"the event trigger {trigger} ended it: {told}"
            told.fields["hint"] = told.fields["hint"] or f"Have a superuser run: ALTER EVENT TRIGGER {trigger} DISABLE;"
    if told.fields["sqlstate"] == "42501" and store.event_triggers and not told.fields["hint"]:
        told.fields["hint"] = (
            f"What is made here also runs {', '.join(store.event_triggers)}, which may have changed it."
        )
    return told


def last_writer(file: SqlFile, error: psycopg.Error) -> Statement | None:
    """The statement to show for a broken deferred constraint: the last that wrote to its table."""
    writers = [one for one in file.statements if one.writes_to == error.diag.table_name]
    return next(reversed(writers or file.statements), None)
