"""Online files: one statement that must not run in a transaction, such as a CREATE INDEX
CONCURRENTLY, and so does not lock out the writers of a live store.

Such a file begins with the line `-- deploy: online`. A new store runs it with all others, without
CONCURRENTLY. A live one runs it after the commit, and records it when it is done: whatever ends it
half-way, the next deploy begins it again, dropping the invalid index it may have left.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from psycopg import Connection, errors, sql
from psycopg.conninfo import conninfo_to_dict

from deployment.report import DeployError, Report, failure
from deployment.server import CannotConnect, connect_to
from deployment.statements import Statement, last_name
from deployment.tree import SqlFile

CONCURRENTLY = re.compile(r"\s*\bCONCURRENTLY\b", re.IGNORECASE)
SECONDS_BETWEEN_LOOKS = 0.5


def is_fit(statement: Statement) -> bool:
    """Whether it is one of the statements that lock out nobody."""
    node = statement.node
    if statement.kind == "AlterTableStmt":
        commands = [command.subtype.name for command in node.cmds]
        if commands == ["AT_DetachPartition"]:
            return bool(node.cmds[0].def_.concurrent)
        return commands == ["AT_ValidateConstraint"]
    if statement.kind == "ReindexStmt":
        return CONCURRENTLY.search(statement.text) is not None
    if statement.kind == "IndexStmt":
        return bool(node.concurrent and node.idxname)
    return statement.kind == "DropStmt" and bool(node.concurrent)


def run_online(connection: Connection, schema: str, file: SqlFile, report: Report) -> float:
    """Run the file's statement by itself, outside a transaction; return its seconds."""
    started = time.monotonic()
    (statement,) = file.statements
    name = statement.node.idxname if statement.kind == "IndexStmt" else None
    report.progress(f"Running {file.path} beside the application")
    while True:
        state = index_state(connection, schema, name)
        if state == "being built":
            report.waits(DeployError(f"another session builds the index {name}"))
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        if state == "valid":
            break
        try:
            if state == "invalid":
                drop = sql.SQL("DROP INDEX CONCURRENTLY {}")
                connection.execute(drop.format(sql.Identifier(schema, name)))
            connection.execute(in_schema(connection, statement, schema))
            break
        except errors.DuplicateTable:
            continue  # another deploy was faster: look again
        except psycopg.Error as error:
            told = failure(error, file, statement)
            told.fields["hint"] = (
                "The rest of the deploy is committed; run again to begin this file again."
            )
            raise told from None
    return time.monotonic() - started


def objects_changed(connection: Connection, file: SqlFile) -> set[str]:
    """Of which objects the file's statement has changed something, as facts name them."""
    (statement,) = file.statements
    if statement.kind == "DropStmt":
        rows = connection.execute(
            """SELECT object FROM deployed_objects INNER JOIN unnest(%s::TEXT[]) AS index_name
            ON facts @> jsonb_build_array(jsonb_build_array('index ' || quote_ident(index_name)))""",
            [[last_name(name) for name in statement.node.objects]],
        )
    else:
        commands = getattr(statement.node, "cmds", None) or ()
        partitions = [one.def_.name for one in commands if hasattr(one.def_, "name")]
        rows = connection.execute(
            """SELECT kind || ' ' || quote_ident(name)
            FROM unnest('{table,materialized view}'::TEXT[]) AS kind, unnest(%s::TEXT[]) AS name""",
            [[one.relname for one in (statement.node.relation, *partitions) if one]],
        )
    return {name for (name,) in rows}


def index_state(connection: Connection, schema: str, name: str | None) -> str | None:
    """`valid`, `invalid`, `being built` by a session that holds it, or None where there is none."""
    if name is None:
        return None
    row = connection.execute(
        """SELECT indisvalid AND indisready, EXISTS (
            SELECT FROM pg_locks
            WHERE relation IN (indexrelid, indrelid) AND pid <> pg_backend_pid() AND granted
            AND mode = 'ShareUpdateExclusiveLock'
        )
        FROM pg_index INNER JOIN pg_class ON pg_class.oid = indexrelid
        INNER JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = %s AND relname = %s""",
        [schema, name],
    ).fetchone()
    if row is None:
        return None
    is_valid, is_held = row
    return "valid" if is_valid else "being built" if is_held else "invalid"


def in_schema(connection: Connection, statement: Statement, schema: str) -> str:
    """The statement with all that is the store's named in full: outside a transaction there is no
    search_path to set that would not outlive it.
    """
    prefix = sql.Identifier(schema).as_string(None) + "."
    text = statement.text
    if statement.kind == "DropStmt":
        name = text.rstrip().split()[-1]
        return text[: text.rindex(name)] + prefix + name
    functions, types = connection.execute(
        """SELECT
            ARRAY(SELECT proname FROM pg_proc WHERE pronamespace = pg_namespace.oid),
            ARRAY(SELECT typname FROM pg_type WHERE typnamespace = pg_namespace.oid)
        FROM pg_namespace WHERE nspname = %s""",
        [schema],
    ).fetchone()
    for place in sorted(places_of_names(statement.node, {*functions}, {*types}), reverse=True):
        text = text[:place] + prefix + text[place:]
    return text


def places_of_names(node: Any, functions: set[str], types: set[str]) -> set[int]:
    """Where a relation, or one of these functions and types, is named without a schema."""
    from pglast.visitors import Visitor

    places = set()

    class NameVisitor(Visitor):
        def visit_RangeVar(self, _, found):  # noqa: N802, named for the node
            if not found.schemaname:
                places.add(found.location)

        def visit_FuncCall(self, _, found):  # noqa: N802
            if len(found.funcname) == 1 and last_name(found.funcname) in functions:
                places.add(found.location)

        def visit_TypeName(self, _, found):  # noqa: N802
            if len(found.names) == 1 and last_name(found.names) in types:
                places.add(found.location)

    NameVisitor()(node)
    return places


def session_beside(
    connection: Connection, dsn: str, role: str | None, files: list[SqlFile]
) -> AbstractContextManager[Connection]:
    """The session in which the online files run: this one, or as `role` one of its own.

    Outside a transaction a role that was set would stay behind in a pooler's session, for whoever
    comes next; so it is given on connecting.
    """
    if not files or role is None:
        return nullcontext(connection)
    (login,) = connection.execute("SELECT session_user").fetchone()
    if role == login:
        return nullcontext(connection)
    given = conninfo_to_dict(dsn).get("options") or os.environ.get("PGOPTIONS", "")
    as_role = f"{given} -crole=" + re.sub(r"([\\\s])", r"\\\1", role)
    refused = None
    try:
        session = connect_to(dsn, "deploy.py", options=as_role)
        if session.execute("SELECT current_user").fetchone() == (role,):
            return session
        session.close()
    except CannotConnect as error:
        refused = str(error)
    raise DeployError(
        f"it needs a session of its own as {role}, and got none"
        + (f": {refused}" if refused else f": it came up as {login}, as behind a pooler"),
        hint=f"Nothing has changed. Connect as {role}, or to the server itself, not to a pooler.",
        file=files[0].path,
    )


def in_transaction(statement: Statement) -> str:
    return CONCURRENTLY.sub("", statement.text, count=1)
