"""Loads a year of real sales into a store: the UCI data set Online Retail, 541,909 invoice lines.

The file is copied into a temporary table, then the numbered SQL files beside this script make customers, products,
orders, payments, shipments, returns and stock of it. All in one transaction: the store is loaded, or as it was. A
second run finds it loaded and changes nothing. A store that has orders of its own is refused.

Without --dsn, and without PGHOST, PGSERVICE or the like, it loads into the PostgreSQL that deploy.py runs.

exit codes: 0 loaded, now or before; 1 refused or failed, nothing has changed; 2 wrong usage
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import errors, sql
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from embedded_server import EmbeddedServer, EmbeddedServerError  # noqa: E402

COLUMNS = [
    "line_no",
    "invoice_no",
    "stock_code",
    "description",
    "quantity",
    "invoice_ts",
    "unit_price",
    "customer_id",
    "country",
]
STAGING, *MAPPING, OUTCOME = sorted(HERE.glob("[0-9]*.sql"))
FILLED_TABLES = [
    "categories",
    "customers",
    "import_rejects",
    "inventory",
    "order_audit",
    "order_items",
    "orders",
    "payments",
    "price_history",
    "products",
    "returns",
    "shipment_items",
    "shipments",
    "stock_adjustments",
]
SERVER_VARIABLES = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER"]
CHUNK = 1 << 18  # bytes of text sent at a time
SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "work_mem": "64MB",  # the largest sort, of all lines, then stays in memory
    "jit": "off",  # it costs more than these plans gain by it
}


class LoadError(Exception):
    """The file was not loaded; the message says why in one line."""


def main(arguments: list[str]) -> int:
    """Loads the file the arguments name; returns the exit code."""
    options = parse(arguments)
    try:
        with open_source(options.file) as source, connect(options.dsn) as connection:
            with transaction(connection, options.schema):
                if is_loaded(connection, options.schema):
                    print(f"The file was loaded into schema {options.schema} before: nothing has changed.")
                    return 0
                copy(connection, source)
                outcome = map_lines(connection)
            finish(connection, options.schema)
    except LoadError as error:
        print(f"load.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("load.py: interrupted", file=sys.stderr)
        return 1
    print(summary(outcome))
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = argparse.ArgumentParser(
        "load.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        type=Path,
        default=HERE / "online_retail.csv.gz",
        metavar="FILE",
        help="gzipped CSV with a header; default: the one beside this script",
    )
    add("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    add("--schema", default="store", help="the schema the store was deployed into (default: store)")
    options = parser.parse_args(arguments)
    options.dsn = options.dsn if options.dsn is not None else os.environ.get("DATABASE_URL")
    try:
        psycopg.conninfo.conninfo_to_dict(options.dsn or "")
    except psycopg.ProgrammingError as error:
        parser.error(f"--dsn is no connection string: {first_line(error)}")
    return options


# ------------------------------------------------------------------------------------------------ the file


class Source:
    """The opened file: what is read of it is text, what progress counts is the compressed bytes behind it."""

    def __init__(self, path: Path, compressed: BinaryIO):
        self.path = path
        self.compressed = compressed
        self.text = gzip.GzipFile(fileobj=compressed)
        self.size = path.stat().st_size
        with self.readable():
            self.header = self.text.readline()
        self.columns = next(csv.reader([self.header.decode("utf-8-sig", "replace")]), [])

    def chunks(self) -> Iterator[bytes]:
        """The lines behind the header, piece by piece: the file is never in memory as a whole."""
        with self.readable():
            while chunk := self.text.read(CHUNK):
                yield chunk

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Says in a sentence what is wrong with the file."""
        try:
            yield
        except gzip.BadGzipFile:
            raise LoadError(f"{self.path} is not a gzip file") from None
        except EOFError:
            raise LoadError(f"{self.path} ends too early: it was cut off, fetch it again") from None
        except (OSError, zlib.error) as error:
            raise LoadError(f"{self.path} cannot be read: {error}") from None


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Opens the file and refuses one that has not exactly the columns the mapping reads, in any order."""
    try:
        compressed = path.open("rb")
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}") from None
    with compressed:
        source = Source(path, compressed)
        if missing := [column for column in COLUMNS if column not in source.columns]:
            raise LoadError(f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}")
        if len(source.columns) > len(COLUMNS):
            raise LoadError(f"{path} has {len(source.columns)} columns instead of {len(COLUMNS)}")
        yield source


# ------------------------------------------------------------------------------------------------ the store


def connect(dsn: str | None) -> psycopg.Connection:
    """A connection to the named server, or to the embedded one, which it starts if need be."""
    if dsn is None and not any(name in os.environ for name in SERVER_VARIABLES):
        dsn = start_embedded_server()
    settings = {"connect_timeout": 10, "application_name": "load.py"} | psycopg.conninfo.conninfo_to_dict(dsn or "")
    try:
        return psycopg.connect(**settings, autocommit=True, client_encoding="UTF8", prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise LoadError(f"cannot connect: {first_line(error)}") from None


def start_embedded_server() -> str:
    """Starts what deploy.py has made; returns how to connect to it."""
    server = EmbeddedServer(ROOT / ".postgres")
    if not server.data_directory.exists():
        raise LoadError("no store is deployed here: run python deploy.py, or name a server with --dsn")
    try:
        server.start()
    except EmbeddedServerError as error:
        raise LoadError(str(error)) from None
    return server.dsn("store")


@contextmanager
def transaction(connection: psycopg.Connection, schema: str) -> Iterator[None]:
    """A transaction in the store's schema, as its owner; what the server refuses is said in one line."""
    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(schema)))
            for name, value in SETTINGS.items():
                connection.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), value))
            become_owner(connection, schema)
            yield
    except psycopg.OperationalError as error:
        if connection.closed:
            raise LoadError("the connection was lost: run it again to see whether the file is loaded") from None
        raise LoadError(in_one_line(error)) from None
    except psycopg.Error as error:
        raise LoadError(in_one_line(error)) from None


def become_owner(connection: psycopg.Connection, schema: str) -> None:
    """What a superuser loads must not belong to the superuser."""
    query = "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s"
    owner = connection.execute(query, [schema]).fetchone()
    if owner is None:
        raise LoadError(f"there is no schema {schema}: deploy the store first, python deploy.py --schema {schema}")
    try:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(*owner)))
    except errors.InsufficientPrivilege:
        raise LoadError(f"the store in schema {schema} belongs to {owner[0]}: connect as that role") from None


def is_loaded(connection: psycopg.Connection, schema: str) -> bool:
    """Whether the file is in already; refuses a schema without a store and a store with other orders."""
    if connection.execute("SELECT to_regclass('orders')").fetchone()[0] is None:
        raise LoadError(f"schema {schema} holds no store: deploy it first, python deploy.py --schema {schema}")
    # Until the end nobody places an order, and a second load waits to find this one done.
    connection.execute("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE")
    query = "SELECT to_regclass('import_rejects') IS NOT NULL, EXISTS (SELECT FROM orders)"
    is_loaded, has_orders = connection.execute(query).fetchone()
    if has_orders and not is_loaded:
        raise LoadError(
            f"the store in schema {schema} has orders of its own: load the file into a store of its own, "
            "made with python deploy.py --schema online_retail"
        )
    return is_loaded


# -------------------------------------------------------------------------------------------------- the load


def copy(connection: psycopg.Connection, source: Source) -> None:
    """Sends the file, as it is, into its temporary table."""
    run(connection, STAGING)
    columns = sql.SQL(", ").join(map(sql.Identifier, source.columns))
    command = sql.SQL("COPY source_lines ({}) FROM STDIN (FORMAT csv, HEADER, FORCE_NULL (description, customer_id))")
    bar = tqdm(total=source.size, unit="B", unit_scale=True, desc=source.path.name, disable=None, leave=False)
    with bar, connection.cursor() as cursor, cursor.copy(command.format(columns)) as lines:
        lines.write(source.header)
        for chunk in source.chunks():
            lines.write(chunk)
            bar.update(source.compressed.tell() - bar.n)


def map_lines(connection: psycopg.Connection) -> list[tuple[bool, str, int]]:
    """Runs the mapping, file by file; returns what became of the lines: is it loaded, as or why not, how many."""
    for file in MAPPING:
        with step(file.name) as result:
            result["rows"] = run(connection, file)
    return connection.execute(OUTCOME.read_text()).fetchall()


@contextmanager
def step(name: str) -> Iterator[dict[str, int]]:
    """A line of progress: what is being done, then how many rows it wrote and how long it took."""
    started = time.monotonic()
    result = {}
    ending = "failed"
    print(f"{name:30}", end="", flush=True)
    try:
        yield result
        rows = f"{result['rows']:,} rows" if "rows" in result else ""
        ending = f"{rows:>14} {time.monotonic() - started:6.1f} s"
    finally:
        print(ending, flush=True)


def run(connection: psycopg.Connection, file: Path) -> int:
    """Executes a file; returns how many rows its last writing statement wrote."""
    rows = 0
    cursor = connection.execute(file.read_text())
    while True:
        if cursor.statusmessage.startswith(("INSERT", "UPDATE")):
            rows = cursor.rowcount
        if not cursor.nextset():
            return rows


def finish(connection: psycopg.Connection, schema: str) -> None:
    """What makes reports fast and needs the lines committed: statistics, visibility and the materialised reports."""
    tables = sql.SQL(", ").join(sql.Identifier(schema, table) for table in FILLED_TABLES)
    try:
        with step("statistics"):
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(tables))
        with step("reports"), transaction(connection, schema):
            if connection.execute("SELECT to_regprocedure('refresh_reports()')").fetchone()[0]:
                connection.execute("SELECT refresh_reports()")
    except (LoadError, psycopg.Error) as error:
        raise LoadError(f"the file is loaded, but the reports were not refreshed: {first_line(error)}") from None


def summary(outcome: list[tuple[bool, str, int]]) -> str:
    """The last line: lines loaded, lines rejected by reason, and that no line is missing."""
    parts = []
    for word, wanted in [("loaded", True), ("rejected", False)]:
        found = {name: lines for is_loaded, name, lines in outcome if is_loaded is wanted}
        details = ", ".join(f"{lines:,} {name}" for name, lines in found.items()) or "none"
        parts.append(f"{sum(found.values()):,} lines {word} ({details})")
    return f"{parts[0]}, {parts[1]}: {sum(lines for _, _, lines in outcome):,} in all"


def in_one_line(error: psycopg.Error) -> str:
    """The server's message, with the detail or the line of the file that it is about."""
    diagnosis = error.diag
    about = diagnosis.message_detail
    if diagnosis.context and diagnosis.context.startswith("COPY"):
        about = diagnosis.context
    return first_line(error) + (f" ({about.splitlines()[0]})" if about else "")


def first_line(error: Exception) -> str:
    """What an error says, without the lines that repeat its place."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
