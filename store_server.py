"""A connection to the server a store lives on: the one that was named, or the one deploy.py has made and runs."""

from __future__ import annotations

from pathlib import Path

from psycopg import Connection

from deployment.server import CannotConnect, chosen_dsn, connect_to


def connect(dsn: str | None, program: str, root: Path) -> Connection:
    """A connection to the named server, or to the embedded one under `root`, which it starts if need be."""
    dsn = chosen_dsn(dsn)
    return connect_to(start_embedded_server(root) if dsn is None else dsn, program)


def start_embedded_server(root: Path) -> str:
    """Start what deploy.py has made; return how to connect to it."""
    from embedded_server import EmbeddedServer, EmbeddedServerError  # not needed with --dsn

    server = EmbeddedServer(root / ".postgres")
    try:
        if not server.data_directory.exists():
            raise CannotConnect("no store is deployed here: run python deploy.py, or name a server with --dsn")
        server.start()
    except EmbeddedServerError as error:
        raise CannotConnect(str(error)) from None
    return server.dsn("store")
