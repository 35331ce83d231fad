"""How the templates are filled that tests copy: `pytest-postgresql` calls each `load_...` once a run."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import deploy
from tests.database import LOGINS, OWNER, PASSWORD, Database, Server

PGTAP_FILES = sorted((Path(__file__).parent / "pgtap").glob("0*.sql"))


def make_owner(server: Server) -> None:
    """Create the role the store will belong to; on a given server, which keeps it, renew its password."""
    with Database(server, server.maintenance_dbname).connect(None) as superuser:
        make_login(superuser, OWNER)
        # What it is made a member of further down must not lend it rights an owner has not.
        options = sql.SQL("ALTER ROLE {} CREATEROLE NOINHERIT")
        superuser.execute(options.format(sql.Identifier(OWNER)))


def make_login(superuser: psycopg.Connection, name: str) -> None:
    """Create a login unless it is there, and set its password."""
    role = sql.Identifier(name)
    known = superuser.execute("SELECT FROM pg_roles WHERE rolname = %s", [name])
    if known.fetchone() is None:
        superuser.execute(sql.SQL("CREATE ROLE {}").format(role))
    superuser.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, PASSWORD))


def load_store(**connection) -> None:
    """Deploy the store as its owner, and let the tests' logins in."""
    database = database_to_load(connection).give_to_owner()
    run_deploy("--dsn", database.dsn(search_path="pg_catalog"))
    with database.connect(None) as superuser:
        for group, name in LOGINS.items():
            make_login(superuser, name)
            login = sql.Identifier(name)
            superuser.execute(sql.SQL("GRANT USAGE ON SCHEMA store TO {}").format(login))
            if group != "public":
                superuser.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), login))
                let_owner_become(superuser, group)


def let_owner_become(superuser: psycopg.Connection, group: str) -> None:
    """A file of tests/sql is the owner's session, and may SET ROLE."""
    # Since 16 whoever creates a role is its member, but may not become it.
    option = sql.SQL("WITH SET TRUE" if superuser.info.server_version >= 160000 else "")
    grant = sql.SQL("GRANT {} TO {} {}")
    superuser.execute(grant.format(sql.Identifier(group), sql.Identifier(OWNER), option))


def load_seed(**connection) -> None:
    """Fill a deployed store with the fixed seed of demo/seed.sql."""
    database = database_to_load(connection).give_to_owner()
    run_deploy("--dsn", database.dsn(search_path="pg_catalog"), "--demo")


def load_pgtap(**connection) -> None:
    """Install pgTAP, or where the server does not have it, the part of it that tests/sql uses."""
    with database_to_load(connection).connect(None, search_path="pgtap") as superuser:
        install_pgtap(superuser, as_extension=is_available(superuser, "pgtap"))


def install_pgtap(superuser: psycopg.Connection, as_extension: bool) -> None:
    """Install pgTAP, or our part of it, in a schema of that name, for everybody."""
    superuser.execute("CREATE SCHEMA pgtap")
    superuser.execute("GRANT USAGE ON SCHEMA pgtap TO PUBLIC")
    if as_extension:
        superuser.execute("CREATE EXTENSION pgtap SCHEMA pgtap")
        return
    for file in PGTAP_FILES:
        superuser.execute(file.read_text())


def is_available(connection: psycopg.Connection, extension: str) -> bool:
    """Whether CREATE EXTENSION would find it."""
    query = "SELECT FROM pg_available_extensions WHERE name = %s"
    return connection.execute(query, [extension]).fetchone() is not None


def database_to_load(connection: dict) -> Database:
    """The template `pytest-postgresql` asks a load function to fill."""
    server = Server(connection["host"], connection["port"], connection["user"], connection["password"])
    return Database(server, connection["dbname"])


def run_deploy(*arguments: str, root: Path = deploy.HERE) -> None:
    """Run deploy.py in this process; where it fails, what it said is the test's failure."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        exit_code = deploy.main(list(arguments), root)
    if exit_code != 0:
        pytest.fail(f"deploy.py ended with {exit_code}:\n{output.getvalue()}", pytrace=False)
