"""Runs one file of the tree: statement by statement, with the checks that follow each file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import Connection, errors, generators, pq, sql

from deployment.catalog import CatalogItem, drop_statement, kind_and_name, objects_of
from deployment.online import in_transaction
from deployment.report import DeployError, failure
from deployment.statements import Statement
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
# The role, the path, the transaction, and the constraints that are to be deferred again.
FRAME = """
SELECT
    current_user,
    current_setting('search_path'),
    pg_current_xact_id()::TEXT,
    (SELECT string_agg(quote_ident(conname), ', ')
    FROM pg_constraint
    WHERE condeferred AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = {}))"""
# What this transaction, or a subtransaction such as a PL/pgSQL block with EXCEPTION, wrote into other
# schemas. What is visible although its writer is not known to have ended can only be our own. A
# number from before the last wrap-around may look as if it were still to come: what the query finds
# before any file has run is that.
ELSEWHERE = """
SELECT written.name, written.xmin::TEXT
FROM (
    SELECT oid::REGCLASS::TEXT AS name, relnamespace AS schema_id, xmin
    FROM pg_class WHERE oid >= 16384 AND age(xmin) <= 0
    UNION ALL
    SELECT oid::REGPROCEDURE::TEXT, pronamespace, xmin
    FROM pg_proc WHERE oid >= 16384 AND age(xmin) <= 0
    UNION ALL
    SELECT oid::REGTYPE::TEXT, typnamespace, xmin
    FROM pg_type WHERE oid >= 16384 AND age(xmin) <= 0 AND typtype IN ('d', 'e')
    UNION ALL
    SELECT 'schema ' || nspname, oid, xmin
    FROM pg_namespace WHERE oid >= 16384 AND age(xmin) <= 0
) AS written
INNER JOIN pg_namespace ON schema_id = pg_namespace.oid
CROSS JOIN LATERAL (
    SELECT pg_current_xact_id()::TEXT::BIGINT - age(written.xmin) AS writer
) AS number
WHERE nspname <> %s AND nspname !~ '^pg_(toast|temp_)'
AND CASE
    WHEN writer >= pg_snapshot_xmax(pg_current_snapshot())::TEXT::BIGINT THEN TRUE
    ELSE pg_xact_status(writer::TEXT::XID8) = 'in progress'
END
ORDER BY 1"""


class Frame(NamedTuple):
    """What a file must leave as it was."""

    role: str
    path: str
    transaction: str
    elsewhere: list[tuple[str, str]]


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


def frame_of(connection: Connection, schema: str) -> Frame:
    *frame, _ = connection.execute(sql.SQL(FRAME).format(schema)).fetchone()
    return Frame(*frame, connection.execute(ELSEWHERE, [schema]).fetchall())


def run_file(
    connection: Connection,
    schema: str,
    file: SqlFile,
    frame: Frame,
    made_before: dict | None = None,
) -> Run:
    """Run the file and check what it left; `made_before` is what it made when it last ran."""
    started = time.monotonic()
    before = {one.address for one in objects_of(connection, schema)} if file.is_dynamic else set()
    send(connection, file, schema, made_before)
    if not file.only_defines or file.may_reach_elsewhere:
        check(connection, schema, file, frame)
    found = set()
    if file.is_dynamic:
        found = {one.name for one in objects_of(connection, schema) if one.address not in before}
    return Run(file, time.monotonic() - started, found)


def by_name(items: list[CatalogItem]) -> dict[str, list[CatalogItem]]:
    """What stands under a name: a function with its arguments, and without."""
    found: dict[str, list[CatalogItem]] = {}
    for item in items:
        for name in {item.name, item.name.split("(")[0]}:
            found.setdefault(name, []).append(item)
    return found


def made_by(
    run: Run, before: dict, standing: dict[str, list[CatalogItem]]
) -> dict[str, str | None]:
    """What the file made, with the hash of its CREATE: what one names, and what was found.

    A CREATE names a function without its arguments; it made those it created or replaced.
    """
    made = {name: None for name in run.found if name in standing}
    for create in run.file.statements:
        for item in standing.get(create.makes, ()) if create.word == "CREATE" else ():
            was = before.get(item.address)
            if was is None or item.version is None or item.version != was.version:
                made[item.name] = create.sha256
    return made


def send(
    connection: Connection, file: SqlFile, schema: str = "", made_before: dict | None = None
) -> None:
    """Send the file to the server: as one message, or as few as can be.

    A CREATE that cannot replace (of a policy, an index, a materialised view) is passed over if it
    is the very statement that made the object, else the object is dropped first: the file need not
    say it, and what has not changed is neither locked nor built again.
    """
    made_before = made_before or {}
    batch: list[Statement] = []
    for statement in file.statements:
        if statement.makes in made_before and not statement.replaces:
            send_batch(connection, file, batch, made_before)
            batch = []
            if statement.makes in {item.name for item in objects_of(connection, schema)}:
                if made_before[statement.makes] == statement.sha256:
                    continue
                if drop := drop_statement(statement.makes):
                    try:
                        connection.execute(drop)
                    except psycopg.Error as error:
                        raise explained(error, file, statement, made_before) from error
        batch.append(statement)
    send_batch(connection, file, batch, made_before)


def send_batch(
    connection: Connection, file: SqlFile, batch: list[Statement], made_before: dict
) -> None:
    """Send statements in one message. The server runs them one by one and stops at the first
    error; how many it had done by then tells which statement that was.
    """
    texts = [in_transaction(one) if file.is_online else one.text for one in batch]
    connection.pgconn.send_query(BETWEEN.join(texts).encode(connection.info.encoding))
    results = connection.wait(generators.execute(connection.pgconn))
    if results and results[-1].status == pq.ExecStatus.FATAL_ERROR:
        done = min(len(results) - 1, len(batch) - 1)
        error = errors.error_from_result(results[-1], connection.info.encoding)
        offset = sum(len(text) + len(BETWEEN) for text in texts[:done])
        raise explained(error, file, batch[done], made_before, offset) from error


def explained(
    error: psycopg.Error, file: SqlFile, statement: Statement, made_before: dict, offset: int = 0
) -> Exception:
    """What to tell of an error, or to do about it."""
    told = failure(error, file, statement, offset)
    stands = in_the_way(statement, made_before)
    return CannotReplace(stands, told) if stands and isinstance(error, CANNOT_REPLACE) else told


def in_the_way(statement: Statement, made_before: dict) -> str | None:
    """What the file made earlier under the name that the statement makes now."""
    if statement.makes is None:
        return None
    _, name = kind_and_name(statement.makes)
    return next((old for old in made_before if kind_and_name(old)[1].split("(")[0] == name), None)


def check(connection: Connection, schema: str, file: SqlFile | None, frame: Frame) -> None:
    """No deferred constraint is broken, and the file left the deploy's frame as it was."""
    both = sql.SQL("SET CONSTRAINTS ALL IMMEDIATE;" + FRAME).format(schema)
    try:
        answers = connection.execute(both)
    except psycopg.Error as error:
        raise failure(error, file, file and last_writer(file, error)) from error
    answers.nextset()
    *now, deferred = answers.fetchone()
    if deferred:
        connection.execute(f"SET CONSTRAINTS {deferred} DEFERRED")
    names = ["the role", "search_path", "the transaction"]
    path = file and file.path
    for name, was, is_now in zip(names, frame, now, strict=False):
        if was != is_now:
            raise DeployError(f"it changed {name} from {was} to {is_now}", file=path)
    if file is None or file.may_reach_elsewhere:
        for found in connection.execute(ELSEWHERE, [schema]):
            if found not in frame.elsewhere:
                raise DeployError(f"it made {found[0]}, outside schema {schema}", file=path)


def last_writer(file: SqlFile, error: psycopg.Error) -> Statement | None:
    """The statement to show for a broken deferred constraint: the last that wrote to its table."""
    writers = [one for one in file.statements if one.writes_to == error.diag.table_name]
    return (writers or file.statements or [None])[-1]
