"""Runs one file of the tree: statement by statement, with the checks that follow each file."""

from __future__ import annotations

import time

import psycopg
from psycopg import Connection

from deploy_report import DeployError, failure
from sql_statements import Statement
from sql_tree import SqlFile
from store_catalog import CatalogItem, drop_statement, objects_of

# What a file has left behind that it must not, and which constraints to defer again.
STATE = """
SELECT
    current_user,
    current_setting('search_path'),
    pg_current_xact_id()::TEXT,
    (SELECT string_agg(quote_ident(conname), ', ')
    FROM pg_constraint WHERE connamespace = namespace.oid AND condeferred),
    (SELECT min(made.name) FROM (
        SELECT oid::REGCLASS::TEXT AS name, relnamespace AS schema_id FROM pg_class
        WHERE oid >= 16384 AND xmin = pg_current_xact_id()::XID
        UNION ALL
        SELECT oid::REGPROCEDURE::TEXT, pronamespace FROM pg_proc
        WHERE oid >= 16384 AND xmin = pg_current_xact_id()::XID
    ) AS made
    WHERE schema_id NOT IN (namespace.oid, pg_my_temp_schema(), 'pg_toast'::REGNAMESPACE))
FROM pg_namespace AS namespace WHERE nspname = %s"""


def run_file(
    connection: Connection, schema: str, file: SqlFile, made_before: dict | None = None
) -> tuple[float, dict[str, str | None]]:
    """Run the file and check what it left; return its seconds, and what it made with the hash of each CREATE.

    `made_before` is what it made when it last ran.
    """
    started = time.monotonic()
    state = connection.execute(STATE, [schema]).fetchone()
    before = {item.address: item for item in objects_of(connection, schema)}
    send(connection, file, schema, made_before)
    check(connection, schema, file, state)
    seconds = time.monotonic() - started
    return seconds, made_by(file, before, objects_of(connection, schema))


def made_by(file: SqlFile, before: dict, after: list[CatalogItem]) -> dict[str, str | None]:
    """What is new, and what a CREATE of the file names; of functions, those it has replaced."""
    creates = {one.makes: one for one in file.statements if one.makes}
    made = {}
    for item in after:
        create = creates.get(item.name) or creates.get(item.name.split("(")[0])
        was = before.get(item.address)
        if was is None or create and (item.version is None or item.version != was.version):
            made[item.name] = create.sha256 if create else None
    return made


def send(
    connection: Connection, file: SqlFile, schema: str = "", made_before: dict | None = None
) -> None:
    """Send the file to the server, statement by statement.

    A CREATE that cannot replace (of a policy, an index, a materialised view) is passed over if it
    is the very statement that made the object, else the object is dropped first: the file need not
    say it, and what has not changed is neither locked nor built again.
    """
    for statement in file.statements:
        try:
            if made_before and statement.makes in made_before and not statement.replaces:
                if statement.makes in {item.name for item in objects_of(connection, schema)}:
                    if made_before[statement.makes] == statement.sha256:
                        continue
                    if drop := drop_statement(statement.makes):
                        connection.execute(drop)
            connection.execute(statement.text)
        except psycopg.Error as error:
            raise failure(error, file, statement) from error


def check(connection: Connection, schema: str, file: SqlFile, before: tuple) -> None:
    """No deferred constraint is broken, and the file left the deploy's frame as it was."""
    try:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        raise failure(error, file, last_writer(file, error)) from error
    role, path, transaction, deferred, elsewhere = connection.execute(STATE, [schema]).fetchone()
    if deferred:
        connection.execute(f"SET CONSTRAINTS {deferred} DEFERRED")
    if elsewhere:
        raise DeployError(f"it made {elsewhere}, outside schema {schema}", file=file.path)
    names = ["the role", "search_path", "the transaction"]
    for name, was, now in zip(names, before, (role, path, transaction), strict=False):
        if was != now:
            raise DeployError(f"it changed {name} from {was} to {now}", file=file.path)


def last_writer(file: SqlFile, error: psycopg.Error) -> Statement | None:
    """The statement to show for a broken deferred constraint: the last that wrote to its table."""
    writers = [one for one in file.statements if one.writes_to == error.diag.table_name]
    return (writers or file.statements or [None])[-1]
