"""What a server bears that holds many stores: what a store costs that sells nothing, what an order costs in one.

Starts a PostgreSQL of its own in a temporary directory and deploys stores into it: each into a database of its own,
and one more as a second schema. CPU is that of the server's sessions (Linux), counted from the start of a session to
its end where a call comes on a connection of its own, as from cron, or as in a store that sells now and then.

    python benchmarks/many_stores/measure.py [--stores 5] [--orders 1000]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from scratch_store import PATH, EmbeddedServer, quietly, scratch_server  # noqa: E402
from session_cpu import ended_cpu_seconds, session_cpu_seconds  # noqa: E402

import deploy  # noqa: E402
from store_server import one_row  # noqa: E402

SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "8GB", "autovacuum": "off"}
STEPS = ["place", "pay", "ship", "deliver"]
ORDER = 'SELECT place_order(1, \'[{"product_id": 1, "quantity": 1}, {"product_id": 2, "quantity": 1}]\')'
QUIET_CALLS = 20


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    with scratch_server(SETTINGS) as server, psycopg.connect(server.dsn("postgres"), autocommit=True) as watcher:
        print(f"PostgreSQL {watcher.info.parameter_status('server_version')}")
        stores = [f"shop_{number}" for number in range(options.stores)]
        show_room(server, watcher, stores)
        show_deploys(server, watcher, stores)
        for file in ["catalogue.sql", "steps.sql"]:
            with connect(server, stores[0]) as store:
                store.execute((HERE.parent / "sizing" / file).read_text())
        show_orders(server, watcher, stores[0], options.orders)
        show_upkeep(server, watcher, stores)
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=5, help="databases with a store each (%(default)s)")
    parser.add_argument("--orders", type=int, default=1000, help="whose whole life is measured (%(default)s)")
    return parser.parse_args(arguments)


def connect(server: EmbeddedServer, database: str, schema: str = "store") -> psycopg.Connection:
    path = PATH.replace("store", schema)
    return psycopg.connect(server.dsn(database), autocommit=True, options=f"{path} -c TimeZone=UTC")


def show_room(server: EmbeddedServer, watcher: psycopg.Connection, stores: list[str]) -> None:
    """Bytes and files of an empty store."""
    for store in stores:
        server.create_database(store)
    empty = room(server, watcher, stores[0])
    for store in stores:
        quietly(deploy.main, ["--dsn", server.dsn(store)])
    first = room(server, watcher, stores[0])
    quietly(deploy.main, ["--dsn", server.dsn(stores[0]), "--schema", "second"])
    second = room(server, watcher, stores[0])
    print("\nan empty store                     megabytes   files")
    for name, (bytes_, files) in {
        "a database of its own": first,
        "of which the database": empty,
        "a second schema in a database": (second[0] - first[0], second[1] - first[1]),
    }.items():
        print(f"{name:34} {bytes_ / 1e6:9.1f}   {files:5}")


def room(server: EmbeddedServer, watcher: psycopg.Connection, database: str) -> tuple[int, int]:
    watcher.execute("CHECKPOINT")  # until then a dropped file is there still
    oid, size = one_row(watcher, "SELECT oid, pg_database_size(oid) FROM pg_database WHERE datname = %s", [database])
    return size, sum(1 for _ in (server.data_directory / "base" / str(oid)).iterdir())


def show_deploys(server: EmbeddedServer, watcher: psycopg.Connection, stores: list[str]) -> None:
    """Seconds of a deploy that makes a store, and of one that finds nothing to do: most of it the deployer's own CPU."""
    server.create_database("another")
    print("\na deploy                       seconds    CPU, server    CPU, deploy.py")
    for name, dsn in {
        "of a new store": server.dsn("another"),
        "that finds nothing to do": server.dsn(stores[0]),
    }.items():
        own, begun = time.process_time(), time.monotonic()
        spent = cpu_of(watcher, lambda dsn=dsn: quietly(deploy.main, ["--dsn", dsn]))  # type: ignore[misc]
        print(f"{name:28} {time.monotonic() - begun:9.1f} {spent:14.2f} {time.process_time() - own:17.2f}")


def cpu_of(watcher: psycopg.Connection, work: Callable[[], None]) -> float:
    """Seconds of CPU of the sessions that work opens and closes."""
    session = watcher.info.backend_pid
    before = ended_cpu_seconds(session)
    work()
    while one_row(watcher, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") != (1,):
        time.sleep(0.01)
    time.sleep(0.1)  # until its parent has heard of its end
    return ended_cpu_seconds(session) - before


def show_orders(server: EmbeddedServer, watcher: psycopg.Connection, database: str, orders: int) -> None:
    """Milliseconds of CPU an order, on a connection that is kept and on one that is made for it."""
    with connect(server, database) as store:
        store.execute((HERE.parent / "sizing" / "steps.sql").read_text())
        session = store.info.backend_pid
        spent = {}
        for step in STEPS:
            store.execute(f"CALL pg_temp.{step}(1, 50)")
            before = session_cpu_seconds(session)
            store.execute(f"CALL pg_temp.{step}(51, {50 + orders})")
            spent[step] = (session_cpu_seconds(session) - before) / orders
        private = {"after an order's life": memory(session)}
    with connect(server, database) as store:
        private["connected"] = memory(store.info.backend_pid)
        store.execute(ORDER)
        private["after one order placed"] = memory(store.info.backend_pid)
    calls = 20

    def placed_apart() -> None:
        for _ in range(calls):
            with connect(server, database) as store:
                store.execute(ORDER)

    alone = cpu_of(watcher, placed_apart) / calls
    print("\nan order of three lines    milliseconds of CPU")
    for step, seconds in (spent | {"its whole life": sum(spent.values())}).items():
        print(f"{step:26} {seconds * 1000:19.2f}")
    print(f"{'place, on a connection of its own':33} {alone * 1000:12.2f}")
    print("\na connection               megabytes of its own")
    for when, bytes_ in sorted(private.items(), key=lambda item: item[1]):
        print(f"{when:26} {bytes_ / 1e6:20.1f}")


def memory(session: int) -> int:
    """Bytes that no other process shares."""
    lines = Path(f"/proc/{session}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def show_upkeep(server: EmbeddedServer, watcher: psycopg.Connection, stores: list[str]) -> None:
    """Milliseconds of CPU of run_maintenance() where nothing has happened."""
    maintained = "SELECT run_maintenance()"
    for store in stores:
        with connect(server, store) as owner:
            owner.execute(maintained)
            owner.execute(maintained)

    def apart() -> None:
        for _ in range(QUIET_CALLS):
            for store in stores[1:]:
                with connect(server, store) as owner:
                    owner.execute(maintained)

    calls = QUIET_CALLS * (len(stores) - 1)
    each = cpu_of(watcher, apart) / calls
    written = one_row(watcher, "SELECT pg_current_wal_insert_lsn()")[0]
    with connect(server, stores[1]) as owner:
        before = session_cpu_seconds(owner.info.backend_pid)
        for _ in range(QUIET_CALLS):
            owner.execute(maintained)
        kept = (session_cpu_seconds(owner.info.backend_pid) - before) / QUIET_CALLS
    log = one_row(watcher, "SELECT pg_current_wal_insert_lsn() - %s::PG_LSN", [written])[0]
    print("\nrun_maintenance() in a quiet store    milliseconds of CPU")
    print(f"on a connection of its own            {each * 1000:19.2f}")
    print(f"on one that is kept                   {kept * 1000:19.2f}")
    print(f"bytes of log a call                   {log / QUIET_CALLS:19,.0f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
