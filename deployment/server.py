"""How the programs of this project reach a server: the same settings, the same words when they cannot."""

import logging
import os
import re
import time

import psycopg
from psycopg import Connection, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deployment.errors import DeployError, first_line, without_passwords

SERVER_VARIABLES = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER"]
SECRETS = ("password", "sslpassword")
SECONDS_BETWEEN_KNOCKS = 0.2
# After Ctrl-C psycopg would tell what it could not roll back, beside what is told already.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class CannotConnect(DeployError):
    """There is no connection."""


def chosen_dsn(given: str | None) -> str | None:
    """The connection string to use: --dsn, DATABASE_URL, '' for the PG* variables, or None where
    nobody has named a server.
    """
    if given is not None:
        return given
    is_set = any(name in os.environ for name in SERVER_VARIABLES)
    return os.environ.get("DATABASE_URL") or ("" if is_set else None)


def connect_to(dsn: str, program: str, options: str | None = None, wait: float = 0) -> Connection:
    """A session that commits each statement; `options` stands in for the DSN's own. A server that is still starting is
    waited for, `wait` seconds at most; one that has started since it refused is asked once more. What stands between
    hears of a session each minute, lest it forget the one that builds an index for an hour."""
    settings: dict = {"connect_timeout": 10, "keepalives_idle": 60, "application_name": program} | settings_of(dsn)
    settings["client_encoding"] = "UTF8"  # as the files are, whatever the environment says
    if options is not None:
        settings["options"] = options
    deadline, state = time.monotonic() + wait, None
    while True:
        try:
            return psycopg.connect(**settings, autocommit=True, prepare_threshold=None)
        except psycopg.OperationalError as error:
            asked = make_conninfo(**settings).encode()
            before, state = state, pq.PGconn.ping(asked)
            if time.monotonic() > deadline or not (state == pq.Ping.REJECT or state == pq.Ping.OK != before):
                reason = re.sub(r"^connection (is bad|failed): ", "", first_line(error))
                raise CannotConnect(f"cannot connect: {without_passwords(reason)}") from None
        except psycopg.Error as error:
            raise CannotConnect(f"cannot connect: {without_passwords(first_line(error))}", exit_code=2) from None
        time.sleep(SECONDS_BETWEEN_KNOCKS)


def settings_of(dsn: str) -> dict:
    """What a connection string says. Nothing of one that says nothing is repeated: it may be a password."""
    scheme, _, rest = dsn.partition("://")
    password = rest.rpartition("@")[0].partition(":")[2]
    if rest and re.search(r"[@/?#\s]|%(?![0-9A-Fa-f]{2})", password):
        raise CannotConnect(
            "the password of a connection URL must spell @, /, ?, # and % as %40, %2F, %3F, %23 and %25", exit_code=2
        )
    try:
        return conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise CannotConnect(
            "that is no connection string: write postgresql://user@host/database, or host=… dbname=… user=…",
            exit_code=2,
        ) from None
