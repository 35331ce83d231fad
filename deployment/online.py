"""Online files: one statement that must not run in a transaction, such as a CREATE INDEX
CONCURRENTLY, and so does not lock out the writers of a live store.

Such a file begins with the line `-- deploy: online`. A new store runs it with all others, without
CONCURRENTLY. A live one runs it after the commit, and records it when it is done: whatever ends it
half-way, the next deploy begins it again, dropping the invalid index it may have left.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from psycopg import Connection, errors, sql
from psycopg.conninfo import conninfo_to_dict

from deployment.errors import DeployError, failure
from deployment.report import Report
from deployment.server import CannotConnect, connect_to
from deployment.statements import Node, Statement, last_name, looked_at
from deployment.store import FRAME, Store
from deployment.tree import SqlFile
from deployment.waiting import is_worth_another_try

CONCURRENTLY = re.compile(r"\s*\bCONCURRENTLY\b", re.IGNORECASE)
SECONDS_BETWEEN_LOOKS = 0.5
# What this session has been given by its role or its database.
GIVEN_SETTINGS = """
SELECT lower(split_part(entry, '=', 1))
FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS entry
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))"""
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
NAMES_OF = """
SELECT
    ARRAY(SELECT proname::TEXT FROM pg_catalog.pg_proc WHERE pronamespace = pg_namespace.oid),
    ARRAY(SELECT typname::TEXT FROM pg_catalog.pg_type WHERE typnamespace = pg_namespace.oid)
FROM pg_catalog.pg_namespace WHERE nspname = %s"""


def run_online(session: Connection, store: Store, file: SqlFile, is_outdated: bool, report: Report) -> float:
    """Run the file's statement by itself, outside a transaction; return its seconds.

    `is_outdated`: an index that stands is what the file said before.
    """
    started = time.monotonic()
    (statement,), schema = file.statements, store.schema
    name = statement.node.idxname if statement.kind == "IndexStmt" else None
    report.progress(f"Running {file.path} beside the application")
    while True:
        (state,) = session.execute(INDEX_STATE, [schema, name]).fetchone() or (None,)
        if state == "being built":
            report.waits(DeployError(f"another session builds the index {name}"))
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        if state == "valid" and not is_outdated:
            break
        try:
            if state:
                drop = sql.SQL("DROP INDEX CONCURRENTLY {}")
                session.execute(drop.format(sql.Identifier(schema, name or "")))
                is_outdated = False
            session.execute(in_schema(session, statement, schema))
            break
        except errors.DuplicateTable:
            continue  # another deploy was faster: look again
        except psycopg.Error as error:
            told = failure(error, file, statement)
            if session.closed or not is_worth_another_try(error) or time.monotonic() > store.deadline:
                raise told from None
            report.waits(told)
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return time.monotonic() - started


def in_schema(session: Connection, statement: Statement, schema: str) -> str:
    """The statement with all that is the store's named in full: outside a transaction there is no
    search_path to set that would not outlive it.
    """
    text = statement.text
    if statement.kind == "DropStmt":
        name = text.rstrip().split()[-1]
        return f"{text[: text.rindex(name)]}{schema}.{name}"
    functions, types = session.execute(NAMES_OF, [schema]).fetchone() or ([], [])
    told = text.encode()  # the parser counts bytes
    for place in sorted(places_of_names(statement.node, functions, types), reverse=True):
        told = told[:place] + f"{schema}.".encode() + told[place:]
    return told.decode()


def places_of_names(part: Any, functions: list[str], types: list[str]) -> Iterator[int]:
    """Where a relation, or one of these functions and types, is named without a schema."""
    if isinstance(part, Node):
        named = (part.funcname, functions), (part.names, types)
        is_ours = any(len(name or ()) == 1 and last_name(name) in ours for name, ours in named)
        if is_ours or part.relname and not part.schemaname:
            yield part.location or 0
        part = [*map(looked_at, part.fields.values())]
    for one in part if isinstance(part, list) else ():
        yield from places_of_names(one, functions, types)


def session_beside(store: Store, dsn: str, files: list[SqlFile]) -> AbstractContextManager[Connection]:
    """The session in which the online files run: this one, or where that acts as another role than
    the owner, or with other settings than the frame's, one of its own.

    Outside a transaction what is set would stay behind in a pooler's session, for whoever comes next;
    so it is given on connecting.
    """
    given = str(conninfo_to_dict(dsn).get("options") or os.environ.get("PGOPTIONS", ""))
    names = {*store.column(GIVEN_SETTINGS)} | set(re.findall(r"-(?:c\s*|-)(\w+)", given.lower()))
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


def in_transaction(statement: Statement) -> str:
    return CONCURRENTLY.sub("", statement.text, count=1)
