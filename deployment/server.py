"""How the programs of this project reach a server: the same settings, the same words when they cannot."""

from __future__ import annotations

import os
import re

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

SERVER_VARIABLES = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER"]


class CannotConnect(Exception):
    """There is no connection, in one line; `is_usage` if what was given is no connection string."""

    def __init__(self, message: str, is_usage: bool = False):
        super().__init__(message)
        self.is_usage = is_usage


def names_a_server(dsn: str | None) -> bool:
    """Whether the user said which server to take, here or in the environment."""
    return dsn is not None or any(name in os.environ for name in SERVER_VARIABLES)


def connect_to(dsn: str, program: str, options: str | None = None) -> Connection:
    """A session that commits each statement; `options` stands in for the DSN's own."""
    try:
        settings = {"connect_timeout": 10, "application_name": program} | conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        message = f"--dsn is no connection string: {first_line(error)}"
        raise CannotConnect(message, is_usage=True) from None
    settings["client_encoding"] = "UTF8"  # as the files are, whatever the environment says
    if options is not None:
        settings["options"] = options
    try:
        return psycopg.connect(**settings, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        reason = re.sub(r"^connection (is bad|failed): ", "", first_line(error))
        raise CannotConnect(f"cannot connect: {reason}") from None


def first_line(error: Exception) -> str:
    """What an error says, without the lines that repeat its place."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
