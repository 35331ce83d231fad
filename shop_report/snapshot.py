"""The store as it is at one moment, to be read and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row


@contextmanager
def snapshot(connection: psycopg.Connection, schema: str) -> Iterator[psycopg.Cursor[Any]]:
    """A cursor of one transaction that can write nothing, in the store's schema."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction(), connection.cursor(row_factory=namedtuple_row) as cursor:
        store = sql.Identifier(schema)
        # By its full name first: what one may not enter is left out of a search_path without a word.
        cursor.execute(sql.SQL("SELECT FROM {}.store_settings").format(store))
        cursor.execute(sql.SQL("SET LOCAL search_path = {}, pg_temp").format(store))
        yield cursor
