"""A store's history by the hundred thousand orders, set-based: SQL files that a deployed store's owner runs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from tqdm import tqdm

CATALOGUE, *ORDERS, STOCK = (file.read_text() for file in sorted((Path(__file__).parent / "fill").glob("[0-9]*.sql")))
CHUNK = 20_000  # orders


def fill(store: psycopg.Connection, orders: int, orders_a_day: int, *, under_constraints: bool) -> None:
    """Put the catalogue in, then the orders, some thousands at a time, oldest first."""
    settings = {"orders": orders, "orders_a_day": orders_a_day, "filled_at": datetime.now(UTC).isoformat()}
    for name, value in settings.items():
        set_for_session(store, name, value)
    store.execute(CATALOGUE)
    store.execute("ANALYZE")
    role = "origin" if under_constraints else "replica"
    store.execute(f"SET session_replication_role = {role}")
    for first in tqdm(range(1, orders + 1, CHUNK), desc=f"{orders:,} orders", disable=None, leave=False):
        set_for_session(store, "first_order", first)
        set_for_session(store, "last_order", min(first + CHUNK - 1, orders))
        store.execute("".join(ORDERS))
        if first == 1:
            store.execute("ANALYZE")
    store.execute("RESET session_replication_role")
    store.execute(STOCK)
    store.execute("VACUUM (ANALYZE)")


def set_for_session(store: psycopg.Connection, name: str, value: object) -> None:
    store.execute("SELECT set_config(%s, %s, FALSE)", [f"app.{name}", str(value)])


def check(store: psycopg.Connection) -> None:
    """Stop where the books are not sound: what is measured must be a store's life."""
    if wrong := store.execute("SELECT * FROM integrity_violations LIMIT 5").fetchall():
        sys.exit(f"the filled store is not sound: {wrong}")
