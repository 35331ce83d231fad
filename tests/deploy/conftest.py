"""A made-up tree and a database of its own for every test of deploy.py."""

import pytest

from tests.database import new_database
from tests.deploy.made_up_tree import TREE, Tree
from tests.templates import run_deploy


@pytest.fixture(scope="session")
def deployed_database(server, tmp_path_factory):
    """One in which the made-up tree is deployed, to be copied."""
    root = tmp_path_factory.mktemp("made-up")
    for name, text in TREE.items():
        (root / "sql" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "sql" / name).write_text(text)
    with new_database(server, "test_made_up", server.template_dbname) as database:
        run_deploy("--dsn", database.dsn(search_path="pg_catalog"), root=root)
        yield database


@pytest.fixture
def empty_database(request, server):
    """A database of the owner's in which nothing was deployed, or the made-up tree."""
    is_deployed = "deployed_database" in request.fixturenames
    template = request.getfixturevalue("deployed_database").name if is_deployed else server.template_dbname
    with new_database(server, "test_empty", template) as database:
        yield database


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
