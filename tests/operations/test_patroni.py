"""The primary of three servers is killed under orders, again and again, set up as examples/failover has it.

    pytest -m long tests/operations/test_patroni.py

Twelve times; in a plain run three times, once in each way, with Patroni's times shortened.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Event
from time import monotonic

import psycopg
import pytest

from tests.operations.clients import Clients
from tests.operations.manual import blocks
from tests.operations.patroni import PATIENCE, Cluster, connect
from tests.operations.servers import eventually
from tests.operations.test_failover import PLACE, WAITS_FOR
from tests.operations.test_point_in_time import archive
from tests.security.sales_traffic import DIFFERENCES
from tests.templates import run_deploy

pytestmark = pytest.mark.needs_extensions  # Debian's patroni, etcd-server, haproxy and pgbackrest

KILLS = 12
# A server that crashes; a machine without power; a server that nobody watches and that goes on as a primary.
PROGRAMS = [("postgres",), ("patroni", "etcd", "postgres"), ("patroni",)]
QUICKER = {"ttl: 20": "ttl: 6", "loop_wait: 5": "loop_wait: 1", "retry_timeout: 7": "retry_timeout: 2"}
EVENTS = "SELECT position, order_id, action, performed_at FROM read_order_events('drill', 1000)"
ACKNOWLEDGE = "SELECT acknowledge_order_events('drill', %s)"
AUDITED = "SELECT order_id, action, performed_at FROM order_audit"
NOTE = "SELECT manifest::TEXT, manifest ->> 'seal_head' FROM store_manifest() AS manifest"
KEY_OF = "SELECT idempotency_key FROM orders WHERE order_id = %s"
SECTION, ARCHIVE = "By itself, with Patroni", "With pgBackRest"


@pytest.fixture
def cluster(directory, programs, repetitions):
    """Three machines with the demo store, as slow as the example where all the kills are asked for."""
    cluster = Cluster(directory, programs, {} if repetitions(KILLS) == KILLS else QUICKER)
    try:
        cluster.start()
        with cluster.connect("postgres") as superuser:
            superuser.execute("CREATE DATABASE shop")
        run_deploy("--dsn", cluster.dsn("shop"), "--demo")
        yield cluster
    finally:
        cluster.stop()


@pytest.mark.long
def test_no_acknowledged_order_is_lost_or_doubled(cluster, repetitions):
    """And the archive, which has a timeline more for each kill, leads back to a moment between two of them."""
    first = cluster.primary()
    first.run_to_end(blocks(ARCHIVE, "sh")[0])
    moments = []
    with Clients(cluster, number=2) as clients, Follower(cluster) as follower:
        for number, programs in zip(range(max(len(PROGRAMS), repetitions(KILLS))), cycle(PROGRAMS)):
            with cluster.connect() as owner:
                noted = owner.execute(NOTE).fetchone()  # which has committed before the moment
                moments.append(owner.execute("SELECT clock_timestamp()::TEXT").fetchone() + noted)
            before, killed_at = cluster.primary(), monotonic()
            before.kill(*programs)
            eventually(lambda: cluster.primary() not in (None, before), PATIENCE)  # noqa: B023, asked at once
            clients.wait_for(10)
            with cluster.connect() as owner:
                assert verdict(owner, moments[-1]) in ("same", "later")
            if programs == ("patroni",):
                orders_wait_until_it_follows(before)
            before.start()
            started_at = monotonic()
            cluster.wait_until_whole()
            print(f"{programs} killed, nobody answered for {clients.longest_wait(killed_at - 1):.1f} s,")
            print(f"a standby {monotonic() - started_at:.1f} s after it was started again")
    print(f"{len(clients.asked)} orders, {len(clients.answers)} calls answered, {clients.refused} refused")

    with cluster.connect() as owner:
        owner.execute("ANALYZE")
        clients.assert_answers_hold(owner)
        for _, _, head in moments:
            assert owner.execute("SELECT * FROM verify_audit(%s)", [head]).fetchall() == []
        assert owner.execute("SELECT * FROM orders WHERE idempotency_key = 'orphan'").fetchall() == []
        assert_sound(owner)
        assert owner.execute("SELECT * FROM monitor_sequences WHERE problem IS NOT NULL").fetchall() == []
        while follower.read(owner):
            pass
        assert sorted(map(tuple, follower.events.values())) == sorted(owner.execute(AUDITED).fetchall())
        assert sorted(follower.events) == list(range(1, len(follower.events) + 1))
        archive(owner)

    last, middle = cluster.primary(), len(moments) // 2
    standbys = [machine for machine in cluster.machines if machine is not last]
    for machine in [*standbys, last]:
        machine.stop_patroni()
    last.run_to_end(blocks(SECTION, "sh")[0].replace("2026-11-24 12:00:00+00", moments[middle][0]))
    with connect(first.port, host=str(first.directory)) as owner:  # as the settings in the backup say
        eventually(lambda: owner.execute("SELECT pg_is_in_recovery()").fetchone() == (False,))
        verdicts = [verdict(owner, moment) for moment in moments]
        assert set(verdicts[: middle + 1]) <= {"same", "later"}
        # Two calls were under way, and the one with the higher id may have been the first to commit.
        assert set(verdicts[middle + 1 :]) <= {"earlier", "damaged"}
        assert_sound(owner)
        owner.execute("ALTER SYSTEM RESET recovery_target_time")
    last.run_to_end("pg_ctl stop")
    last.start()
    eventually(lambda: cluster.primary() is last, PATIENCE)
    for standby in standbys:
        shutil.rmtree(standby.data_directory)
        standby.start()
    cluster.wait_until_whole()
    with cluster.connect() as owner:
        [order] = owner.execute(PLACE, [1, 1, 2, "anew"]).fetchone()
        for standby in standbys:
            with standby.connect() as reader:
                eventually(lambda: reader.execute(KEY_OF, [order]).fetchone() == ("anew",))  # noqa: B023


def verdict(owner, moment):
    """What the manifest of that moment says of this store."""
    return owner.execute("SELECT verdict FROM verify_manifest(%s) WHERE part = 'store'", [moment[1]]).fetchone()[0]


def assert_sound(owner):
    assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
    assert owner.execute(DIFFERENCES).fetchall() == []
    owner.execute("SELECT run_maintenance()")
    assert owner.execute(DIFFERENCES).fetchall() == []


def orders_wait_until_it_follows(orphan):
    """Its standbys have left it, so that it promises nothing; Patroni, when it is back, makes it a standby itself."""
    with orphan.connect() as watcher, orphan.connect() as shopper, ThreadPoolExecutor(1) as threads:
        assert watcher.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        ordering = threads.submit(shopper.execute, PLACE, [1, 1, 2, "orphan"])
        eventually(lambda: watcher.execute(WAITS_FOR, [shopper.info.backend_pid]).fetchone() == ("SyncRep",))
        assert not ordering.done()
        orphan.start()
        with pytest.raises(psycopg.OperationalError):
            ordering.result()


class Follower:
    """A consumer of the event feed; `events` is what it was told, by position."""

    def __init__(self, cluster):
        self.cluster, self.events, self.over = cluster, {}, Event()

    def __enter__(self):
        self.thread = ThreadPoolExecutor(1)
        self.life = self.thread.submit(self.follow)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.shutdown(wait=True)
        self.life.result()

    def follow(self):
        while not self.over.wait(0.05):
            try:
                with self.cluster.connect() as staff:
                    while not self.over.wait(0.05):
                        self.read(staff)
            except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction):
                pass

    def read(self, staff):
        """Whether there was anything. What is told again after a failover is what was told before."""
        told = staff.execute(EVENTS).fetchall()
        for position, *event in told:
            assert self.events.setdefault(position, event) == event
        if told:
            staff.execute(ACKNOWLEDGE, [told[-1][0]])
        return bool(told)
