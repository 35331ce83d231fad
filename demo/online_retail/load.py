"""Loads a year of real sales into a store: the UCI data set Online Retail, 541,909 invoice lines.

The file is copied into a temporary table, then the numbered SQL files beside this script make customers, products,
orders, payments, shipments, returns and stock of it. All in one transaction: the store is loaded, or as it was. A
second run finds it loaded and changes nothing. A store that has orders of its own is refused.

Without --dsn, and without PGHOST, PGSERVICE or the like, it loads into the PostgreSQL that deploy.py runs.

exit codes: 0 loaded, now or before; 1 refused or failed, nothing has changed; 2 wrong usage
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from demo.online_retail.load_error import LoadError  # noqa: E402
from demo.online_retail.sales_file import SalesFile, open_sales_file  # noqa: E402
from demo.online_retail.store_connection import connect, transaction  # noqa: E402
from deploy import Parser, schema_name  # noqa: E402
from deployment.errors import DeployError, first_line  # noqa: E402
from deployment.report import write  # noqa: E402
from store_server import one_row  # noqa: E402

# That a COPY which we end in an error ends in an error is no news beside ours.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

FILE = HERE / "online_retail.csv.gz"
STAGING, *MAPPING, OUTCOME = sorted(HERE.glob("[0-9]*.sql"))
FILLED_TABLES = [
    "categories",
    "credits",
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


def main(arguments: list[str]) -> int:
    """Load the file the arguments name; return the exit code."""
    options = parse(arguments)
    try:
        with open_sales_file(options.file) as sales, connect(options.dsn) as connection:
            write(sys.stdout, fill(connection, options.schema, sales))
    except DeployError as error:
        write(sys.stderr, f"load.py: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        write(sys.stderr, "load.py: interrupted")
        return 1
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = Parser("load.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        type=Path,
        default=FILE,
        metavar="FILE",
        help="gzipped CSV with a header; default: the one beside this script",
    )
    add("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    add(
        "--schema",
        type=schema_name,
        default="store",
        help="the schema the store was deployed into (default: store)",
    )
    return parser.parse_args(arguments)


def fill(connection: psycopg.Connection, schema: str, sales: SalesFile) -> str:
    """Load the opened file into the store; return what is to be said in the end."""
    with transaction(connection, schema):
        if is_loaded(connection, schema):
            return f"A file was loaded into schema {schema} before: nothing has changed."
        copy(connection, sales)
        outcome = map_lines(connection)
    finish(connection, schema)
    return summary(outcome)


def is_loaded(connection: psycopg.Connection, schema: str) -> bool:
    """Whether the file is in already; refuse a schema without a store, and a store with other orders."""
    if one_row(connection, "SELECT to_regclass('orders')")[0] is None:
        raise LoadError(f"schema {schema} holds no store: deploy it first, python deploy.py --schema {schema}")
    # Until the end nobody places an order, and a second load waits to find this one done.
    connection.execute("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE")
    query = "SELECT to_regclass('import_rejects') IS NOT NULL, EXISTS (SELECT FROM orders)"
    is_loaded, has_orders = one_row(connection, query)
    if has_orders and not is_loaded:
        raise LoadError(
            f"the store in schema {schema} has orders of its own: load the file into a store of its own, "
            "made with python deploy.py --schema online_retail"
        )
    return is_loaded


def copy(connection: psycopg.Connection, sales: SalesFile) -> None:
    """Send the file, as it is, into its temporary table."""
    run(connection, STAGING)
    columns = sql.SQL(", ").join(map(sql.Identifier, sales.columns))
    command = sql.SQL("COPY source_lines ({}) FROM STDIN (FORMAT csv, HEADER, FORCE_NULL (description, customer_id))")
    bar = tqdm(total=sales.size, unit="B", unit_scale=True, desc=sales.path.name, disable=None, leave=False)
    with bar, connection.cursor() as cursor:
        with cursor.copy(command.format(columns)) as lines:
            lines.write(sales.header)
            for chunk in sales.chunks():
                lines.write(chunk)
                bar.update(sales.compressed.tell() - bar.n)
        if cursor.rowcount == 0:
            raise LoadError(f"{sales.path} holds no line but its header")


def map_lines(connection: psycopg.Connection) -> list[tuple[bool, str, int]]:
    """Run the mapping, file by file; return what became of the lines: loaded or not, as what or why, how many."""
    for file in MAPPING:
        with step(file.name) as result:
            result["rows"] = run(connection, file)
    return connection.execute(OUTCOME.read_text()).fetchall()


@contextmanager
def step(name: str) -> Iterator[dict[str, int]]:
    """A line of progress: what was done, how many rows it wrote and how long it took."""
    started = time.monotonic()
    result: dict[str, int] = {}
    ending = "failed"
    try:
        yield result
        rows = f"{result['rows']:,} rows" if "rows" in result else ""
        ending = f"{rows:>14} {time.monotonic() - started:6.1f} s"
    finally:
        write(sys.stdout, f"{name:30}{ending}")


def run(connection: psycopg.Connection, file: Path) -> int:
    """Execute a file; return how many rows its last writing statement wrote."""
    rows = 0
    cursor = connection.execute(file.read_text())
    while True:
        if (cursor.statusmessage or "").startswith(("INSERT", "UPDATE")):
            rows = cursor.rowcount
        if not cursor.nextset():
            return rows


def finish(connection: psycopg.Connection, schema: str) -> None:
    """What needs the lines committed: statistics, visibility and the materialised reports."""
    tables = sql.SQL(", ").join(sql.Identifier(schema, table) for table in FILLED_TABLES)
    try:
        with step("statistics"):
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(tables))
        with step("reports"), transaction(connection, schema):
            if one_row(connection, "SELECT to_regprocedure('refresh_reports()')")[0]:
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
