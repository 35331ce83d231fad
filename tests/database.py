"""The databases of a test run, and who connects to them.

The store belongs to `store_owner`, who is no superuser, as in production.
"""

import secrets
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

OWNER = "store_owner"
# The logins a test may act as, and what each is a member of: none has a right but by its group.
LOGINS = {
    "shop_customer": "test_customer",
    "shop_staff": "test_staff",
    "shop_analyst": "test_analyst",
    "shop_auditor": "test_auditor",
    "pg_monitor": "test_monitor",
    "public": "test_nobody",
}
PASSWORD = secrets.token_hex()  # of these roles, new in every run


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server and its superuser, in the words of `pytest-postgresql`."""

    host: str
    port: int
    user: str = "postgres"
    password: str | None = None
    options: str = ""
    maintenance_dbname: str = "postgres"
    template_dbname: str = "template0"


@dataclass(frozen=True)
class Database:
    """One test's database on that server."""

    server: Server
    name: str

    def dsn(self, role: str | None = OWNER, search_path: str = "store,pg_temp", **settings) -> str:
        """A connection string for the owner, for a login that is in `role`, or, None, the superuser.

        Settings are those of the session, such as `**{"app.customer_id": 1}`.
        """
        user, password = self.server.user, self.server.password
        if role is not None:
            user, password = LOGINS.get(role, role), PASSWORD
        settings = {"search_path": search_path, "TimeZone": "UTC", **settings}
        options = [f"-c{name}={value}" for name, value in settings.items()]
        return make_conninfo(
            host=self.server.host,
            port=self.server.port,
            user=user,
            password=password,
            dbname=self.name,
            options=" ".join([self.server.options, *options]).strip(),
        )

    def connect(self, role: str | None = OWNER, **settings) -> psycopg.Connection:
        """An autocommit connection: every statement is a transaction, as the store's functions are."""
        return psycopg.connect(self.dsn(role, **settings), autocommit=True)

    def give_to_owner(self) -> "Database":
        """Make the store's owner the database's."""
        statement = sql.SQL("ALTER DATABASE {} OWNER TO {}")
        with self.connect(None) as superuser:
            superuser.execute(statement.format(sql.Identifier(self.name), sql.Identifier(OWNER)))
        return self


@contextmanager
def copy_of(template, name=None):
    """A fresh copy of a template, the owner's, dropped at the end; what a whole file shares has a name of its own."""
    with new_database(template, name or template.dbname, template.template_dbname) as copy:
        yield copy


@contextmanager
def new_database(server, name, template_name):
    """A copy of a database, the owner's, dropped at the end, whoever is still connected.

    Its files are copied: nothing of it is logged, and the first session finds the catalog's cache among them.
    """
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
    superuser = administrator(server)
    superuser.execute(create.format(*map(sql.Identifier, (name, template_name, OWNER))))
    try:
        yield Database(server, name)
    finally:
        superuser.execute(drop.format(sql.Identifier(name)))


_administrators: dict[tuple[str, int], psycopg.Connection] = {}


def administrator(server) -> psycopg.Connection:
    """The superuser's connection that makes and drops the databases of a server, one for all of them."""
    address = server.host, server.port
    if address not in _administrators:
        _administrators[address] = Database(server, server.maintenance_dbname).connect(None)
    return _administrators[address]


def leave(server) -> None:
    """Close that connection."""
    if connection := _administrators.pop((server.host, server.port), None):
        connection.close()
