"""One of the two servers of a move: a superuser's session in the store's database there, and how far
the move has come on it. What is known of a move is in the two catalogs and nowhere else, so that it can
be broken off anywhere and taken up again, from another machine too.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors, sql

from deployment.errors import DeployError
from deployment.server import CannotConnect, connect_to

GUARD = "_refuse_while_moving"  # the function, and the trigger on each table, that closes a store
# What the guard's comment says: how far the store it stands in has come.
MOVING, CLOSED, MOVED, ARRIVING = "moving", "closed", "moved away", "arriving"
OPTIONS = (
    "-csearch_path=pg_catalog,pg_temp -cTimeZone=UTC -cstatement_timeout=0 -clock_timeout=2s"
    " -cidle_in_transaction_session_timeout=0 -cidle_session_timeout=0 -cdefault_transaction_read_only=off"
    " -cDateStyle=ISO -cquote_all_identifiers=off"
)
ABOUT = """
SELECT
    current_setting('server_version'),
    (SELECT system_identifier FROM pg_control_system())::TEXT || '/' || current_database(),
    current_setting('is_superuser') = 'on',
    pg_is_in_recovery(),
    (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s),
    (SELECT pg_get_userbyid(nspowner)::TEXT FROM pg_namespace WHERE nspname = %(schema)s),
    (SELECT oid FROM pg_database WHERE datname = current_database())"""
RELATIONS = """
SELECT relname::TEXT FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND {condition} ORDER BY oid"""
A_TABLE = "relkind IN ('r', 'p')"
PHASE = """
SELECT coalesce(obj_description(pg_proc.oid, 'pg_proc'), '')
FROM pg_proc
WHERE proname = %s AND pronamespace = to_regnamespace(%s)"""
AS_OWNER = """
CREATE FUNCTION pg_temp.as_owner() RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER AS {body};
ALTER FUNCTION pg_temp.as_owner() OWNER TO {owner};
SELECT pg_temp.as_owner();
DROP FUNCTION pg_temp.as_owner();"""
IN_THE_WAY = """
SELECT DISTINCT pg_stat_activity.pid, backend_type
FROM pg_locks INNER JOIN pg_stat_activity USING (pid)
WHERE
    granted AND pid <> pg_backend_pid() AND locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation IN (
        SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')
    )
    AND (mode <> 'AccessShareLock' OR %s) AND backend_type IN ('client backend', 'autovacuum worker')"""


class End:
    """`who` is how the user is told which of the two servers it is: old or new."""

    def __init__(self, dsn: str, schema: str, who: str):
        self.dsn, self.schema, self.who = dsn, schema, who
        try:
            self.connection = connect_to(dsn, "move.py", options=OPTIONS)
        except CannotConnect as error:
            raise CannotConnect(f"the {who} server: {error}", exit_code=error.exit_code) from None
        self.major = self.connection.info.server_version // 10000
        if self.major >= 17:
            self.execute("SET transaction_timeout = 0")
        (
            self.version,
            self.identity,
            self.is_superuser,
            self.is_standby,
            self.schema_oid,
            self.owner,
            self.database,
        ) = self.one(ABOUT, {"schema": schema})
        if self.is_superuser:  # who is none may not even say so
            self.execute("SET session_replication_role = origin")

    def execute(self, query: Any, parameters: Any = None) -> psycopg.Cursor:
        return self.connection.execute(query, parameters)

    def rows(self, query: Any, parameters: Any = None) -> list[tuple]:
        return self.execute(query, parameters).fetchall()

    def column(self, query: Any, parameters: Any = None) -> list:
        return [value for (value,) in self.rows(query, parameters)]

    def one(self, query: Any, parameters: Any = None) -> tuple:
        return self.rows(query, parameters)[0]

    def statement(self, text: str, **names: Any) -> sql.Composed:
        """SQL with names put in: `{schema}`, and those given, quoted as identifiers."""
        quoted = {name: one if isinstance(one, sql.Composable) else sql.Identifier(one) for name, one in names.items()}
        return sql.SQL(text).format(schema=sql.Identifier(self.schema), **quoted)

    def do(self, text: str, **names: Any) -> psycopg.Cursor:
        return self.execute(self.statement(text, **names))

    def as_owner(self, text: str, **names: Any) -> None:
        """Run what calls the owner's functions or triggers with the owner's rights. After SET ROLE they could take a
        superuser's back; inside of a definer's function nobody can. What they defer runs there too."""
        body = self.statement(f"BEGIN {text}; SET CONSTRAINTS ALL IMMEDIATE; END", **names).as_string(self.connection)
        (owner,) = self.one("SELECT nspowner::REGROLE::TEXT FROM pg_namespace WHERE nspname = %s", [self.schema])
        with self.connection.transaction():
            self.do(AS_OWNER, body=sql.Literal(body), owner=sql.SQL(owner))

    def exists(self) -> bool:
        return bool(self.rows("SELECT FROM pg_namespace WHERE nspname = %s", [self.schema]))

    def is_empty(self) -> bool:
        """Whether nothing stands in the schema, if there is one."""
        query = "SELECT FROM pg_depend WHERE refclassid = 'pg_namespace'::REGCLASS AND refobjid = to_regnamespace(%s)"
        return not self.rows(query, [self.schema])

    def tables(self) -> list[str]:
        return self.relations(A_TABLE)

    def relations(self, condition: str) -> list[str]:
        """The names of the store's relations for which this holds, in the order they were made."""
        return self.column(RELATIONS.format(condition=condition), [self.schema])

    def phase(self) -> str | None:
        """How far a move has come here: what the guard's comment says; None without a guard."""
        return next(iter(self.column(PHASE, [GUARD, self.schema])), None)

    def set_phase(self, phase: str) -> None:
        text = "COMMENT ON FUNCTION {schema}.{guard} IS {phase}"
        self.do(text, guard=GUARD, phase=sql.Literal(phase))

    def when_free(self, work: Callable[[], Any], also_readers: bool = False) -> int:
        """Do what needs a lock; who holds it for two seconds is disconnected. Return how many were."""
        ended = 0
        for _ in range(10):
            try:
                work()
                return ended
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                for pid, kind in self.rows(IN_THE_WAY, [self.schema, also_readers]):
                    self.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
                    ended += kind == "client backend"
        raise DeployError(
            f"somebody keeps a lock on {self.schema} on the {self.who} server",
            "Look for prepared transactions: SELECT * FROM pg_prepared_xacts; end them and run move.py again.",
        )
