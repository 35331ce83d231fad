"""What the reports cost beside DuckDB, a column store made for nothing else, on a year of real sales.

Starts a PostgreSQL of its own in a temporary directory, deploys the store and loads demo/online_retail into it (or takes
the loaded store --dsn names), then copies the tables into DuckDB's own format. Every report is run by both in turn and
measured, then compared row by row; neither sends its rows anywhere (PostgreSQL runs EXPLAIN ANALYZE without timing or
counting buffers, DuckDB fills a temporary table). Of product_affinity it is the refresh after --new-orders, once. Times
are the best of the runs and depend on what else the machine does; CPU is the mean of all processes and threads at work
and repeats better (Linux, a server on this machine). The exit code is 1 where a report takes more CPU than its
limit, in times of what DuckDB takes.

    python benchmarks/analytics/measure.py [--dsn DSN] [--years 10] [--threads 2] [--runs 9] [--new-orders 500]
        [--only REPORT ...]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
from tqdm import tqdm

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE.parent), str(ROOT)]

from scratch_store import quietly, scratch_store  # noqa: E402
from session_cpu import ended_cpu_seconds, session_cpu_seconds  # noqa: E402

from demo.online_retail import load  # noqa: E402
from store_server import one_row  # noqa: E402

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "synchronous_commit": "off", "autovacuum": "off"}
REPORTS = {  # what a report reads most of, and how many times DuckDB's CPU it may take
    "monthly_revenue": ("orders", 1.0),
    "sales_summary": ("orders", 1.0),
    "customer_lifetime_value": ("orders", 1.5),
    "customer_segments": ("orders", 1.5),
    "cohort_retention": ("orders", 1.5),
    "repeat_purchases": ("orders", 1.5),
    "new_and_returning_revenue": ("orders", 1.5),
    "coupon_performance": ("orders", 1.5),
    "order_funnel": ("orders", 1.5),
    "rolling_sales": ("days", 1.0),
    "sales_by_hour": ("orders", 1.5),
    "tax_summary": ("lines", 3.0),
    "product_rankings": ("sums", 1.0),
    "style_rankings": ("sums", 1.0),
    "category_revenue": ("sums", 1.0),
    "return_rates": ("sums", 1.0),
    "product_affinity": ("new", 2.0),
}
TABLES = {
    "customers": "customer_id",
    "categories": "category_id, name, parent_id",
    "styles": "style_id, name",
    "products": "product_id, sku, name, category_id, style_id",
    "coupons": "coupon_code",
    "orders": "order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee, shipping_tax_class,"
    " shipping_tax_rate, shipping_tax, tax, total, coupon_code, ship_to_country, ship_to_region, created_at, paid_at",
    "order_items": "order_id, line_no, product_id, quantity, cancelled_quantity, returned_quantity, unit_cost, tax_class,"
    " tax_rate, line_total, tax",
    "shipments": "shipment_id, order_id, shipped_at, delivered_at",
    "returns": "return_id, order_id, line_no, quantity, restocked",
    "credits": "credit_id, order_id, line_no, kind, net, tax, amount, created_at",
}
VIEWS = """
CREATE VIEW counted_orders AS
SELECT *, created_at AT TIME ZONE time_zone() AS local_time,
    date_trunc('month', created_at AT TIME ZONE time_zone())::DATE AS month
FROM orders WHERE status <> 'cancelled';
CREATE VIEW counted_credits AS
SELECT credits.*, orders.customer_id, orders.ship_to_country, orders.ship_to_region, orders.shipping_tax_class,
    orders.shipping_tax_rate, date_trunc('month', credits.created_at AT TIME ZONE time_zone())::DATE AS month
FROM credits JOIN orders USING (order_id)
WHERE orders.status <> 'cancelled';
CREATE VIEW credited_lines AS
SELECT order_id, line_no, sum(net) AS credited_net, sum(net) FILTER (WHERE kind = 'return') AS returned_value
FROM credits WHERE line_no IS NOT NULL GROUP BY order_id, line_no;
CREATE VIEW restocked_lines AS
SELECT order_id, line_no, sum(quantity) AS restocked_quantity FROM returns WHERE restocked GROUP BY order_id, line_no;
CREATE VIEW counted_lines AS
SELECT order_items.*, orders.ship_to_country, orders.ship_to_region,
    date_trunc('month', orders.created_at AT TIME ZONE time_zone())::DATE AS month,
    quantity - cancelled_quantity AS units_sold,
    line_total - CASE WHEN prices_include_tax THEN order_items.tax ELSE 0 END AS net_value,
    coalesce(credited_net, 0) AS credited_net, coalesce(returned_value, 0) AS returned_value,
    coalesce(restocked_quantity, 0) AS restocked_quantity
FROM order_items JOIN orders USING (order_id)
LEFT JOIN credited_lines USING (order_id, line_no) LEFT JOIN restocked_lines USING (order_id, line_no)
WHERE orders.status <> 'cancelled';
"""


@dataclass(frozen=True)
class Cost:
    """What a report costs."""

    seconds: float
    cpu_seconds: float


def main(arguments: list[str]) -> int:
    """Measures the reports the arguments name; returns the exit code."""
    options = parse(arguments)
    reports = options.only or [name for name in REPORTS if name != "product_affinity" or options.new_orders]
    new_orders = options.new_orders if "product_affinity" in reports else 0
    with store(options.dsn, options.years, new_orders) as postgres:
        postgres.execute(f"SET max_parallel_workers_per_gather = {options.threads - 1}")  # and the leader
        column_store = copy(postgres)
        column_store.execute(f"SET threads = {options.threads}")
        missed = show(postgres, column_store, reports, options.runs)
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    description, _, details = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dsn", help="a store with the year in it already (default: a server of its own)")
    parser.add_argument("--years", type=int, default=1, help="how often to have the year (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="cores for each at most (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=9, help="runs of each, of which the best counts (%(default)s)")
    parser.add_argument(
        "--new-orders", type=int, default=500, help="since product_affinity was counted (%(default)s); 0 = leave it out"
    )
    parser.add_argument("--only", nargs="+", choices=REPORTS, metavar="REPORT", help="these reports")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def store(dsn: str | None, years: int, new_orders: int) -> Iterator[psycopg.Connection]:
    """A connection to a store that has the year, so many times, and new orders since product_affinity was counted."""
    with contextlib.ExitStack() as cleanup:
        if dsn is None:
            server, _ = cleanup.enter_context(scratch_store(SETTINGS))
            dsn = server.dsn("store")
            quietly(load.main, ["--dsn", dsn])
        connection = cleanup.enter_context(psycopg.connect(dsn, autocommit=True))
        connection.execute("SET search_path TO store, pg_temp")
        for year in tqdm(range(1, years), desc="copying the year", disable=years == 1):
            connection.execute("SELECT set_config('benchmark.year', %s, FALSE)", [str(year)])
            connection.execute((HERE / "another_year.sql").read_text())
        if one_row(connection, "SELECT count(*) FROM styles") == (0,):
            connection.execute((HERE / "styles.sql").read_text())
        if new_orders:
            connection.execute("SELECT refresh_product_affinity()")
            connection.execute("SELECT set_config('benchmark.orders', %s, FALSE)", [str(new_orders)])
            connection.execute((HERE / "new_orders.sql").read_text())
        connection.execute("SELECT refresh_product_sales(), refresh_daily_sales()")
        connection.execute("VACUUM (ANALYZE)")
        yield connection


def copy(postgres: psycopg.Connection) -> duckdb.DuckDBPyConnection:
    """DuckDB with the same tables in its own format, and our words for what is counted."""
    column_store = duckdb.connect()
    column_store.execute("SET TimeZone = 'UTC'")
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        for table, columns in tqdm(TABLES.items(), desc="copying the tables"):
            column_store.execute(f"CREATE TABLE {table} ({typed(postgres, table, columns)})")
            with open(file.name, "wb") as csv, postgres.cursor() as cursor:
                with cursor.copy(f"COPY (SELECT {columns} FROM {table} ORDER BY 1) TO STDOUT (FORMAT csv)") as rows:
                    csv.writelines(rows)
            column_store.execute(
                f"COPY {table} FROM '{file.name}' (FORMAT csv, HEADER false, ALLOW_QUOTED_NULLS false)"
            )
    zone, country, now = one_row(postgres, "SELECT time_zone, country_code, report_now() FROM store_settings")
    column_store.execute(f"CREATE MACRO time_zone() AS '{zone}'")
    column_store.execute(f"CREATE MACRO country_code() AS '{country}'")
    column_store.execute(f"CREATE MACRO report_now() AS TIMESTAMPTZ '{now.isoformat()}'")
    column_store.execute("CREATE MACRO today() AS (report_now() AT TIME ZONE time_zone())::DATE")
    column_store.execute(VIEWS)
    column_store.execute((HERE / "duckdb" / "report_months.sql").read_text())
    return column_store


def typed(postgres: psycopg.Connection, table: str, columns: str) -> str:
    """The columns with PostgreSQL's types, which DuckDB knows by the same names; money with its two decimals."""
    names = [column.strip() for column in columns.split(",")]
    types = postgres.execute(
        """SELECT attname, CASE
            WHEN typname = 'amount' THEN 'NUMERIC(12, 2)'
            WHEN typname = 'share' THEN 'NUMERIC(6, 5)'
            WHEN typcategory = 'S' THEN 'VARCHAR'
            ELSE format_type(coalesce(nullif(typbasetype, 0), atttypid), -1)
        END
        FROM pg_attribute INNER JOIN pg_type ON atttypid = pg_type.oid WHERE attrelid = %s::REGCLASS""",
        [table],
    )
    type_of: dict[str, str] = dict(types.fetchall())
    return ", ".join(f"{name} {type_of[name]}" for name in names)


def show(
    postgres: psycopg.Connection, column_store: duckdb.DuckDBPyConnection, reports: list[str], runs: int
) -> list[str]:
    """Prints a line a report, and what was measured on; returns the reports that take longer than they may."""
    version = postgres.info.parameter_status("server_version")
    orders, lines, workers = one_row(
        postgres,
        """SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_items),
            current_setting('max_parallel_workers_per_gather')::INT""",
    )
    print(
        f"PostgreSQL {version}, DuckDB {duckdb.__version__}, {workers + 1} cores at most: {orders:,} orders, {lines:,} lines"
    )
    print(
        f"{'report':<27}{'reads':<7}{'rows':>7}{'PostgreSQL':>14}{'DuckDB':>11}{'ratio':>7}{'CPU ratio':>11}{'limit':>7}"
    )
    missed = []
    for report in reports:
        kind, limit = REPORTS[report]
        query = (HERE / "duckdb" / f"{report}.sql").read_text().rstrip().rstrip(";")
        ours, theirs = measure_in_turn(postgres, column_store, report, query, runs)
        rows = compare(postgres, column_store, report, query)
        times, cpu_times = ours.seconds / theirs.seconds, ours.cpu_seconds / theirs.cpu_seconds
        if not cpu_times <= limit:
            missed.append(report)
        print(
            f"{report:<27}{kind:<7}{rows:>7,}{ours.seconds * 1000:>11,.1f} ms{theirs.seconds * 1000:>8,.1f} ms"
            f"{times:>7.2f}{cpu_times:>11.2f}{limit:>7.1f}",
            flush=True,
        )
    return missed


def compare(postgres: psycopg.Connection, column_store: duckdb.DuckDBPyConnection, report: str, query: str) -> int:
    """Stops where the two do not give the same rows; returns how many there are."""
    ours = comparable(postgres.execute(f"SELECT * FROM {report}"))
    theirs = comparable(column_store.execute(query))
    if len(ours) != len(theirs) or not all(map(agree, ours, theirs)):
        different = [pair for pair in zip(ours, theirs) if not agree(*pair)]
        sys.exit(f"{report}: {len(ours)} rows against {len(theirs)}; {len(different)} differ, such as {different[:1]}")
    return len(ours)


def comparable(rows: psycopg.Cursor | duckdb.DuckDBPyConnection) -> list[tuple]:
    """Sorted by their keys, which stand first."""
    return sorted(rows.fetchall(), key=lambda row: [str(value) for value in row[:3]])


def agree(ours: tuple, theirs: tuple) -> bool:
    """Whether two rows are the same, but for a last digit: DuckDB divides in double precision."""
    return all(
        abs(Decimal(one) - Decimal(other)) <= Decimal("0.0101")
        if isinstance(one, Decimal) and other is not None
        else one == other
        for one, other in zip(ours, theirs, strict=True)
    )


def measure_in_turn(
    postgres: psycopg.Connection, column_store: duckdb.DuckDBPyConnection, report: str, query: str, runs: int
) -> tuple[Cost, Cost]:
    """What a run of each costs."""
    statement = f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF) SELECT * FROM {report}"
    if report == "product_affinity":
        statement, runs = "REFRESH MATERIALIZED VIEW product_affinity", 1
    fill = f"CREATE OR REPLACE TEMP TABLE answer AS {query}"
    session = postgres.info.backend_pid
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(cost(lambda: postgres.execute(statement), lambda: server_cpu_seconds(session)))
        theirs.append(cost(lambda: column_store.execute(fill), time.process_time))
    return summed_up(ours), summed_up(theirs)


def cost(run: Callable[[], object], cpu_seconds: Callable[[], float]) -> Cost:
    """What one run costs."""
    started, cpu_before = time.perf_counter(), cpu_seconds()
    run()
    return Cost(time.perf_counter() - started, cpu_seconds() - cpu_before)


def summed_up(costs: list[Cost]) -> Cost:
    """The best time, which other work on the machine disturbed least, and the mean of the CPU."""
    return Cost(min(one.seconds for one in costs), sum(one.cpu_seconds for one in costs) / len(costs))


def server_cpu_seconds(session: int) -> float:
    """The CPU a session has used, and all parallel workers that have ended; not a number where we cannot know."""
    return session_cpu_seconds(session) + ended_cpu_seconds(session)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
