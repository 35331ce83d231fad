"""Online files: one statement that must not run in a transaction, such as a CREATE INDEX
CONCURRENTLY, and so does not lock out the writers of a live store.

Such a file begins with the line `-- deploy: online`. A new store runs it with all others, without
CONCURRENTLY. A live one runs it after the commit, and records it when it is done: whatever ends it
half-way, the next deploy begins it again, dropping the invalid index it may have left.
"""

import copy
import os
import re
import time
from contextlib import AbstractContextManager, nullcontext

import psycopg
from psycopg import Connection, errors
from psycopg.conninfo import conninfo_to_dict

from deployment.errors import DeployError, failure
from deployment.report import Report
from deployment.server import CannotConnect, connect_to
from deployment.statements import Node, Statement, spelled
from deployment.store import FRAME, Store
from deployment.tree import SqlFile
from deployment.waiting import is_worth_another_try

CONCURRENTLY = re.compile(r"\s*\bCONCURRENTLY\b", re.IGNORECASE)
SECONDS_BETWEEN_LOOKS = 0.5
# Of an index, if there is one: of what is not valid, whether a session holds it.
INDEX_STATE = """
SELECT CASE WHEN indisvalid AND indisready THEN 'valid' WHEN EXISTS (
    SELECT FROM pg_catalog.pg_locks
    WHERE relation IN (indexrelid, indrelid) AND pid <> pg_catalog.pg_backend_pid() AND granted
    AND mode = 'ShareUpdateExclusiveLock'
) THEN 'being built' ELSE 'invalid' END
FROM pg_catalog.pg_index
INNER JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid
INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s AND relname = %s"""
# Whether a partition is half detached; none, if it is none.
DETACHING = "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass(%s)"
# What is partitioned and, if that matters, has a default partition.
PARTITIONED = """
SELECT TRUE FROM pg_partitioned_table WHERE partrelid = to_regclass(%s) AND (partdefid <> 0 OR NOT %s)"""


def run_online(session: Connection, store: Store, file: SqlFile, text: str, is_outdated: bool, report: Report) -> float:
    """Run the file's statement by itself, outside a transaction, as `text` says it; return its seconds.

    `is_outdated`: an index that stands is what the file said before.
    """
    started = time.monotonic()
    (statement,), schema = file.statements, store.schema
    name = statement.node.idxname if statement.kind == "IndexStmt" else None
    partition = [f"{schema}.{one.name.relname}" for one in details_of(statement)]
    report.progress(f"Running {file.path} beside the application")
    while True:
        (state,) = session.execute(INDEX_STATE, [schema, name]).fetchone() or (None,)
        if state == "being built":
            report.waits(DeployError(f"another session builds the index {name}"))
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        detached = session.execute(DETACHING, partition).fetchone() if partition else (False,)
        if state == "valid" and not is_outdated or detached is None:
            break
        try:
            if state:
                session.execute(f"DROP INDEX CONCURRENTLY {schema}.{name}")
                is_outdated = False
            session.execute(CONCURRENTLY.sub(" FINALIZE", text) if detached[0] else text)
            break
        except psycopg.Error as error:
            if isinstance(error, errors.DuplicateTable) and session.execute(INDEX_STATE, [schema, name]).fetchone():
                continue  # another deploy was faster: look again
            told = failure(error, file, statement)
            if session.closed or not is_worth_another_try(error) or time.monotonic() > store.deadline:
                raise told from None
            report.waits(told)
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return time.monotonic() - started


def in_full(store: Store, file: SqlFile, made_before: dict) -> str:
    """The file's statement with all it speaks of named in full: outside a transaction there is no search_path to set
    that would not outlive it, and the login's own may lead to what others have planted. That of an index is what
    PostgreSQL says of the same one on an empty copy. Refused is what would go well in a transaction alone.
    """
    (statement,), schema = file.statements, store.schema
    (*_, name), details = statement.targets[0], details_of(statement)
    if (details or statement.kind == "IndexStmt") and store.column(PARTITIONED, [f"{schema}.{name}", bool(details)]):
        why = f"{name} is partitioned{' and has a default partition' if details else ''}"
        raise file.refused(statement.position, f"{why}: PostgreSQL does that to none beside the application")
    if statement.kind == "DropStmt":  # IF EXISTS: done, perhaps, by a deploy that did not come to say so
        return f"DROP INDEX CONCURRENTLY IF EXISTS {schema}.{name}"
    if statement.kind == "IndexStmt":
        return index_in_full(store, file, made_before)
    told = statement.text.encode()  # the parser counts bytes
    for named in reversed([statement.node.relation, *(one.name for one in details)]):
        told = told[: named.location] + f"{schema}.".encode() + told[named.location :]
    return told.decode()


def details_of(statement: Statement) -> list[Node]:
    """What an ALTER TABLE says of each change, such as the partition that it detaches."""
    return [detail for one in statement.node.cmds or () if (detail := getattr(one, "def"))]


def index_in_full(store: Store, file: SqlFile, made_before: dict) -> str:
    """What makes the file's index; one of this name that no file has made must be the same."""
    (statement,), schema = file.statements, store.schema
    name, table = statement.node.idxname, statement.node.relation.relname
    standing = store.column("SELECT pg_get_indexdef(to_regclass(%s))", [f"{schema}.{name}"])
    copied = copy.copy(statement.ast.relation)
    copied.relname = "empty_copy"
    try:
        with store.attempt(undo=True):
            store.run(f"CREATE TABLE empty_copy (LIKE {table})")
            store.run(spelled(statement.ast, relation=copied, idxname=None, concurrent=False, if_not_exists=False))
            query = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass(%s)"
            (definition,) = store.one(query, [f"{schema}.empty_copy"])
    except psycopg.Error as error:
        raise failure(error, file, statement) from error
    definition = re.sub(r" \S+ ON \S+ ", f" {name} ON {schema}.{table} ", definition, count=1)
    if f"index {name}" not in made_before and standing not in ([None], [definition]):
        raise file.taken(statement, f"index {name}")
    return definition.replace(" INDEX ", " INDEX CONCURRENTLY ", 1)


def session_beside(store: Store, dsn: str, files: list[SqlFile]) -> AbstractContextManager[Connection]:
    """The session in which the online files run: this one, or where that acts as another role than
    the owner, or with other settings than the frame's, one of its own.

    Outside a transaction what is set would stay behind in a pooler's session, for whoever comes next;
    so it is given on connecting.
    """
    given = str(conninfo_to_dict(dsn).get("options") or os.environ.get("PGOPTIONS", ""))
    names = {name for (name,) in store.ask_for("given_settings")} | set(re.findall(r"-(?:c\s*|-)(\w+)", given.lower()))
    wanted = {name: value for name, value in (FRAME | {"lock_timeout": "0"}).items() if name.lower() in names}
    if store.owner not in (None, store.login):
        wanted["role"] = str(store.owner)
    if not files or not wanted:
        return nullcontext(store.connection)
    flags = [f"-c{name}=" + re.sub(r"([\\\s])", r"\\\1", value) for name, value in wanted.items()]
    who = f"as {wanted.get('role', store.login)}"
    try:
        session = connect_to(dsn, "deploy.py", options=" ".join([given, *flags]))
    except CannotConnect as error:
        why = str(error)
    else:
        query = "SELECT pg_catalog.current_setting(name) FROM pg_catalog.unnest(%s::TEXT[]) AS name"
        if [value for (value,) in session.execute(query, [[*wanted]])] == [*wanted.values()]:
            return session
        session.close()
        why = "its settings are not those it was given, as behind a pooler"
    raise DeployError(
        f"it needs a session of its own {who}, with {', '.join(wanted)} set, and got none: {why}",
        hint=f"Connect {who}, or to the server itself, not to a pooler.",
        file=files[0].path,
    )
