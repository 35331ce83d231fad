"""A store: the connection to it, its schema and its owner, and the frame in which all is done there.

Every transaction, and in it every file, begins with the same settings, whatever a role, a database or
an earlier file has set. What we ask the catalog ourselves sees `pg_catalog` alone: a function that
somebody planted in the store's schema is never called with the deployer's rights.
"""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, Cursor, errors, sql
from psycopg.types.json import Jsonb

from deployment.errors import DeployError, failure
from deployment.report import COMMITTED, NOTHING_CHANGED, UNKNOWN

# What decides what a file makes or a query says, as PostgreSQL ships it; lock_timeout is the user's.
FRAME = {
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "check_function_bodies": "on",
    "default_tablespace": "",
    "temp_tablespaces": "",
    "default_table_access_method": "heap",
    "default_toast_compression": "pglz",
    "default_text_search_config": "pg_catalog.simple",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "escape_string_warning": "on",
    "quote_all_identifiers": "off",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "row_security": "on",
    "xmlbinary": "base64",
    "xmloption": "content",
    "TimeZone": "UTC",
    "timezone_abbreviations": "Default",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "gin_fuzzy_search_limit": "0",
    "createrole_self_grant": "",
    "restrict_nonsystem_relation_kind": "",
    "client_min_messages": "notice",
    "exit_on_error": "off",  # what is tried and rolled back to its savepoint would end the session
    "plpgsql.extra_errors": "none",
    "plpgsql.extra_warnings": "none",
    # So that a deploy that was killed lets go of its locks, also in the middle of a long statement.
    "client_connection_check_interval": "1s",
    # What only a superuser may set.
    "session_replication_role": "origin",
    "event_triggers": "on",
    "allow_in_place_tablespaces": "off",
}
SUPERUSERS = ["session_replication_role", "event_triggers", "allow_in_place_tablespaces"]
# Until the transaction ends, those that this server knows; one on Windows cannot check its client.
SET_ALL = r"""
SELECT set_config(name, value, TRUE) FROM jsonb_each_text(%s) AS setting (name, value)
WHERE (name LIKE 'deploy.%%' OR current_setting(name, TRUE) <> value)
AND (name <> ALL(%s) OR current_setting('is_superuser') = 'on')
AND (name <> 'client_connection_check_interval' OR version() !~ 'Visual C|mingw')"""
CATALOG_PATH = "pg_catalog, pg_temp"
QUERIES = Path(__file__).resolve().parent / "queries"  # which ask the catalog about the schema that deploy.schema names
LOCK_TIMEOUT = 300  # milliseconds
SHARE_OF_DEADLOCK_TIMEOUT = 0.8
ENDING = (signal.SIGINT, signal.SIGTERM)


@dataclass(eq=False)
class Store:
    """`owner` is the role that owns it, or None for the login; `outcome` is what has become of all
    that was done through it.
    """

    connection: Connection
    schema: str
    owner: str | None = None
    lock_timeout: int = LOCK_TIMEOUT
    outcome: str | None = None
    deadline: float = 0  # by time.monotonic(); until then, whoever is in the way is waited for
    is_standby: bool = False
    deadlock_timeout: int = 1000
    login: str = ""
    database: str = ""
    event_triggers: dict[str, str] = field(default_factory=dict)  # that run on what is deployed, and their functions
    _path: str = ""

    @property
    def major(self) -> int:
        return self.connection.info.server_version // 10000

    def beside(self, schema: str) -> Store:
        """Another store in the same database, of the same owner."""
        return replace(self, schema=schema)

    @property
    def path(self) -> str:
        return f"{self.schema}, pg_temp"

    @property
    def longest_lock_timeout(self) -> int:
        """From deadlock_timeout on, the server would end the application's transaction, not ours."""
        return int(self.deadlock_timeout * SHARE_OF_DEADLOCK_TIMEOUT)

    def look_around(self) -> None:
        """Learn what there is to know of the server; refuse a database that no store can live in."""
        self.begin("READ ONLY")
        (self.is_standby, self.deadlock_timeout, self.login, self.database, *told) = self.ask_for("look_around")[0]
        name, encoding, will_do, self.event_triggers, is_sharded = told
        self.roll_back()
        self.outcome = None
        if not will_do:
            locale = "LOCALE 'C.UTF-8'"
            if self.major >= 17:
                locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            what = "does not fold letters as Unicode says" if encoding == "UTF8" else f"is {encoding}, not UTF-8"
            raise DeployError(
                f"the database {self.database} {what}: a store cannot live in it",
                hint=f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {locale};",
            )
        if is_sharded:
            raise DeployError(
                f"Citus would distribute a schema made in {self.database}, and a store cannot live in one:"
                " guards of its tables would vanish in silence, reports be empty, events be lost",
                hint="Deploy into a database where citus.enable_schema_based_sharding is off, for this login too.",
            )

    def begin(self, access: str = "READ WRITE", isolation: str = "READ COMMITTED") -> None:
        """Open a transaction; its settings end with it."""
        self.outcome = self.outcome or NOTHING_CHANGED
        timeouts = [name for name in FRAME if name.endswith("_timeout") and (self.major >= 17 or name[0] != "t")]
        # Before 18 a plan with a join method that is switched off costs so much that it is compiled: for seconds.
        self.connection.execute(
            f"BEGIN ISOLATION LEVEL {isolation} {access}; SET LOCAL search_path = {CATALOG_PATH}; SET LOCAL jit = off; "
            + "; ".join(f"SET LOCAL {name} = 0" for name in timeouts)
        )
        self._path = CATALOG_PATH
        self._set_all()
        if self.one("SELECT current_setting('session_replication_role')") != ("origin",):
            raise DeployError(
                "this login's session_replication_role is not origin: triggers and foreign keys would not hold",
                hint="Have a superuser run: ALTER ROLE … RESET session_replication_role;",
            )

    def frame(self) -> None:
        """Put all settings back, for the next file."""
        self._path = ""
        self._set_all()

    def _set_all(self) -> None:
        settings = FRAME | {"lock_timeout": f"{self.lock_timeout}ms", "deploy.schema": self.schema}
        self.ask(SET_ALL, [Jsonb(settings), SUPERUSERS])

    def set_path(self, path: str) -> None:
        if self._path != path:
            self.connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.SQL(path)))
            self._path = path

    def ask(self, query: str, parameters: Any = None) -> Cursor:
        """Ask the catalog, or write to the ledger; whatever stands in the store's schema is not seen."""
        self.set_path(CATALOG_PATH)
        return self.connection.execute(query, parameters)

    def ask_for(self, name: str) -> list[tuple]:
        """The rows of one of queries/."""
        return self.ask((QUERIES / f"{name}.sql").read_text("utf-8")).fetchall()

    def one(self, query: str, parameters: Any = None) -> tuple:
        """The one row of what is asked."""
        row = self.ask(query, parameters).fetchone()
        assert row is not None, query
        return row

    def column(self, query: str, parameters: Any = None) -> list:
        """The one column of what is asked."""
        return [value for (value,) in self.ask(query, parameters)]

    def run(self, statement: str) -> Cursor:
        """Run a statement as the files are: names are the store's."""
        self.set_path(self.path)
        return self.connection.execute(statement)

    @contextmanager
    def attempt(self, undo: bool = False) -> Iterator[None]:
        """What is done in the block is undone if it fails, or anyway, to let go of its locks."""
        try:
            with self.connection.transaction(force_rollback=undo):
                yield
        finally:
            self._path = ""  # as it was before, whichever that is

    def commit(self) -> None:
        with uninterrupted():
            before, self.outcome = self.outcome, UNKNOWN
            try:
                done = self.connection.execute("COMMIT")
            except psycopg.Error as error:
                if self.connection.closed:
                    raise DeployError("the connection was lost during COMMIT") from None
                self.outcome = before
                raise failure(error) from error
            if done.statusmessage != "COMMIT":
                self.outcome = before
                raise DeployError("the server has rolled back what it was told to commit")
            self.outcome = COMMITTED

    def roll_back(self) -> None:
        if not self.connection.closed:
            self.connection.execute("ROLLBACK")

    def act_as(self, role: str) -> None:
        """Take the role until the transaction ends."""
        self.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))

    def act_as_owner(self) -> None:
        if self.owner:
            self.act_as(self.owner)

    def require_owner(self) -> None:
        """Refuse a store that belongs to another role than the one that acts."""
        query = "SELECT pg_get_userbyid(nspowner)::TEXT, current_user::TEXT FROM pg_namespace WHERE nspname = %s"
        for owner, acting in self.ask(query, [self.schema]).fetchall():
            if owner != acting:
                told = f"schema {self.schema} belongs to {owner}, not to {acting}"
                raise DeployError(told, hint=f"Do it as its owner: --role {shlex.quote(owner)}")

    def become_owner(self) -> None:
        """Take the owner's role until the transaction ends; make the schema if it is missing."""
        standing_owner, login_may_create, quoted = self.one(
            """SELECT
                (SELECT pg_get_userbyid(nspowner)::TEXT FROM pg_namespace WHERE nspname = %s),
                has_database_privilege(current_database(), 'CREATE'),
                quote_ident(coalesce(%s::TEXT, current_user::TEXT))""",
            [self.schema, self.owner],
        )
        create = f"CREATE SCHEMA {self.schema} AUTHORIZATION {quoted}"
        hint = f"Connect as {quoted}, or as a login that may become it."
        try:
            if standing_owner is None and login_may_create:
                self.connection.execute(create)
            self.act_as_owner()
            hint = f"Have a superuser run: {create};"
            if standing_owner is None and not login_may_create:
                self.connection.execute(create)
        except errors.InsufficientPrivilege as error:
            raise DeployError(str(error.diag.message_primary), sqlstate="42501", hint=hint) from None
        self.require_owner()
        for (grantee,) in self.ask_for("let_in") if standing_owner is None else ():
            self.connection.execute(f"REVOKE ALL ON SCHEMA {self.schema} FROM {grantee}")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C, or SIGTERM, is heard when the block has ended; a second one, at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []

    def hear(number: int, _: Any) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt

    before = [signal.signal(number, hear) for number in ENDING]
    try:
        yield
    finally:
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
    if heard:
        raise KeyboardInterrupt
