"""Clients of a store that moves: each places, pays, ships and refunds under keys. Whatever is
refused or left unanswered it repeats where the route then leads, which a file says.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from random import Random
from threading import Event, Lock
from time import monotonic, sleep

import psycopg

PRODUCTS = [1, 2, 3, 5]
PAUSE = 0.02  # seconds between two orders of a client: whoever moves the store is to get a processor too
STEPS = {
    "place": """SELECT place_order(%(customer)s, jsonb_build_array(jsonb_build_object(
        'product_id', %(product)s::INT, 'quantity', 2)), %(key)s)""",
    "pay": """SELECT record_payment(%(order)s, 'stripe', %(key)s, (SELECT total FROM orders
        WHERE order_id = %(order)s))""",
    "ship": "SELECT ship_order(%(order)s, 'DHL', %(key)s, p_idempotency_key => %(key)s)",
    "refund": "SELECT refund_order(%(order)s, 'stripe', 're-' || %(key)s, 0.50, 'late', TRUE)",
}
LIVES = """
SELECT idempotency_key, order_id, status, paid_amount, total, refunded_amount,
    (SELECT count(*) FROM shipments WHERE shipments.order_id = orders.order_id)
FROM orders WHERE idempotency_key LIKE 'drill-%'"""
STOCK = "SELECT receive_stock(product_id, 1000000, 'drill') FROM unnest(%s) AS product_id"


class Clients:
    """`answers` is what was acknowledged: by key and step, what the server answered."""

    def __init__(self, server, number=3, name="drill"):
        self.servers = {str(server.data_directory): server}
        self.route = server.data_directory.parent / "route"
        self.route.write_text(str(server.data_directory))
        self.number, self.name = number, name
        self.answers: dict[tuple[str, str], int] = {}
        self.asked: dict[str, dict] = {}
        self.refused = 0
        self.times: list[float] = []
        self.lock, self.over = Lock(), Event()

    def __enter__(self):
        with self.where().connect() as owner:
            owner.execute("UPDATE store_settings SET max_pending_orders = NULL")
            owner.execute(STOCK, [PRODUCTS])
        self.threads = ThreadPoolExecutor(self.number)
        self.lives = [self.threads.submit(self.live, number) for number in range(self.number)]
        self.wait_for(10)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.threads.shutdown(wait=True)
        for life in self.lives:
            life.result()

    def where(self):
        """The server on which the store lives, for all that the clients know."""
        return self.servers[self.route.read_text().strip()]

    def may_go_to(self, server):
        """Let them know a second server; return the command that sends them there."""
        self.servers[str(server.data_directory)] = server
        return f"echo {server.data_directory} > {self.route}.new && mv {self.route}.new {self.route}"

    def wait_for(self, orders):
        """Until so many more orders went through their whole life."""
        wanted = self.done() + orders
        until = monotonic() + 120
        while self.done() < wanted:
            assert not any(life.done() for life in self.lives), [life.exception() for life in self.lives if life.done()]
            assert monotonic() < until, f"{self.done()} orders are through, {wanted} were wanted"
            sleep(0.02)

    def done(self):
        with self.lock:
            return sum(step == "refund" for _, step in self.answers)

    def longest_wait(self, since=0.0):
        """The longest time in which nobody's call was answered, in seconds."""
        times = [time for time in self.times if time >= since]
        return max(after - before for before, after in zip(times, times[1:]))

    def assert_answers_hold(self, owner):
        """What was acknowledged is there, once; asked again with its key, the answer is the same."""
        lives = {row[0]: row[1:] for row in owner.execute(LIVES)}
        assert lives.keys() >= {key for key, _ in self.answers}
        for (key, step), answer in self.answers.items():
            assert step != "place" or lives[key][0] == answer
        for key in {key for key, step in self.answers if step == "refund"}:
            _, status, paid, total, refunded, parcels = lives[key]
            assert (status, paid, float(refunded), parcels) == ("shipped", total, 0.5, 1)
        for key, asked in list(self.asked.items())[:5]:
            for step, statement in STEPS.items():
                if (key, step) in self.answers:
                    assert owner.execute(statement, asked).fetchone()[0] == self.answers[key, step]

    def live(self, number):
        chance, session = Random(number), None
        for turn in count():
            key = f"{self.name}-{number}-{turn}"
            asked = {"customer": chance.randint(1, 9), "product": chance.choice(PRODUCTS), "key": key}
            self.asked[key] = asked
            for step, statement in STEPS.items():
                while True:
                    try:
                        session = session or self.where().connect()
                        [answer] = session.execute(statement, asked).fetchone()
                        break
                    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction):
                        self.refused += 1
                        with suppress(Exception):
                            session.close()
                        session = None
                        if self.over.wait(0.02):
                            return
                asked["order"] = asked.get("order", answer)
                with self.lock:
                    self.answers[key, step] = answer
                    self.times.append(monotonic())
            if self.over.wait(PAUSE):
                session.close()
                return
