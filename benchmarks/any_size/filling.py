"""A store's history by the hundred thousand orders, set-based: SQL files that a deployed store's owner runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import psycopg

CHUNK = 20_000  # orders
# What finds rows in tables that are still empty. Their primary keys, which come in order, cost little.
INDEXES = """
    SELECT indexrelid FROM pg_index INNER JOIN pg_class ON indrelid = pg_class.oid
    WHERE relnamespace = current_schema()::REGNAMESPACE AND relkind = 'r' AND reltuples <= 0 AND NOT indisprimary"""
OFF = f"UPDATE pg_index SET indisready = FALSE, indisvalid = FALSE WHERE indexrelid IN ({INDEXES})"
TO_BUILD = "SELECT format('REINDEX INDEX %s', indexrelid::REGCLASS) FROM pg_index WHERE NOT indisvalid"


def files(pattern: str) -> str:
    return "".join(file.read_text() for file in sorted((Path(__file__).parent / "fill").glob(pattern)))


CATALOGUE, ORDERS, STOCK = files("0*"), files("[123]*"), files("4*")
# What became of the orders, and what documents and audit trail tell of it: neither reads the other.
HALVES = files("[12]*"), files("[13]*")


def fill(store: psycopg.Connection, orders: int, orders_a_day: int) -> None:
    """Put the catalogue in, then the orders, oldest first: the last 20,000 under all constraints, those before without
    triggers and foreign keys, and with indexes built afterwards.
    """
    settings = {"orders": orders, "orders_a_day": orders_a_day, "filled_at": datetime.now(UTC).isoformat()}
    let(store, **settings)
    with stage("catalogue"):
        store.execute(CATALOGUE)
        store.execute("ANALYZE")
    last = max(orders - CHUNK, 0)
    if last:
        store.execute(OFF)
        with stage("orders"), ThreadPoolExecutor() as sessions:
            list(sessions.map(lambda half: place_before(store.info.dsn, last, half, settings), HALVES))
        with stage("indexes"):
            store.execute("SET maintenance_work_mem = '1GB'")
            for [statement] in store.execute(TO_BUILD).fetchall():
                store.execute(statement)
            store.execute("RESET maintenance_work_mem")
        store.execute("ANALYZE")
    with stage("last orders, stock"):
        let(store, first_order=last + 1, last_order=orders)
        store.execute(ORDERS + STOCK)
    with stage("vacuum"):
        store.execute("VACUUM (ANALYZE)")


def place_before(dsn: str, last: int, statements: str, settings: dict[str, object]) -> None:
    """The orders up to the last, some thousands at a time, in a session of its own."""
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        let(session, **settings)
        for first in range(1, last + 1, CHUNK):
            let(session, first_order=first, last_order=min(first + CHUNK - 1, last))
            session.execute(statements)


def let(session: psycopg.Connection, **settings: object) -> None:
    for name, value in settings.items():
        session.execute("SELECT set_config(%s, %s, FALSE)", [f"app.{name}", str(value)])


@contextmanager
def stage(name: str) -> Iterator[None]:
    started = perf_counter()
    yield
    print(f"  {name:20}{perf_counter() - started:6.0f} s", flush=True, file=sys.stderr)


def check(store: psycopg.Connection) -> None:
    """Stop where the books are not sound: what is measured must be a store's life."""
    if wrong := store.execute("SELECT * FROM integrity_violations LIMIT 5").fetchall():
        sys.exit(f"the filled store is not sound: {wrong}")
