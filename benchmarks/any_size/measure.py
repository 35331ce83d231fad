"""Whether the store is as fast with a long history as with a short one: what every call reads, at two sizes.

Starts a PostgreSQL of its own for each size, deploys a store, fills it with orders (filling.py), so many a day in both,
and makes the calls of calls.py as an operator would, counting buffers, rows and memory. The exit code is 1 where a call
about one day, month, product, order or customer, or about what is new, reads more than 1.2 times as much in the longer
history (1.4 where its indexes have a level more), where a whole report reads a table more often than it may, or where a
call holds more than four times work_mem. Interrupted, it shows what it has.

    python benchmarks/any_size/measure.py [--orders 20000 200000] [--only CALL ...] [--directory DIRECTORY]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import psycopg

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from any_size.calls import FIRST, FLAT, NEW, OF_SMALL_TABLES, WHOLE  # noqa: E402
from any_size.counting import Cost, cost  # noqa: E402
from any_size.filling import check, fill  # noqa: E402
from scratch_store import PATH, scratch_store  # noqa: E402

from store_server import one_row  # noqa: E402

WORK_MEM = 16  # MB
SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": f"{WORK_MEM}MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # so that all is counted where it is asked for
}
YEARS = 2  # of the shorter history
MOST_GROWTH, MOST_PASSES, MOST_MEMORY = 1.2, 1.2, 4 * WORK_MEM * 2**20
# Where indexes get a level between root and leaves, and a look-up that touches two or three pages touches one more: those
# of orders, parcels and payments, then those of texts, customers and credits.
A_LEVEL_MORE = 155_000, 2_000_000
GROWTH_BY_A_LEVEL = 1.4
A_FEW = 20  # buffers more are no growth
NEW_ORDERS = 20
SMALL = ("store", "small tables")
SMALL_TABLES = """
    SELECT sum(relpages) FROM pg_class
    WHERE oid IN ('products'::REGCLASS, 'inventory'::REGCLASS, 'mv_daily_sales'::REGCLASS)"""

Measured = dict[tuple[str, str], Cost]


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.directory:
        tempfile.tempdir = str(options.directory)
    short, long = options.orders
    orders_a_day = short // (365 * YEARS)
    few: Measured = {}
    many: Measured = {}
    is_whole = False
    with suppress(KeyboardInterrupt):
        at_size(short, orders_a_day, few, is_checked=True, only=options.only)
        at_size(long, orders_a_day, many, is_checked=False, only=options.only)
        is_whole = True
    missed = show(few, many, short, long)
    print("" if is_whole else "interrupted: these calls were made before")
    return 1 if missed or not is_whole else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, nargs=2, default=[20_000, 200_000], metavar=("SHORT", "LONG"))
    parser.add_argument("--only", nargs="+", metavar="CALL", help="these calls")
    parser.add_argument("--directory", type=Path, help="where the stores may lie (default: the temporary directory)")
    return parser.parse_args(arguments)


def at_size(orders: int, orders_a_day: int, measured: Measured, is_checked: bool, only: list[str] | None) -> None:
    """What each call costs in a store of that many orders."""
    with scratch_store(SETTINGS) as (server, store):
        started = perf_counter()
        fill(store, orders, orders_a_day)
        [size] = one_row(store, "SELECT pg_size_pretty(pg_database_size(current_database()))")
        version = store.info.parameter_status("server_version")
        print(f"PostgreSQL {version}: {orders:,} orders, {size}, in {perf_counter() - started:.0f} s", flush=True)
        if is_checked:
            check(store)
        measure(store, server.dsn("store"), measured, only)


def measure(store: psycopg.Connection, dsn: str, measured: Measured, only: list[str] | None) -> None:
    """The first upkeep, which is kept; then what reads little, and last the whole reports."""
    options = f"{PATH} -c TimeZone=UTC"
    subjects = subjects_of(store)

    def take(kind: str, name: str, statement: str, times: int = 2, is_kept: bool = False) -> None:
        if only is None or name in only or is_kept:
            measured[kind, name] = now = cost(dsn, options, statement.format(**subjects), times, is_kept)
            print(f"  {kind:12} {name:26}{now.buffers:14,}{now.bytes / 2**20:5.0f} MB", flush=True, file=sys.stderr)

    for name, statement in FIRST.items():
        take("first", name, statement, times=1, is_kept=True)
        while name == "issue_documents" and one_row(store, statement)[0]:
            pass
    take("first", "read_order_events", "SELECT * FROM read_order_events('anew', 10)")
    store.execute("SELECT count(*) FROM read_order_events('anew', 1000)")
    store.execute("VACUUM (ANALYZE)")
    measured[SMALL] = Cost(one_row(store, SMALL_TABLES)[0], 0, "none", 0)
    for kind, calls in FLAT.items():
        for name, statement in calls.items():
            take(kind, name, statement)
    [last] = one_row(store, "SELECT max(position) FROM order_event_positions")
    store.execute("SELECT acknowledge_order_events('anew', %s)", [last])
    for number in range(NEW_ORDERS):
        store.execute("SELECT place_order(%s::INT + %s, %s)", [subjects["customer"], number, subjects["items"]])
    for name, statement in NEW.items():
        take("new", name, statement)
    for view in WHOLE:
        take("whole", view, f"SELECT * FROM {view}", times=1)


def subjects_of(store: psycopg.Connection) -> dict[str, object]:
    """What the calls are about, by name."""
    cursor = store.execute((HERE / "subjects.sql").read_text())
    assert cursor.description
    return dict(zip([column.name for column in cursor.description], cursor.fetchone() or (), strict=True))


def show(few: Measured, many: Measured, short: int, long: int) -> list[str]:
    """The table, and what misses its bound."""
    print(f"\n{'buffers touched by':40}{short:>12,}{long:>14,}  growth   passes over       MB")
    missed: list[str] = []
    most = GROWTH_BY_A_LEVEL if any(short < orders <= long for orders in A_LEVEL_MORE) else MOST_GROWTH
    nothing = Cost(0, 0, "none", 0)
    pages = many.pop(SMALL, nothing).buffers - few.pop(SMALL, nothing).buffers
    for (kind, name), now in many.items():
        before = few[kind, name]
        growth = now.buffers / max(before.buffers, 1)
        faults = list(faults_of(kind, name, before, now, most, pages))
        missed += faults
        print(
            f"{kind:13}{name:27}{before.buffers:12,}{now.buffers:14,}{growth:8.2f}"
            f"{now.passes:8.2f} {now.table:20.20}{now.bytes / 2**20:5.0f}{'  MISSED' if faults else ''}"
        )
    print("\n".join(missed))
    return missed


def faults_of(kind: str, name: str, before: Cost, now: Cost, growth: float, pages: int) -> Iterator[str]:
    """Which of its bounds a call misses, in words; the small tables have so many `pages` more."""
    if kind in FLAT or kind == "new":
        may_read = growth * before.buffers + A_FEW + (2 * pages if name in OF_SMALL_TABLES else 0)
        if now.buffers > may_read:
            yield f"missed: {name} ({kind}) grows with the history"
    elif kind == "whole" and now.passes > MOST_PASSES * WHOLE[name]:
        yield f"missed: {name} reads {now.table} {now.passes:.1f} times"
    if now.bytes > MOST_MEMORY:
        yield f"missed: {name} ({kind}) holds {now.bytes / 2**20:.0f} MB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
