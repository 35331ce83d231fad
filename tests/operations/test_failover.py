"""A server is killed in the middle of orders: every order that was acknowledged is on its synchronous standby."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random
from threading import Event, Lock

import psycopg
import pytest

from tests.operations.manual import blocks
from tests.operations.servers import eventually, kill
from tests.security.sales_traffic import DIFFERENCES

SECTION = "Fail over without losing an order"
SESSIONS = 8
PLACE = """SELECT place_order(
    %s, jsonb_build_array(
        jsonb_build_object('product_id', %s::INT, 'quantity', 1),
        jsonb_build_object('product_id', %s::INT, 'quantity', 2)
    ), %s
)"""
WAITS_FOR = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"
READ_FEED = "SELECT FROM read_order_events('drill', 1000000)"
UNTOLD = "SELECT id FROM order_audit EXCEPT SELECT event_id FROM order_event_positions"
PRODUCTS = [1, 2, 3, 5]
KEYED = "SELECT idempotency_key, order_id FROM orders WHERE idempotency_key LIKE 'load-%'"


@pytest.fixture
def pair(directory, start, start_with_demo):
    """A primary with stock for everybody, and its standby `b`, made as the page says."""
    primary = start_with_demo("primary", cluster_name="a")
    make_standby, name_standby, _ = steps(directory)
    primary.run_as_server(make_standby)
    standby = start("standby", cluster_name="b")
    with primary.connect() as owner:
        owner.execute("UPDATE store_settings SET max_pending_orders = NULL")
        owner.execute("SELECT receive_stock(product_id, 100000, 'drill') FROM unnest(%s) AS product_id", [PRODUCTS])
        for statement in name_standby.strip().splitlines():
            owner.execute(statement)
        # One of the two that are named is enough; the other does not even exist.
        followed = "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'b'"
        eventually(lambda: owner.execute(followed).fetchall() == [("quorum",)])
    return primary, standby


def test_every_acknowledged_order_is_on_the_promoted_standby(directory, pair):
    """Eight sessions order without a pause when the primary goes, three times as many orders in."""
    primary, standby = pair
    with Load(primary) as load:
        load.wait_for(80)
        with primary.connect() as upkeep:
            upkeep.execute("SELECT run_maintenance()")
            upkeep.execute(READ_FEED)
        load.wait_for(160)
        kill(primary)
    assert len(load.acknowledged) >= 240

    with standby.connect() as owner:
        owner.execute(steps(directory)[2])
        placed = dict(owner.execute(KEYED).fetchall())
        assert load.acknowledged.items() <= placed.items()
        assert placed.keys() <= load.sent
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        assert owner.execute(DIFFERENCES).fetchall() == []

        # Who got no answer asks again, with the same key, and has one order in the end.
        for key, arguments in load.unanswered.items():
            again = owner.execute(PLACE, [*arguments, key]).fetchone()[0]
            assert again == placed.get(key, again)
        in_the_end = owner.execute(KEYED).fetchall()
        assert sorted(key for key, _ in in_the_end) == sorted(load.sent)
        owner.execute("SELECT run_maintenance()")
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        assert owner.execute("SELECT * FROM verify_audit()").fetchall() == []
        # What the primary had seen is seen, and what had not been told yet is told here.
        owner.execute(READ_FEED)
        assert owner.execute(UNTOLD).fetchall() == []
        assert owner.execute("SELECT * FROM sales_days_since_refresh()").fetchall() == []
        owner.execute("SELECT cancel_order(%s, 'after all')", [max(placed.values())])
        assert owner.execute("SELECT count(*) FROM sales_days_since_refresh()").fetchone() == (1,)
        assert owner.execute(DIFFERENCES).fetchall() == []


def test_without_its_standby_nothing_is_acknowledged(pair):
    """It waits, for as long as it takes, instead of promising what only one disk knows."""
    primary, standby = pair
    standby.stop()
    with primary.connect() as watcher, primary.connect() as shopper, ThreadPoolExecutor() as threads:
        ordering = threads.submit(shopper.execute, PLACE, [1, 1, 2, "load-waiting"])
        pid = [shopper.info.backend_pid]
        eventually(lambda: watcher.execute(WAITS_FOR, pid).fetchone() == ("SyncRep",))
        assert not ordering.done()
        assert promised_by_one_disk(primary, watcher) == "load-impatient"
        standby.start()
        [order_id] = ordering.result().fetchone()
        with standby.connect() as reader:
            eventually(lambda: ("load-waiting", order_id) in reader.execute(KEYED).fetchall())


def promised_by_one_disk(primary, watcher):
    """Cancel an order's wait; return the key of what was placed all the same, with a warning."""
    with primary.connect() as impatient, ThreadPoolExecutor() as threads:
        warnings = []
        impatient.add_notice_handler(lambda notice: warnings.append(notice.severity))
        ordering = threads.submit(impatient.execute, PLACE, [2, 3, 5, "load-impatient"])
        pid = [impatient.info.backend_pid]
        eventually(lambda: watcher.execute(WAITS_FOR, pid).fetchone() == ("SyncRep",))
        watcher.execute("SELECT pg_cancel_backend(%s)", pid)
        [order_id] = ordering.result().fetchone()
        assert warnings == ["WARNING"]
    query = "SELECT idempotency_key FROM orders WHERE order_id = %s"
    return watcher.execute(query, [order_id]).fetchone()[0]


def steps(directory):
    """Make the standby, name it on the primary, promote it."""
    make_standby = blocks(SECTION, "sh")[0].replace("/standby", f"{directory}/standby")
    return [make_standby, *blocks(SECTION, "sql")]


class Load:
    """Sessions that place orders, each with a key of its own, until the server is gone."""

    def __init__(self, server):
        self.server = server
        self.acknowledged: dict[str, int] = {}
        self.unanswered: dict[str, list[int]] = {}
        self.sent: set[str] = set()
        self.lock = Lock()
        self.enough, self.wanted = Event(), 0

    def __enter__(self):
        self.threads = ThreadPoolExecutor(SESSIONS)
        self.sessions = [self.threads.submit(self.order, number) for number in range(SESSIONS)]
        return self

    def __exit__(self, *_):
        self.threads.shutdown(wait=True)
        for session in self.sessions:
            session.result()

    def wait_for(self, orders: int) -> None:
        """Return once so many orders have been acknowledged."""
        with self.lock:
            self.wanted = len(self.acknowledged) + orders
            self.enough.clear()
        assert self.enough.wait(120), f"only {len(self.acknowledged)} orders in two minutes"

    def order(self, number: int) -> None:
        """One session's life. It ends, as a client's does, with an error of the connection."""
        chance = Random(number)
        with self.server.connect() as session:
            for turn in count():
                key = f"load-{number}-{turn}"
                arguments = [chance.randint(1, 9), *chance.sample(PRODUCTS, 2)]
                self.sent.add(key)
                self.unanswered[key] = arguments
                try:
                    [order_id] = session.execute(PLACE, [*arguments, key]).fetchone()
                except psycopg.OperationalError:
                    return
                with self.lock:
                    self.acknowledged[key] = order_id
                    del self.unanswered[key]
                    if self.wanted and len(self.acknowledged) >= self.wanted:
                        self.enough.set()
