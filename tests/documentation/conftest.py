"""A place to follow the README in: its own `.venv`, everything else as in the repository."""

import os
import subprocess
import sys

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.documentation.manual_pages import ROOT

VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


@pytest.fixture
def follow(dsn, tmp_path):
    """Run a block of shell commands as it stands; the server is the test's, named as libpq has it."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (tmp_path / entry.name).symlink_to(entry)
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, arguments in {"python": "", "pytest": "-m pytest -p no:cacheprovider"}.items():
        # A link would not find the packages of the Python it leads to.
        (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        (commands / name).chmod(0o755)
    server = conninfo_to_dict(dsn)
    environment = os.environ | {VARIABLES[key]: str(value) for key, value in server.items() if key in VARIABLES}

    def follow(text):
        command = ["bash", "-euo", "pipefail", "-c", text]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return follow
