"""A made-up tree and a database of its own for every test of deploy.py."""

import pytest

from tests.deploy.made_up_tree import TREE, Tree


@pytest.fixture
def tree(tmp_path, empty_database, capsys):
    """Two tables, a function and two views, not deployed yet."""
    made_up = Tree(tmp_path, empty_database.dsn(search_path="pg_catalog"), capsys)
    for name, text in TREE.items():
        made_up.write(name, text)
    return made_up


@pytest.fixture
def store(empty_database):
    """The owner's connection, with the store on its path."""
    with empty_database.connect() as connection:
        yield connection


@pytest.fixture
def superuser(empty_database):
    """The server's superuser in the same database."""
    with empty_database.connect(None) as connection:
        yield connection
