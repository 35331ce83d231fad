"""How large the store grows: bytes on disk and in the log, an order of three lines from placing to delivery.

Starts a PostgreSQL of its own in a temporary directory, deploys the store, and lets orders live: placed, paid, shipped,
delivered, each step a transaction of its own, with vacuum, run_maintenance() and a consumer of the event feed every
thousand orders. All bytes are counted: rows, what updates leave of their room, indexes, audit trail, feed, seals.

    python benchmarks/sizing/measure.py [--orders 10000]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from scratch_store import EmbeddedServer, deployed_store, scratch_server  # noqa: E402

from store_server import one_row  # noqa: E402

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # it comes when it likes; here it comes every thousand orders
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}
STEPS = ["place", "pay", "ship", "deliver"]
ROUND = 1000  # orders
# What a checkpoint every ROUND orders makes of the log: the first change of a page writes the page.
LOGS = {
    "without full pages": {"full_page_writes": "off", "wal_compression": "off"},
    "with full pages": {"full_page_writes": "on", "wal_compression": "off"},
    "compressed": {"full_page_writes": "on", "wal_compression": "pglz"},
}


def main(arguments: list[str]) -> int:
    orders = parse(arguments).orders
    with scratch_server(SETTINGS) as server, a_store(server) as database:
        print(f"PostgreSQL {database.info.parameter_status('server_version')}, orders of three lines")
        show_disk(bytes_on_disk(database, orders))
        show_log({name: bytes_of_log(database, settings) for name, settings in LOGS.items()})
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000, help="whose bytes on disk are counted (%(default)s)")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def a_store(server: EmbeddedServer) -> Iterator[psycopg.Connection]:
    """The owner's connection to a store deployed there, with the catalogue and the steps."""
    with deployed_store(server) as database:
        for file in ["catalogue.sql", "steps.sql"]:
            database.execute((HERE / file).read_text())
        yield database


def bytes_on_disk(database: psycopg.Connection, orders: int) -> dict[str, tuple[float, float]]:
    """What a table and its indexes grow by with an order, once a first round has taken up the slack of empty ones."""
    live(database, ROUND)
    before = sizes(database)
    rounded = orders // ROUND * ROUND
    for _ in range(orders // ROUND):
        live(database, ROUND)
    grown = {
        name: ((table - before[name][0]) / rounded, (indexes - before[name][1]) / rounded)
        for name, (table, indexes) in sizes(database).items()
    }
    return {name: both for name, both in grown.items() if sum(both) >= 1}


def sizes(database: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Bytes of each table and of its indexes."""
    rows = database.execute((HERE / "sizes.sql").read_text()).fetchall()
    return {name: (table, indexes) for name, table, indexes in rows}


def bytes_of_log(database: psycopg.Connection, settings: dict[str, str]) -> dict[str, float]:
    """What a step writes into the log for an order, between two checkpoints a round apart."""
    for name, value in settings.items():
        database.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    database.execute("SELECT pg_reload_conf()")
    wait_for(database, settings)
    database.execute("CHECKPOINT")
    return live(database, ROUND)


def wait_for(database: psycopg.Connection, settings: dict[str, str]) -> None:
    """Return once this session has read the new settings: with one of its next statements."""
    while any(one_row(database, f"SHOW {name}") != (value,) for name, value in settings.items()):
        pass


def live(database: psycopg.Connection, orders: int) -> dict[str, float]:
    """Let so many more orders live; return the bytes of log an order wrote at each step."""
    [first] = one_row(database, "SELECT count(*) + 1 FROM orders")
    log = {}
    for step in STEPS:
        log[step] = log_of(database, f"CALL pg_temp.{step}({first}, {first + orders - 1})") / orders
    log["feed"] = log_of(
        database,
        "SELECT acknowledge_order_events('sizing', max(position)) FROM read_order_events('sizing', 10000)",
    ) / orders  # fmt: skip
    log["upkeep"] = log_of(database, "SELECT run_maintenance()") / orders
    log["vacuum"] = log_of(database, "VACUUM") / orders
    return log


def log_of(database: psycopg.Connection, statement: str) -> float:
    """Bytes of log that a statement writes."""
    here = "SELECT pg_current_wal_insert_lsn()"
    [before] = one_row(database, here)
    database.execute(statement)
    [written] = one_row(database, f"SELECT ({here}) - %s::PG_LSN", [before])
    return float(written)


def show_disk(grown: dict[str, tuple[float, float]]) -> None:
    print("\nbytes on disk an order    table  indexes      all")
    for name, (table, indexes) in sorted(grown.items(), key=lambda item: -sum(item[1])):
        print(f"{name:22} {table:8,.0f} {indexes:8,.0f} {table + indexes:8,.0f}")
    table, indexes = (sum(both[place] for both in grown.values()) for place in (0, 1))
    print(f"{'all':22} {table:8,.0f} {indexes:8,.0f} {table + indexes:8,.0f}")


def show_log(logs: dict[str, dict[str, float]]) -> None:
    print("\nbytes of log an order    " + "".join(f"{name:>21}" for name in logs))
    for step in next(iter(logs.values())):
        print(f"{step:25}" + "".join(f"{log[step]:21,.0f}" for log in logs.values()))
    print(f"{'all':25}" + "".join(f"{sum(log.values()):21,.0f}" for log in logs.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
