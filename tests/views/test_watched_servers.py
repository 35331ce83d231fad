"""What only a server of its own can show: statements it counts, and a standby that follows it."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

import deploy
from embedded_server import EmbeddedServer
from tests.conftest import memory_file_system
from tests.operations.servers import eventually
from tests.views.test_exporter_queries import QUERIES

SETTINGS = {
    "fsync": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "cluster_name": "shop floor",
}


@pytest.fixture
def directory():
    """Where the servers live: pytest's own is closed to their system user by the next run of pytest."""
    with TemporaryDirectory(prefix="store-tests-", dir=memory_file_system()) as name:
        yield Path(name)


@pytest.fixture
def primary(directory, capsys):
    """A server with a deployed store and pg_stat_statements, and a role `watcher` in pg_monitor."""
    server = EmbeddedServer(directory / "primary", SETTINGS)
    server.start()
    try:
        assert deploy.main(["--dsn", server.dsn("postgres")]) == 0, capsys.readouterr()
        with connect(server, role=None) as superuser:
            superuser.execute("CREATE EXTENSION pg_stat_statements")
            superuser.execute("CREATE ROLE watcher IN ROLE pg_monitor")
            superuser.execute("GRANT USAGE ON SCHEMA store TO watcher")
        yield server
    finally:
        server.stop()


@pytest.fixture
def standby(primary, directory):
    """A standby of it, made by pg_basebackup."""
    server = EmbeddedServer(directory / "standby", SETTINGS | {"cluster_name": "back office"})
    copy(primary, server)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_a_slow_statement_is_told_and_a_fast_one_is_not(primary):
    """A tenth of a second on average is slow; the watcher reads what others ran."""
    with connect(primary, role=None) as somebody:
        somebody.execute("SELECT pg_sleep(0.11)")
        somebody.execute("SELECT min(order_id) FROM orders")
    with connect(primary) as watcher:
        statements = watcher.execute(
            "SELECT query, calls, row_count, mean_ms >= 110, problem FROM monitor_statements "
            "WHERE query IN ('SELECT pg_sleep($1)', 'SELECT min(order_id) FROM orders') ORDER BY query"
        )
        assert statements.fetchall() == [
            ("SELECT min(order_id) FROM orders", 1, 1, False, None),
            ("SELECT pg_sleep($1)", 1, 1, True, "slow"),
        ]


def test_a_lagging_standby_is_told_on_both_sides(primary, standby):
    """Replay is paused while 17 MB are written, and then resumed."""
    with connect(primary) as watcher, connect(standby) as standby_watcher:
        followed = [("standby", "back office", "streaming", None)]
        eventually(lambda: problems(watcher) == followed)
        at_home = [("this standby", "back office", "streaming", None)]
        eventually(lambda: problems(standby_watcher) == at_home)

        with connect(standby, role=None) as superuser:
            superuser.execute("SELECT pg_wal_replay_pause()")
        write(primary, megabytes=17)
        eventually(lambda: problems(watcher) == [(*followed[0][:3], "lags")])
        eventually(lambda: problems(standby_watcher) == [(*at_home[0][:3], "lags")])

        with connect(standby, role=None) as superuser:
            superuser.execute("SELECT pg_wal_replay_resume()")
        eventually(lambda: problems(watcher) == followed)
        eventually(lambda: problems(standby_watcher) == at_home)

        with connect(primary, role=None) as superuser:
            superuser.execute("SELECT pg_create_physical_replication_slot('forgotten', TRUE)")
        assert ("slot", "forgotten", "inactive", "inactive") in problems(watcher)

    primary.stop()
    with connect(standby) as watcher:
        cut_off = [("this standby", "back office", "not receiving", "not receiving")]
        eventually(lambda: problems(watcher) == cut_off)


def test_a_slot_that_has_lost_its_log_is_told(primary):
    """Its reader was away while more was written than the server keeps for it."""
    with connect(primary, role=None) as superuser:
        superuser.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
        superuser.execute("SELECT pg_reload_conf()")
        superuser.execute("SELECT pg_create_physical_replication_slot('late', TRUE)")
        for _ in range(4):
            write(primary, megabytes=17)
            superuser.execute("CHECKPOINT")
    with connect(primary) as watcher:
        assert problems(watcher) == [("slot", "late", "lost", "lost")]


def test_a_standbys_copy_of_a_slot_misses_no_reader(primary, standby):
    """As Patroni makes one of a slot that is read on the primary, and 17 too; one that is not kept up keeps log."""
    with connect(standby, role=None) as superuser:
        superuser.execute("SELECT pg_create_physical_replication_slot('feed', TRUE)")
    with connect(standby) as watcher:
        eventually(lambda: ("slot", "feed", "inactive", None) in problems(watcher))
        write(primary, megabytes=17)
        eventually(lambda: ("slot", "feed", "inactive", "lags") in problems(watcher))


def test_two_of_one_name_are_one_to_the_exporter(primary, directory):
    """As standbys without a name are, and the two connections of pg_basebackup."""
    command = [primary.bin / "pg_receivewal", "-d", primary.dsn("postgres") + "&application_name=twin", "-D"]
    receivers = []
    try:
        for name in ("one", "other"):
            (directory / name).mkdir()
            receivers.append(subprocess.Popen([*command, directory / name]))
        with connect(primary) as watcher:
            twins = [("standby", "twin", "streaming", None)] * 2
            eventually(lambda: problems(watcher) == twins)
            (row,) = watcher.execute(QUERIES["store_replication"]["query"]).fetchall()
            assert row[:2] == ("standby", "twin")
    finally:
        for receiver in receivers:
            receiver.terminate()
            receiver.wait()


def test_an_archive_that_lags_or_fails_is_told(primary, directory):
    """An archiving command that waits while 80 MB are written, then one that fails, then one that works."""
    primary.stop()
    primary.settings = SETTINGS | {"archive_mode": "on"}
    # What is counted from a name's digits is counted wrongly from small ones too.
    primary._run("pg_resetwal", "-D", primary.data_directory, "-l", "00000001000000A1000000B2", failure="no other log")
    primary.start()
    with connect(primary) as watcher:
        state = [("archive", "shop floor", "archiving", None)]
        archive_by(primary, "/bin/true")
        for _ in range(2):
            write(primary, megabytes=17)
        eventually(lambda: within_a_segment(watcher))
        assert problems(watcher) == state
        archive_by(primary, f"until test -e {directory}/go; do sleep 0.05; done")
        write(primary, megabytes=80)
        eventually(lambda: problems(watcher) == [(*state[0][:3], "lags")])
        archive_by(primary, "/bin/false")
        (directory / "go").touch()
        eventually(lambda: problems(watcher) == [("archive", "shop floor", "failing", "failing")])
        archive_by(primary, "/bin/true")
        eventually(lambda: problems(watcher) == state and within_a_segment(watcher))


def within_a_segment(watcher):
    """Whether no full segment waits to be archived."""
    lag = watcher.execute("SELECT lag_bytes FROM monitor_replication WHERE kind = 'archive'").fetchone()[0]
    return lag is not None and 0 <= lag < 16 * 1024 * 1024


def archive_by(server, command):
    """From now on, by this command."""
    with connect(server, role=None) as superuser:
        superuser.execute(f"ALTER SYSTEM SET archive_command = '{command}'")
        superuser.execute("SELECT pg_reload_conf()")


def connect(server, role="watcher"):
    """A connection that acts as the role, or as the superuser."""
    options = "-csearch_path=store,pg_temp" + (f" -crole={role}" if role else "")
    return psycopg.connect(server.dsn("postgres"), autocommit=True, options=options)


def copy(primary, standby):
    """Make the standby's data directory from the primary, as its system user."""
    standby.data_directory.mkdir(mode=0o700)
    if os.geteuid() == 0:
        standby._let_system_user_in(standby.data_directory)
    arguments = ["-D", standby.data_directory, "-d", primary.dsn("postgres"), "-R", "-c", "fast"]
    standby._run("pg_basebackup", *arguments, failure="no base backup was made")
    (standby.data_directory / ".s.PGSQL.5432.lock").unlink()  # of the primary's socket


def problems(connection):
    """What the view tells, less the figures."""
    return connection.execute(
        "SELECT kind, name, state, problem FROM monitor_replication ORDER BY kind, name"
    ).fetchall()


def write(server, megabytes):
    """Write so much log."""
    with connect(server, role=None) as superuser:
        for _ in range(megabytes):
            superuser.execute("SELECT pg_logical_emit_message(FALSE, 'test', repeat('x', 1 << 20))")
