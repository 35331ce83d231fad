"""Runs the files of tests/sql, one test a file: through psql, against a seeded store of its own.

    pytest tests/sql/03_procedures/220_place_order.sql

A file is the store's owner's session, with pgTAP's functions at hand; `SET LOCAL ROLE shop_customer`
makes it somebody else's.
"""

import subprocess
from functools import partial
from pathlib import Path

import pytest

from embedded_server import EmbeddedServer
from tests import tap


class SqlFile(pytest.File):
    """A file of assertions."""

    ROOT = Path(__file__).parent / "sql"

    def collect(self):
        """One test: PostgreSQL counts the assertions, not pytest."""
        check = partial(check_sql_file, self.path)
        yield pytest.Function.from_parent(self, name="psql", callobj=check)


def check_sql_file(path, pgtap_database):
    """Fail with every assertion of the file that fails."""
    failures = run_sql_file(path, pgtap_database)
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)


def run_sql_file(path, database):
    """Run a file through psql and read the TAP it writes; returns what failed."""
    ended = psql(path, database)
    return tap.failures(ended.stdout, ended.returncode, ended.stderr)


def psql(path, database):
    """Run a file through psql, up to its first error; returns the process that ended."""
    options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", path]
    return subprocess.run(
        [EmbeddedServer.bin / "psql", *options, database.dsn(search_path="store,pgtap,pg_temp")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
