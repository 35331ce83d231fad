"""Traffic on the sales of a store: writers, refreshes and readers, each a thread with its session.

Readers compare daily_sales with the orders themselves, both in one statement and so at one
snapshot, until they have done so as often as was asked for or found a difference.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Condition

import psycopg

DEADLINE = 60.0  # seconds after which a wait for a refresh is given up

# As the functions do: in the transaction that changes an order, its row in the audit trail.
FIRST_ORDERS = """
    WITH placed AS (
        INSERT INTO orders (customer_id, subtotal, ship_to_country, created_at)
        SELECT 1 + i % 5, 10 + i, 'US', TIMESTAMPTZ '2025-03-01 00:00Z' + i * INTERVAL '5 hours'
        FROM generate_series(1, 300) AS i
        RETURNING order_id
    )
    INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM placed
"""
PLACE = """
    WITH placed AS (
        INSERT INTO orders (customer_id, subtotal, ship_to_country, created_at)
        VALUES (%(customer)s, %(hour)s, 'US', TIMESTAMPTZ '2025-03-01 00:00Z' + %(hour)s * INTERVAL '1 hour')
        RETURNING order_id
    )
    INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM placed
"""
CANCEL = """
    WITH cancelled AS (
        UPDATE orders SET status = 'cancelled', cancelled_at = now()
        WHERE order_id = (
            SELECT order_id FROM orders
            WHERE status <> 'cancelled' AND order_id >= %(order)s
            ORDER BY order_id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING order_id
    )
    INSERT INTO order_audit (order_id, action) SELECT order_id, 'cancelled' FROM cancelled
"""
MOVE = """
    UPDATE orders
    SET created_at = TIMESTAMPTZ '2025-03-01 00:00Z' + %(hour)s * INTERVAL '1 hour'
    WHERE order_id = (
        SELECT order_id FROM orders
        WHERE order_id >= %(order)s ORDER BY order_id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
"""
ACTIONS = {"place": (PLACE, 15), "cancel": (CANCEL, 15), "move": (MOVE, 70)}

DIFFERENCES = """
    WITH live AS (
        SELECT
            (created_at AT TIME ZONE (SELECT time_zone FROM store_settings))::DATE AS sale_date,
            count(*) AS orders, sum(total) AS revenue, count(DISTINCT customer_id) AS customers
        FROM orders WHERE status <> 'cancelled' GROUP BY 1
    ),
    shown AS (TABLE daily_sales)
    SELECT 'live', missing.* FROM (TABLE live EXCEPT ALL TABLE shown) AS missing
    UNION ALL
    SELECT 'shown', wrong.* FROM (TABLE shown EXCEPT ALL TABLE live) AS wrong
"""


class SalesTraffic:
    """What goes on in one store while it is compared."""

    differences_query = DIFFERENCES
    refresh_statement = "SELECT refresh_daily_sales()"
    refresh_by_hand = "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_daily_sales"
    share_of_new_settings = 0.05  # of the refreshes

    def __init__(self, dsn: str, comparisons: int):
        """Fill the store `dsn` leads to, which must be empty."""
        self._dsn = dsn
        self._wanted = comparisons
        self._progress = Condition()
        self._refreshes = 0
        self.comparisons = 0
        self.differences: list[tuple] = []
        self.done: Counter = Counter()
        with psycopg.connect(dsn) as owner:
            owner.execute("UPDATE store_settings SET time_zone = 'America/Havana'")
            owner.execute("INSERT INTO customers (email) SELECT i || '@a.example' FROM generate_series(1, 5) AS i")
            self._fill(owner)

    def run(self) -> None:
        """Let everybody work until the readers are done; raises what went wrong in a thread."""
        workers = [self._write, self._write, self._write, self._refresh, *4 * [self._read]]
        with ThreadPoolExecutor(len(workers)) as threads:
            running = [threads.submit(self._work, worker, Random(seed)) for seed, worker in enumerate(workers)]
        for ended in running:
            ended.result()

    def is_over(self) -> bool:
        """Whether the readers have seen enough."""
        return self.comparisons >= self._wanted or bool(self.differences)

    def _work(self, worker, random):
        try:
            with psycopg.connect(self._dsn) as session:
                while not self.is_over():
                    worker(session, random)
        except BaseException:
            with self._progress:
                self._wanted = 0  # nobody waits for whoever failed
                self._progress.notify_all()
            raise

    def _fill(self, owner):
        owner.execute(FIRST_ORDERS)

    def _change_settings(self, session, random):
        zone = random.choice(["America/Havana", "Asia/Amman", "Pacific/Apia", "UTC"])
        session.execute("UPDATE store_settings SET time_zone = %s", [zone])

    def _write(self, session, random):
        """One to three changes, then: commit, roll back, or commit once a refresh has gone by."""
        for _ in range(random.randint(1, 3)):
            self._change(session, random)
        end = random.choice(["commit", "commit", "commit late", "roll back"])
        if end == "commit late":
            self._wait_for_refresh()
        session.rollback() if end == "roll back" else session.commit()
        self._count(end)

    def _change(self, session, random):
        name = random.choices(list(ACTIONS), [weight for _, weight in ACTIONS.values()])[0]
        parameters = {
            "customer": random.randint(1, 5),
            "hour": random.randint(0, 1500),
            "order": random.randint(1, 300),
        }
        session.execute(ACTIONS[name][0], parameters)
        self._count(name)

    def _refresh(self, session, random):
        """A refresh: alone, between changes of its own transaction, after new settings, rolled back, or by hand."""
        kind = random.choice(["alone"] * 5 + ["among changes"] * 3 + ["rolled back", "by hand"])
        if random.random() < self.share_of_new_settings:
            kind = "new settings"
            self._change_settings(session, random)
            if random.random() < 0.5:
                session.commit()  # seen before any refresh: every day is live
        if kind == "among changes":
            self._change(session, random)
        session.execute(self.refresh_by_hand if kind == "by hand" else self.refresh_statement)
        if kind == "among changes":
            self._change(session, random)
        session.rollback() if kind == "rolled back" else session.commit()
        self._count(kind)
        with self._progress:
            self._refreshes += 1
            self._progress.notify_all()

    def _read(self, session, random):
        """Compare: at this moment, or twice at a snapshot from before a refresh."""
        is_old = random.random() < 0.02
        if is_old:
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self._compare(session)
            self._wait_for_refresh()
            self._count("read at an old snapshot")
        self._compare(session)
        session.commit()  # after a rollback psycopg would have the comparison planned anew

    def _compare(self, session):
        found = session.execute(self.differences_query, prepare=True).fetchall()
        with self._progress:
            self.comparisons += 1
            self.differences += found
            if self.is_over():
                self._progress.notify_all()

    def _wait_for_refresh(self):
        with self._progress:
            seen = self._refreshes
            is_seen = self._progress.wait_for(lambda: self._refreshes > seen + 1 or self.is_over(), DEADLINE)
        assert is_seen, f"no refresh ended within {DEADLINE:.0f} s"

    def _count(self, what):
        with self._progress:
            self.done[what] += 1
