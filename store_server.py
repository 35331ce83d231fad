"""A connection to the server a store lives on: the one that was named, or the one deploy.py has made and runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psycopg

from embedded_server import EmbeddedServer, EmbeddedServerError

SERVER_VARIABLES = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER"]


class CannotConnect(Exception):
    """There is no connection; the message says why in one line."""


def connect(dsn: str | None, program: str, root: Path) -> psycopg.Connection:
    """A connection to the named server, or to the embedded one under `root`, which it starts if need be."""
    if dsn is None and not any(name in os.environ for name in SERVER_VARIABLES):
        dsn = start_embedded_server(root)
    try:
        settings = {"connect_timeout": 10, "application_name": program} | psycopg.conninfo.conninfo_to_dict(dsn or "")
        # The program's own text is UTF-8, whatever the user's environment says.
        return psycopg.connect(**settings | {"client_encoding": "UTF8"}, autocommit=True, prepare_threshold=None)
    except psycopg.ProgrammingError as error:
        raise CannotConnect(f"--dsn is no connection string: {first_line(error)}") from None
    except psycopg.OperationalError as error:
        reason = re.sub(r"^connection (is bad|failed): ", "", first_line(error))
        raise CannotConnect(f"cannot connect: {reason}") from None


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


def first_line(error: Exception) -> str:
    """What an error says, without the lines that repeat its place."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
