"""kill -9 of the whole server while 16 sessions place orders: what was acknowledged is there, nothing is half there.

    pytest -m long tests/concurrency/test_crash.py     20 crashes; 2 by default

A server of its own, with fsync as in production: the run's own does without.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import psycopg
import pytest

from embedded_server import EmbeddedServer
from tests.operations.servers import kill
from tests.templates import run_deploy

SESSIONS, CRASHES = 16, 20
ORDERS_BEFORE_CRASH = 150  # acknowledged ones, a round

SHOP = f"""
    UPDATE store_settings SET max_pending_orders = NULL;
    INSERT INTO customers (email) SELECT n || '@example.com' FROM generate_series(1, {SESSIONS}) AS n;
    INSERT INTO products (sku, name, price) SELECT 'P' || n, 'Thing', 1.99 FROM generate_series(1, 5) AS n;
    INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('TEN', 'percent', 10, 1000000);
    SELECT receive_stock(product_id, 1000000, 'note 1') FROM products;
"""
BASKET = '[{"product_id": 1, "quantity": 1}, {"product_id": 2, "quantity": 2}, {"product_id": 3, "quantity": 1}]'
HALF_ORDERS = """
    SELECT order_id FROM orders
    WHERE (SELECT count(*) FROM order_items WHERE order_items.order_id = orders.order_id) <> 3
    OR NOT EXISTS (SELECT FROM order_audit WHERE order_audit.order_id = orders.order_id)
"""


@pytest.fixture
def crashing_server():
    """A server that flushes what it commits, with the shop in it."""
    with TemporaryDirectory(prefix="store-crash-") as directory:
        server = EmbeddedServer(Path(directory) / "data", {"max_connections": "50"})
        server.start()
        try:
            run_deploy("--dsn", server.dsn("postgres"))
            with connect(server) as shop:
                shop.execute(SHOP)
            yield server
        finally:
            server.start()  # or it would not stop
            server.stop()


@pytest.mark.long
def test_every_acknowledged_order_survives_and_none_is_half_there(crashing_server, repetitions):
    acknowledged = {}
    for crash in range(repetitions(CRASHES)):
        enough, crashed = Event(), Event()
        with ThreadPoolExecutor(SESSIONS) as pool:
            sessions = [
                pool.submit(place_until_crash, crashing_server, customer, crash, acknowledged, enough, crashed)
                for customer in range(1, SESSIONS + 1)
            ]
            assert enough.wait(timeout=120)
            kill(crashing_server)
            crashed.set()
            for session in sessions:
                session.result()
        crashing_server.start()
        with connect(crashing_server) as shop:
            there = dict(shop.execute("SELECT order_id, idempotency_key FROM orders").fetchall())
            assert acknowledged.items() <= there.items()
            assert shop.execute(HALF_ORDERS).fetchall() == []
            assert shop.execute("SELECT * FROM integrity_violations").fetchall() == []
            # At most one order a session was on its way: those were lost or kept, whole.
            assert len(there) - len(acknowledged) <= SESSIONS * (crash + 1)
            adopt_unanswered(shop, acknowledged, there)


def place_until_crash(server, customer, crash, acknowledged, enough, crashed):
    """Order after order, with a coupon and a key; note each that was answered."""
    try:
        with connect(server) as session:
            for turn in range(100_000):
                key = f"{crash} {customer} {turn}"
                query = "SELECT place_order(%s, %s, %s, 'ten')"
                (order_id,) = session.execute(query, [customer, BASKET, key]).fetchone()
                acknowledged[order_id] = key
                if turn >= ORDERS_BEFORE_CRASH // SESSIONS:
                    enough.set()
    except psycopg.OperationalError:
        assert crashed.wait(timeout=60), "the connection was lost before the crash"


def adopt_unanswered(shop, acknowledged, there):
    """A client that had no answer asks again with its key, and gets the order that was kept."""
    for order_id, key in there.items() - acknowledged.items():
        customer = int(key.split()[1])
        again = shop.execute("SELECT place_order(%s, %s, %s, 'ten')", [customer, BASKET, key]).fetchone()
        assert again == (order_id,)
        acknowledged[order_id] = key


def connect(server):
    return psycopg.connect(server.dsn("postgres"), autocommit=True, options="-csearch_path=store,pg_temp")
