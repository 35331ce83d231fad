"""Servers of a drill's own, with settings as in production: nothing of fsync is switched off here.

But the JIT is: a demo store's tables were never analysed, and it compiles for seconds what runs for a millisecond.
"""

import os
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import psycopg
import pytest

from embedded_server import EmbeddedServer
from tests.documentation.manual_pages import ROOT

DEADLINE = 60.0  # seconds after which a server that does not get there is given up


class DrillServer(EmbeddedServer):
    """A PostgreSQL of the major version the tests run on. Its sockets are not in its data directory:
    a copy of that is then a server at once."""

    def __init__(self, data_directory: Path, programs: Path, **settings: str):
        super().__init__(data_directory, {"jit": "off"} | settings)
        self.bin = programs
        self.host = f"{self.data_directory}.socket"

    def connect(self, database: str = "shop", user: str = "postgres", **options) -> psycopg.Connection:
        """An autocommit connection with the store on its path."""
        path = "-csearch_path=store,pg_temp -cTimeZone=UTC"
        return psycopg.connect(self.dsn(database, user), autocommit=True, options=path, **options)

    def psql(  # type: ignore[override]  # the program there, a run of it here
        self, statements: str, database: str = "shop", user: str = "postgres"
    ) -> str:
        """Run the page's SQL as a DBA would, up to the first error; return what psql prints."""
        return self.run_as_operator(
            'psql -XAtq -v ON_ERROR_STOP=1 -f - <<<"$STATEMENTS"',
            STATEMENTS=statements, PGDATABASE=database, PGUSER=user,
        )  # fmt: skip

    def run_as_operator(self, script: str, **variables: str) -> str:
        """Run the page's shell commands as whoever administers the store; return what they print."""
        return run(script, self.variables(**variables))

    def run_as_server(self, script: str, **variables: str) -> str:
        """Run the page's shell commands as the system user whose files the server's are."""
        owner = os.stat(self.data_directory.parent)
        as_user = {}
        if os.geteuid() == 0:
            as_user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        return run(script, self.variables(**variables), cwd="/", **as_user)

    def variables(self, **more: str) -> dict[str, str]:
        """The environment in which libpq finds this server, and the shell its programs."""
        here = {"PGHOST": self.host, "PGUSER": "postgres", "PGDATABASE": "shop"}
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        return os.environ | {"PATH": path, "PGDATA": str(self.data_directory)} | here | more


def kill(server: EmbeddedServer) -> None:
    """What a power cut leaves: every process of the server gone in the middle of its work."""
    postmaster = psutil.Process(int((server.data_directory / "postmaster.pid").read_text().split()[0]))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # a session that had just ended
            process.kill()
    _, alive = psutil.wait_procs(processes, timeout=DEADLINE)
    assert not alive, f"still running: {alive}"


def run(script: str, variables: dict[str, str], **how) -> str:
    """Run a shell script that ends at its first error; where it fails, what it said is the failure."""
    options: dict[str, Any] = {"cwd": ROOT, "env": variables, "text": True, "capture_output": True} | how
    python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'  # this one, whatever is on the path
    ended = subprocess.run(["bash", "-euo", "pipefail", "-c", python + script], **options)
    if ended.returncode != 0:
        pytest.fail(f"{script}\nended with {ended.returncode}:\n{ended.stdout}{ended.stderr}", pytrace=False)
    return ended.stdout


def eventually(holds, seconds: float = DEADLINE) -> None:
    """Ask again until it holds: what a server does by itself it does when it can."""
    given_up_at = monotonic() + seconds
    while not holds():
        assert monotonic() < given_up_at, "it never came to that"
        sleep(0.02)
