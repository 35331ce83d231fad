"""The disk is full: what cannot be written is refused whole, what was acknowledged stays, and with room all goes on.

Root makes small disks of memory; others have the limit a query's temporary files may reach, which everybody tries.
"""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.operations.servers import eventually

ORDER = """SELECT place_order(5, '[{"product_id": 5, "quantity": 1}]', %s)"""
SOUND = ["SELECT * FROM integrity_violations", "SELECT * FROM verify_audit()"]


@pytest.fixture
def small_disk(directory):
    """Mount a disk of some megabytes; give it more with another call."""
    path = directory / "small"
    path.mkdir()

    def small_disk(megabytes):
        how = f"remount,size={megabytes}m" if os.path.ismount(path) else f"size={megabytes}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", how, "tmpfs", path], check=True)
        os.chown(path, directory.stat().st_uid, directory.stat().st_gid)
        return path

    yield small_disk
    if os.path.ismount(path):
        subprocess.run(["umount", "--lazy", path], check=True)


def place_until_refused(store, placed, before_each=None):
    """Order after order; note each that was acknowledged; return the error that ends it."""
    with pytest.raises(psycopg.Error) as caught:
        for turn in range(100_000):
            if before_each:
                store.execute(before_each)
            placed[f"{len(placed)} {turn}"] = store.execute(ORDER, [f"{len(placed)} {turn}"]).fetchone()[0]
    return caught.value


def prepare(server):
    store = server.connect()
    store.execute(
        "UPDATE store_settings SET max_pending_orders = NULL; UPDATE inventory SET on_hand = 1000000 WHERE product_id = 5"
    )
    store.execute("INSERT INTO stock_adjustments (product_id, quantity, reason) SELECT 5, "
                  "1000000 - sum(quantity), 'count' FROM stock_movements WHERE product_id = 5")  # fmt: skip
    return store


def see_that_nothing_is_lost(server, placed):
    """Every acknowledged order is there, no other, and the next call works."""
    with server.connect() as store:
        there = dict(
            store.execute("SELECT idempotency_key, order_id FROM orders WHERE idempotency_key LIKE '% %'").fetchall()
        )
        assert there == placed
        for question in SOUND:
            assert store.execute(question).fetchall() == []
        assert store.execute(ORDER, ["the next"]).fetchone()[0] > max(placed.values())


if os.geteuid() == 0:

    def test_no_order_is_half_written_where_the_disk_of_a_table_is_full(start_with_demo, small_disk):
        server = start_with_demo("full")
        store, placed = prepare(server), {}
        store.execute(f"CREATE TABLESPACE small LOCATION '{small_disk(1)}'")
        for table in ("order_items", "order_audit"):
            store.execute(f"ALTER TABLE {table} SET TABLESPACE small")
        assert place_until_refused(store, placed).sqlstate == "53100"
        assert store.execute("SELECT count(*) FROM order_backlog").fetchone()[0] > 100  # the same session reads on
        store.close()
        small_disk(64)
        see_that_nothing_is_lost(server, placed)

    def test_no_acknowledged_order_is_lost_where_the_disk_of_the_log_is_full(start_with_demo, small_disk):
        """The server ends rather than promise what it cannot keep."""
        server = start_with_demo("full", max_wal_size="1GB", restart_after_crash="off")
        prepare(server).close()
        server.stop()
        log = server.data_directory / "pg_wal"
        server.run_as_server(f"cp -a {log}/. {small_disk(200)} && rm -rf {log} && ln -s {small_disk(200)} {log}")
        server.start()
        used = sum(file.stat().st_blocks * 512 for file in log.rglob("*"))
        small_disk(used // 2**20 + 40)
        placed = {}
        with server.connect() as store:
            lost = place_until_refused(store, placed, "SELECT pg_switch_wal()")
        assert isinstance(lost, psycopg.OperationalError)
        # Whoever connects meanwhile may be cut off or refused: its file is the last thing that it takes away.
        eventually(lambda: not (server.data_directory / "postmaster.pid").exists())
        small_disk(400)
        server.start()
        see_that_nothing_is_lost(server, placed)


def test_a_report_that_outgrows_its_disk_ends_and_the_next_works(seeded_store, superuser):
    """As it does without memory for a sort, which then needs that disk."""
    report = "SELECT count(*) FROM (SELECT * FROM order_audit CROSS JOIN generate_series(1, 500) ORDER BY details, 1) AS sorted"
    superuser.execute("SET work_mem = '64kB'; SET temp_file_limit = 64")
    for _ in range(2):
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
            superuser.execute(report)
        assert superuser.execute("SELECT count(*) FROM monthly_revenue").fetchone()[0] > 0


def test_a_sort_that_finds_no_memory_ends_and_the_session_goes_on(seeded_store, superuser):
    """The operating system gives this process 64 MB more than it has; the sort may take a gigabyte."""
    process = Path(f"/proc/{superuser.info.backend_pid}")
    used = int((process / "statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limit = ["prlimit", f"--pid={superuser.info.backend_pid}", f"--as={used + 64 * 2**20}:"]
    subprocess.run(limit, check=True, user=process.stat().st_uid, group=process.stat().st_gid)
    superuser.execute("SET work_mem = '1GB'; SET jit = off")  # else the compiler is the first to find none
    report = "SELECT count(*) FROM (SELECT * FROM order_audit CROSS JOIN generate_series(1, 5000) ORDER BY details, 1) AS sorted"
    for key in ("first", "second"):
        with pytest.raises(psycopg.errors.OutOfMemory):
            superuser.execute(report)
        assert superuser.execute(ORDER, [key]).fetchone()[0] > 0
    for question in SOUND:
        assert superuser.execute(question).fetchall() == []
