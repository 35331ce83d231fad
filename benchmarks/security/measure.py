"""What security costs: a policy beside none, a token, an audit row, a seal, and daily sales that are always exact.

Starts a PostgreSQL of its own in a temporary directory, deploys the store and fills it. Each figure stands beside what it
is measured against, taken in the same run. Buffers, WAL bytes and how often a plan asks for the customer repeat, so they
have targets and the exit code is 1 where one is missed; times depend on the machine: read them as ratios.

    python benchmarks/security/measure.py [--orders 2000000] [--customers 20000] [--runs 15]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from scratch_store import scratch_store  # noqa: E402

from store_server import one_row  # noqa: E402
from tests.security.tokens import KEY_ID, SECRET, token  # noqa: E402

SETTINGS = {
    "full_page_writes": "off",  # else the first change of a page after a checkpoint hides what a row costs
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "synchronous_commit": "off",
    "autovacuum": "off",
}
CUSTOMER = 42
# What a customer looks at, as the customer asks and as the owner has to.
PAGES = {
    "orders": (
        "SELECT order_id, status, total, created_at FROM orders {where} ORDER BY order_id DESC LIMIT 20",
        "WHERE customer_id = 42",
    ),
    "customer": ("SELECT customer_id, email, first_name FROM customers {where}", "WHERE customer_id = 42"),
}
LINES = """
    SELECT order_id, line_no, product_name, quantity, line_total FROM order_items
    WHERE order_id IN (SELECT order_id FROM orders {where} ORDER BY order_id DESC LIMIT 20)
"""
ONE_ORDERS_LINES = "SELECT order_id, line_no, quantity FROM order_items WHERE order_id = 1006"
LIVE = """
    SELECT (created_at AT TIME ZONE (SELECT time_zone FROM store_settings))::DATE AS sale_date,
        count(*), sum(total), count(DISTINCT customer_id)
    FROM orders WHERE status <> 'cancelled' GROUP BY 1
"""


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    with scratch_store(SETTINGS) as (_, store):
        fill(store, options)
        missed = measure(store, options)
    for target in missed:
        print(f"missed: {target}")
    return 1 if missed else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2_000_000, help="in the store (%(default)s)")
    parser.add_argument("--customers", type=int, default=20_000, help="who placed them (%(default)s)")
    parser.add_argument("--runs", type=int, default=15, help="of each query; the median counts (%(default)s)")
    return parser.parse_args(arguments)


def fill(store: psycopg.Connection, options: argparse.Namespace) -> None:
    """Give the store a history."""
    print(f"PostgreSQL {store.info.parameter_status('server_version')}; filling {options.orders:,} orders", flush=True)
    for name in ("orders", "customers"):
        store.execute("SELECT set_config(%s, %s, FALSE)", [f"fill.{name}", str(getattr(options, name))])
    store.execute((HERE / "fill.sql").read_text())
    store.execute("GRANT USAGE ON SCHEMA store TO shop_customer, shop_staff, shop_analyst")
    store.execute("SELECT set_config('app.customer_id', %s, FALSE)", [str(CUSTOMER)])


def measure(store: psycopg.Connection, options: argparse.Namespace) -> list[str]:
    """Print every figure; returns the targets missed."""
    missed = show_pages(store, options.runs, "app.customer_id", 0)
    show_lines(store, options.runs)
    show_policies_not_taken(store)
    show_audit(store)
    show_seals(store, options.orders)
    show_daily_sales(store, options.runs)
    show_call(store, "without a key")
    store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    session_token = token(claims={"customer_id": CUSTOMER, "exp": 2**32})
    store.execute("SELECT set_config('app.session_token', %s, FALSE)", [session_token])
    show_call(store, "with a key")
    return missed + show_pages(store, options.runs, "a token", 2)


def show_pages(store: psycopg.Connection, runs: int, whom: str, of_keys: int) -> list[str]:
    """A customer's page under the policy, beside the owner's query with the condition written out.

    The signing keys' own page is read twice, `of_keys`, where there are any.
    """
    missed = []
    for name, (query, where) in PAGES.items():
        ours, plan = buffers(store, query.format(where=""), "shop_customer")
        theirs, _ = buffers(store, query.format(where=where), None)
        asked = plan.count("current_customer_id()")
        ratio = compared(store, runs, query.format(where=""), query.format(where=where))
        print(f"{name:10} page by {whom:15} {ours:4} buffers, {theirs:4} without policy; time x {ratio:.2f}")
        if ours != theirs + of_keys:
            missed.append(f"the {name} page reads {ours} buffers, not {theirs + of_keys}")
        if asked != 1:
            missed.append(f"the {name} page's plan asks for the customer {asked} times")
    return missed


def show_lines(store: psycopg.Connection, runs: int) -> None:
    """The lines of the last orders, where a second table's policy needs the orders' numbers first."""
    ours, _ = buffers(store, LINES.format(where=""), "shop_customer")
    theirs, _ = buffers(store, LINES.format(where="WHERE customer_id = 42"), None)
    ratio = compared(store, runs, LINES.format(where=""), LINES.format(where="WHERE customer_id = 42"))
    print(f"lines of the last orders           {ours:4} buffers, {theirs:4} without policy; time x {ratio:.2f}")


def show_policies_not_taken(store: psycopg.Connection) -> None:
    """What the same policies would cost written the other way; each is put back."""
    bare = "customer_id = current_customer_id()"
    semi_join = "EXISTS (SELECT FROM orders WHERE orders.order_id = order_items.order_id)"
    for what, table, query, other in [
        ("orders, read in sequence", "orders", "SELECT count(*) FROM orders", bare),
        ("all own lines", "order_items", "SELECT count(*), sum(line_total) FROM order_items", semi_join),
        ("lines of the last orders", "order_items", LINES.format(where=""), semi_join),
        ("lines of one order", "order_items", ONE_ORDERS_LINES, semi_join),
    ]:
        figures = []
        for change in ("", f"ALTER POLICY {table}_select_own ON {table} USING ({other})"):
            with store.transaction(force_rollback=True):
                store.execute(change)
                if "sequence" in what:
                    store.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
                store.execute("SET LOCAL ROLE shop_customer")
                explained = one_row(store, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}")[0][0]
            blocks = explained["Plan"]["Shared Hit Blocks"] + explained["Plan"]["Shared Read Blocks"]
            figures.append(f"{explained['Execution Time']:.1f} ms, {blocks:,} buffers")
        print(f"{what}: {figures[0]}; written {other}: {figures[1]}")


def show_audit(store: psycopg.Connection) -> None:
    """WAL of changing ten thousand rows, with the audit trigger and without."""
    change = "UPDATE customers SET is_vip = NOT is_vip WHERE customer_id <= 10000"
    figures = []
    for role in ("origin", "replica"):
        store.execute(f"SET session_replication_role = {role}")
        store.execute("VACUUM customers")
        before = one_row(store, "SELECT pg_current_wal_insert_lsn()")[0]
        rows = store.execute(change).rowcount
        query = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)::FLOAT8"
        figures.append(one_row(store, query, [before])[0] / rows)
    store.execute("SET session_replication_role = origin")
    print(f"audited row                        {figures[0]:4.0f} bytes of WAL, {figures[1]:4.0f} without the trigger")


def show_seals(store: psycopg.Connection, rows: int) -> None:
    """Sealing and verifying, a million rows."""
    sealed = timed(store, "SELECT seal_audit()")
    verified = timed(store, "SELECT * FROM verify_audit()")
    scanned = timed(store, "SELECT count(order_audit::TEXT) FROM order_audit")
    nothing = timed(store, "SELECT seal_audit()")
    million = rows / 1_000_000
    print(
        f"a million audit rows               {sealed / million:.1f} s to seal, {verified / million:.1f} s to verify, "
        f"{scanned / million:.1f} s only to read as text; {nothing * 1000:.0f} ms where there is nothing new"
    )


def show_daily_sales(store: psycopg.Connection, runs: int) -> None:
    """Daily sales beside the orders themselves and the bare materialised view, as days are touched."""
    store.execute("SELECT refresh_daily_sales()")
    bare = statistics.median(timed(store, "TABLE mv_daily_sales") for _ in range(runs))
    live = statistics.median(timed(store, LIVE) for _ in range(3))
    for days in (0, 1, 7):
        # One order of each of as many days, through the trigger that notes it.
        store.execute(
            """
            UPDATE orders SET created_at = created_at + INTERVAL '1 microsecond'
            WHERE order_id IN (
                SELECT (SELECT min(order_id) FROM orders WHERE created_at >= day)
                FROM generate_series('2025-06-01 12:00Z'::TIMESTAMPTZ, '2025-12-01', INTERVAL '1 day') AS day
                LIMIT %s
            )
            """,
            [days],
        )
        exact = statistics.median(timed(store, "TABLE daily_sales") for _ in range(runs))
        print(
            f"daily sales, {days} days touched        {exact * 1000:7.2f} ms; {bare * 1000:.2f} ms the bare "
            f"materialised view, {live * 1000:.0f} ms the orders (x {live / exact:.0f})"
        )


def show_call(store: psycopg.Connection, how: str) -> None:
    """One call of current_customer_id(), by itself."""
    calls = 200  # few, and often: the shortest run is the one nobody else's work fell into
    query = "SELECT count({}) FROM generate_series(1, %s) AS i"
    called = min(timed(store, query.format("current_customer_id()"), calls) for _ in range(300))
    empty = min(timed(store, query.format("i"), calls) for _ in range(300))
    print(f"current_customer_id() {how:13} {(called - empty) / calls * 1e6:4.1f} microseconds a call (at most 60)")


def buffers(store: psycopg.Connection, query: str, role: str | None) -> tuple[int, str]:
    """Shared buffers a warm execution touches, and its plan."""
    with store.transaction(force_rollback=True):
        if role:
            store.execute(f"SET LOCAL ROLE {role}")
        for _ in range(3):
            explained = one_row(store, f"EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) {query}")[0][0]
    plan = explained["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], json.dumps(plan)


def compared(store: psycopg.Connection, runs: int, ours: str, theirs: str) -> float:
    """Median time of a customer's query over that of the owner's, the two in turn."""
    figures: dict[str, list[float]] = {ours: [], theirs: []}
    for _ in range(runs * 10):
        for query, role in ((ours, "shop_customer"), (theirs, "none")):
            store.execute(f"SET ROLE {role}")
            figures[query].append(timed(store, query))
    store.execute("RESET ROLE")
    return statistics.median(figures[ours]) / statistics.median(figures[theirs])


def timed(store: psycopg.Connection, query: str, *parameters: Any) -> float:
    """Seconds until the rows are here."""
    started = time.perf_counter()
    store.execute(query, parameters or None).fetchall()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
