"""A connection to the store, and a transaction in its schema as its owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import errors, sql

import store_server
from demo.online_retail.load_error import LoadError, in_one_line

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "transaction_timeout": "0",  # known to 17 and later
    "DateStyle": "ISO, YMD",  # 1/2/2011 may be of January or of February: refused
    "work_mem": "64MB",  # the largest sort, of all lines, then stays in memory
    "jit": "off",  # it costs more than these plans gain by it
}


def connect(dsn: str | None) -> psycopg.Connection:
    """A connection to the named server, or to the embedded one, which it starts if need be."""
    connection = store_server.connect(dsn, "load.py", ROOT)
    # Whatever the server's default: who has waited for another load must see what it did.
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    return connection


@contextmanager
def transaction(connection: psycopg.Connection, schema: str) -> Iterator[None]:
    """A transaction in the store's schema, as its owner; what the server refuses is said in one line."""
    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(schema)))
            for name, value in SETTINGS.items():
                only_known = "SELECT set_config(name, %s, TRUE) FROM pg_settings WHERE name = %s"
                connection.execute(only_known, [value, name])
            become_owner(connection, schema)
            yield
    except psycopg.OperationalError as error:
        if connection.closed:
            raise LoadError("the connection was lost: run it again to see whether the file is loaded") from None
        raise LoadError(in_one_line(error)) from None
    except psycopg.Error as error:
        raise LoadError(in_one_line(error)) from None


def become_owner(connection: psycopg.Connection, schema: str) -> None:
    """What a superuser loads must not belong to the superuser."""
    query = "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s"
    found = connection.execute(query, [schema]).fetchone()
    if found is None:
        raise LoadError(f"there is no schema {schema}: deploy the store first, python deploy.py --schema {schema}")
    (owner,) = found
    try:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))
    except errors.InsufficientPrivilege:
        raise LoadError(f"the store in schema {schema} belongs to {owner}: connect as that role") from None
