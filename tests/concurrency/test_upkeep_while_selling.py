"""Upkeep runs without a pause while the shop sells: no order, payment or setting waits 50 ms for it.

The server measures: a session that has waited so long for one lock is refused (lock_timeout). These sessions never
wait for each other, only for upkeep. A machine that has other things to do stops anybody that long now and then, so a round
in which somebody waited is repeated, twice, and fewer waits than a fifth of the calls are put down to it; a lock held
too long is met by nearly every call.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import psycopg
import pytest

from tests.concurrency.conftest import placing

OVERDUE, ROUNDS = 200, 3
PREPARE = """
    UPDATE store_settings SET
        max_pending_orders = NULL, legal_name = 'Shop', documents_from = now() - INTERVAL '1 day',
        legal_address = '{"line1": "1 Street", "city": "Town", "country_code": "US"}';
    INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('TEN', 'percent', 10, 100000);
    SELECT receive_stock(product_id, 100000, 'note 2') FROM products
"""
WITH_COUPON = ", NULL, 'ten'"
OVERDUE_ORDERS = f"""
    SELECT {placing(1, {1: 1, 2: 1, 3: 1}, WITH_COUPON)} FROM generate_series(1, {OVERDUE});
    UPDATE orders SET expires_at = now() - INTERVAL '1 second' WHERE status = 'pending' AND customer_id = 1
"""
LEFT = "SELECT count(*) FROM orders WHERE status = 'pending' AND expires_at < now() AND paid_amount = 0"
SETTINGS = ("shipping_fee = shipping_fee + 1", "order_hold = order_hold + INTERVAL '1 minute'", "time_zone = 'Asia/Tokyo'",
            "time_zone = 'UTC'", "document_retention = document_retention + INTERVAL '1 day'", "documents_from = documents_from")  # fmt: skip


@pytest.fixture
def shop(shop_of_its_own):
    """Upkeep makes partitions and refreshes views."""
    return shop_of_its_own


def order_and_pay(session, turn):
    """An order of all that expiry gives back, with its coupon; and paid and sent, so that it has a document."""
    (order,) = session.execute("SELECT " + placing(2, {3: 1, 2: 1, 1: 1}, WITH_COUPON)).fetchone()
    session.execute(
        "SELECT record_payment(order_id, 'bank', 'a' || order_id, total) FROM orders WHERE order_id = %s", [order]
    )
    session.execute("SELECT ship_order(%s, 'Post', NULL)", [order])


def pay_late(session, turn):
    """A cent of an overdue order, which expiry may have in hand; it lets go of what is half paid."""
    session.execute(
        """SELECT record_payment(order_id, 'bank', 'late ' || %s, 0.01)
        FROM (SELECT max(order_id) - 5 * %s AS order_id FROM orders WHERE customer_id = 1) AS late""",
        [f"{session.info.backend_pid} {turn}", turn % (OVERDUE // 5)],
    )


def change_settings(session, turn):
    session.execute(f"UPDATE store_settings SET {SETTINGS[turn % len(SETTINGS)]}")
    session.execute("UPDATE products SET price = price + 1 WHERE product_id = %s", [1 + turn % 3])
    session.execute("UPDATE coupons SET minimum_subtotal = 1 WHERE coupon_code = 'OTHER'")


def work(dsn, closed, do):
    """Again and again until the shop is closed; what was done and how often it waited too long."""
    done = waited = 0
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute("SET lock_timeout = '50ms'")
        for turn in count():
            if closed.is_set():
                return done, waited
            try:
                do(session, turn)
                done += 1
            except psycopg.errors.LockNotAvailable:
                waited += 1


def upkeep(session):
    """What each call did, until nothing is left to expire."""
    while session.execute(LEFT).fetchone() != (0,):
        (done,) = session.execute("SELECT run_maintenance()").fetchone()
        assert done["failed"] == []
        yield done


def test_nobody_waits_for_upkeep(shop, database):
    shop.execute(PREPARE)
    workers = (order_and_pay, pay_late, change_settings)
    for _ in range(ROUNDS):
        shop.execute(OVERDUE_ORDERS)
        closed = Event()
        with ThreadPoolExecutor(len(workers)) as pool:
            working = [pool.submit(work, database.dsn(), closed, do) for do in workers]
            try:
                calls = list(upkeep(shop))
            finally:
                closed.set()
            done, waited = zip(*(session.result(timeout=60) for session in working), strict=True)
        print(f"{len(calls)} calls of upkeep, beside them {done}, too long {waited}")
        if not any(waited):
            break
    assert sum(waited) < len(calls) / 5, waited
    assert sum(call["expired"] for call in calls) > OVERDUE / 2
    assert sum(call["documents"] for call in calls) > 0 and min(done) > 5
