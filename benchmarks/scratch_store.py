"""What every benchmark begins with: a store in a PostgreSQL of its own, gone when the benchmark ends."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parent.parent))

import deploy  # noqa: E402
from embedded_server import EmbeddedServer  # noqa: E402

PATH = "-c search_path=store,pg_temp"


@contextlib.contextmanager
def scratch_store(settings: dict[str, str]) -> Iterator[tuple[EmbeddedServer, psycopg.Connection]]:
    """The server, started with `settings`, and the owner's connection to the store deployed on it."""
    with scratch_server(settings) as server, deployed_store(server) as store:
        yield server, store


@contextlib.contextmanager
def scratch_server(settings: dict[str, str]) -> Iterator[EmbeddedServer]:
    """A PostgreSQL in a temporary directory, started with `settings`, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="store-benchmark-") as directory:
        Path(directory).chmod(0o755)  # PostgreSQL does not run as root; whoever it runs as must get in
        server = EmbeddedServer(Path(directory) / "data", settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def deployed_store(server: EmbeddedServer) -> Iterator[psycopg.Connection]:
    """The owner's connection to a store deployed in the server's database `store`."""
    server.create_database("store")
    dsn = server.dsn("store")
    quietly(deploy.main, ["--dsn", dsn])
    with psycopg.connect(dsn, autocommit=True, options=f"{PATH} -c TimeZone=UTC") as store:
        yield store


def quietly(main_function: Callable[[list[str]], int], arguments: list[str]) -> None:
    """Run another script of ours; what it says is shown only if it fails."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        if main_function(arguments) != 0:
            sys.exit(output.getvalue())
