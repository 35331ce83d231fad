"""The shop's way to the store: a pool for each login, one transaction a call, and another try where one is worth it.

A call may always be repeated: reading is harmless, and what changes something carries a key or a provider's reference.
"""

import random
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

# Serialization failure, deadlock, lock time-out, server shutting down, connection lost.
WORTH_ANOTHER_TRY = {"40001", "40P01", "55P03", "57P01", None}
PAUSES = [0.05, 0.2, 0.8]  # seconds


class Database:
    """`logins` is a connection string for each of the names `ask` takes."""

    def __init__(self, logins: Mapping[str, str]):
        self.pools = {
            name: ConnectionPool(
                dsn, min_size=0, max_size=8, timeout=5, open=True, reset=forget_settings,
                check=ConnectionPool.check_connection, kwargs={"row_factory": namedtuple_row},
            )
            for name, dsn in logins.items()
        }

    def ask(self, login: str, query: str, values: Any = (), token: str = "") -> list[Any]:
        """The rows of one query, asked as this login and for whoever the session token names."""
        for pause in [*PAUSES, None]:
            try:
                with self.pools[login].connection() as connection:
                    # Bound, and for this transaction only: no other shopper's call meets it in the pool.
                    connection.execute("SELECT set_config('app.session_token', %s, true)", [token])
                    return connection.execute(query.encode(), values).fetchall()
            except psycopg.OperationalError as error:
                if pause is None or error.sqlstate not in WORTH_ANOTHER_TRY or isinstance(error, PoolTimeout):
                    raise
                time.sleep(pause * random.uniform(0.5, 1.5))
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        for pool in self.pools.values():
            pool.close()


def forget_settings(connection: psycopg.Connection[Any]) -> None:
    """The report and the invoice read in a transaction of their own kind."""
    connection.isolation_level = connection.read_only = None
