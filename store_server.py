"""A connection to the server a store lives on: the one that was named, or the one deploy.py has made and runs."""

from __future__ import annotations

from pathlib import Path

from psycopg import Connection

from deployment.server import CannotConnect, connect_to, names_a_server
from embedded_server import EmbeddedServer, EmbeddedServerError


def connect(dsn: str | None, program: str, root: Path) -> Connection:
    """A connection to the named server, or to the embedded one under `root`, which it starts if need be."""
    if not names_a_server(dsn):
        dsn = start_embedded_server(root)
    return connect_to(dsn or "", program)


def start_embedded_server(root: Path) -> str:
    """Start what deploy.py has made; return how to connect to it."""
    server = EmbeddedServer(root / ".postgres")
    if not server.data_directory.exists():
        raise CannotConnect("no store is deployed here: run python deploy.py, or name a server with --dsn")
    try:
        server.start()
    except EmbeddedServerError as error:
        raise CannotConnect(str(error)) from None
    return server.dsn("store")
