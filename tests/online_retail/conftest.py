"""Stores with real sales in them, or with a small file that has one case of every rule."""

import gzip
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.online_retail import load
from tests.database import new_database

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
    """The owner's connection, read only, to a store that holds the whole real file.

    Of the millions of pairs bought together in it, which nobody here asks for, none is counted.
    """
    with store_loaded_by(deployed, "real_year", **{"app.affinity_minimum": 1_000_000}) as connection:
        yield connection


@contextmanager
def store_loaded_by(deployed, name, *arguments, **settings):
    """A database of its own for the run, filled by load.py, dropped at the end."""
    with new_database(deployed, f"{deployed.dbname}_{name}", deployed.template_dbname) as database:
        assert load.main([*arguments, "--dsn", database.dsn(**settings)]) == 0
        with database.connect(default_transaction_read_only="on") as connection:
            yield connection
