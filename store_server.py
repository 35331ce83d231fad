"""A connection to the server a store lives on: the one that was named, or the one deploy.py has made and runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from deployment.server import CannotConnect, chosen_dsn, connect_to

if TYPE_CHECKING:
    from embedded_server import EmbeddedServer


def connect(dsn: str | None, program: str, root: Path) -> Connection:
    """A connection to the named server, or to the embedded one under `root`, which it starts if need be."""
    dsn = chosen_dsn(dsn)
    return connect_to(start_embedded_server(root).dsn("store") if dsn is None else dsn, program)


def start_embedded_server(
    root: Path, may_create: bool = False, say: Callable[[str], None] = lambda _: None
) -> EmbeddedServer:
    """Start the server under `root` unless it runs; make it, if `may_create`."""
    from embedded_server import EmbeddedServer  # not needed with --dsn

    server = EmbeddedServer(root / ".postgres")
    if not may_create and not server.data_directory.exists():
        raise CannotConnect("no store is deployed here: run python deploy.py, or name a server with --dsn")
    if not server.is_running():
        say(f"Starting PostgreSQL in {server.data_directory}")
        server.start()
    server.create_database("store")
    return server


def one_row(connection: Connection, query: str, parameters: Any = None) -> tuple:
    """The only row there is."""
    (row,) = connection.execute(query, parameters).fetchall()
    return row
