"""Stores with real sales in them, or with a small file that has one case of every rule."""

import gzip
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_postgresql.janitor import DatabaseJanitor

from demo.online_retail import load
from tests import database as databases

EVERY_RULE = (Path(__file__).parent / "every_rule.csv").read_text()


@pytest.fixture
def file_of(tmp_path):
    """Write a text, or bytes as they are, to a file for the loader."""

    def file_of(content):
        file = tmp_path / "sales.csv.gz"
        file.write_bytes(gzip.compress(content.encode()) if isinstance(content, str) else content)
        return str(file)

    return file_of


@pytest.fixture(scope="session")
def every_rule(deployed, tmp_path_factory):
    """The owner's connection, read only, to a store that holds every_rule.csv."""
    file = tmp_path_factory.mktemp("every_rule") / "every_rule.csv.gz"
    file.write_bytes(gzip.compress(EVERY_RULE.encode()))
    with store_loaded_by(deployed, "every_rule", str(file)) as connection:
        yield connection


@pytest.fixture(scope="session")
def real_year(deployed):
    """The owner's connection, read only, to a store that holds the whole real file."""
    with store_loaded_by(deployed, "real_year") as connection:
        yield connection


@contextmanager
def store_loaded_by(deployed, name, *arguments):
    """A database of its own for the run, filled by load.py, dropped at the end."""
    janitor = DatabaseJanitor(
        user=deployed.user,
        password=deployed.password,
        host=deployed.host,
        port=deployed.port,
        maintenance_dbname=deployed.maintenance_dbname,
        dbname=f"{deployed.dbname}_{name}",
        template_dbname=deployed.template_dbname,
    )
    with janitor:
        database = databases.Database(deployed, janitor.dbname).give_to_owner()
        assert load.main([*arguments, "--dsn", database.dsn()]) == 0
        with database.connect(default_transaction_read_only="on") as connection:
            yield connection
