"""Servers that a drill may kill: made for one test, of the programs the whole run is on."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import memory_file_system
from tests.database import Database
from tests.operations.servers import DrillServer
from tests.templates import run_deploy


@pytest.fixture(scope="session")
def programs(server):
    """Where the run's server has its programs."""
    with Database(server, server.maintenance_dbname).connect(None, search_path="pg_catalog") as superuser:
        [programs] = superuser.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    return Path(programs)


@contextmanager
def new_directory(programs):
    """A place for files of the servers' system user."""
    with TemporaryDirectory(prefix="store-drill-", dir=memory_file_system()) as name:
        if os.geteuid() == 0:
            DrillServer(Path(name) / "any", programs)._let_system_user_in(Path(name))
        yield Path(name)


@pytest.fixture
def directory(programs):
    """Where a drill's files live."""
    with new_directory(programs) as directory:
        yield directory


@pytest.fixture(scope="session")
def demo_cluster(programs):
    """The data directory of a server that has stopped, whose database `shop` holds the demo store."""
    with new_directory(programs) as directory:
        server = DrillServer(directory / "demo", programs, fsync="off")
        server.start()
        try:
            server.create_database("shop")
            run_deploy("--dsn", server.dsn("shop"), "--demo")
        finally:
            server.stop()
        server.log.unlink()
        yield server.data_directory


@pytest.fixture
def run_as_server(directory, programs):
    """Run the page's shell commands as the servers' system user, where no server is yet."""
    return DrillServer(directory / "none", programs).run_as_server


@pytest.fixture
def start(directory, programs):
    """Start a server by its name, from a copy of that name if there is one; all end with the test."""
    servers = []

    def start(name, **settings):
        servers.append(DrillServer(directory / name, programs, **settings))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        if server.data_directory.exists():
            server.stop()


@pytest.fixture
def start_with_demo(start, directory, demo_cluster):
    """Start a server whose database `shop` holds the demo store: one cluster, so never two of them in a drill."""

    def start_with_demo(name, **settings):
        subprocess.run(["cp", "-a", demo_cluster, directory / name], check=True)
        return start(name, **settings)

    return start_with_demo
