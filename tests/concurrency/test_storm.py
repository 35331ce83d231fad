"""32 sessions do at once whatever can be done to a store: no deadlock, no error but the store's own, sound books.

pytest -m long tests/concurrency/test_storm.py     2,000 operations a session; a tenth by default
"""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import psycopg
import pytest

SESSIONS, OPERATIONS = 32, 2000
PRODUCTS, CUSTOMERS = 6, 60
# Another runs, the price was lowered meanwhile; it was over by then.
REFUSED_SALES = {("make a sale", "23P01"), ("make a sale", "23514"), ("end a sale", "55000")}
OWN_CODES = {"ST001", "ST002", "ST003", "ST004", "ST005", "ST006", "ST007", "ST008", "ST009", "42501"}

STORE = f"""
    UPDATE store_settings SET
        legal_name = 'A Store', legal_address = '{{"line1": "1 Street", "city": "Town", "country_code": "US"}}',
        documents_from = '2020-01-01 00:00+00';
    UPDATE store_settings SET max_pending_orders = 2, order_hold = '1 second', shipping_fee = 4.90, free_shipping_from = 60;
    INSERT INTO tax_rates VALUES ('standard', 'US', '', '2020-01-01', 0.0825);
    INSERT INTO customers (email) SELECT 'c' || n || '@example.com' FROM generate_series(1, {CUSTOMERS}) AS n;
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
    SELECT n, 'Somebody', n || ' Street', 'Town', 'US' FROM generate_series(1, {CUSTOMERS}) AS n;
    INSERT INTO products (sku, name, price) SELECT 'P' || n, 'Thing ' || n, 3.33 * n FROM generate_series(1, {PRODUCTS}) AS n;
    SELECT receive_stock(product_id, 60, 'note 1') FROM products;
    INSERT INTO coupons (coupon_code, kind, value, usage_limit, per_customer_limit) VALUES
    ('TEN', 'percent', 10, 30, NULL), ('FEW', 'fixed', 5, NULL, 1), ('ALL', 'percent', 3, NULL, NULL);
"""


class Shopkeeper:
    """One session: its own connection and its own random numbers."""

    def __init__(self, dsn, seed):
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.random = Random(seed)
        self.outcomes = Counter()

    def work(self, operations):
        """Do so many things, and count how they ended."""
        for _ in range(operations):
            name, query, parameters = self.anything()
            try:
                self.connection.execute(query, parameters)
                outcome = "00000"
            except psycopg.Error as error:
                outcome = error.sqlstate
            self.outcomes[name, outcome] += 1
        self.connection.close()
        return self.outcomes

    def anything(self):
        """A random operation: its name, statement and parameters."""
        pick, number = self.random.choice, self.random.randint
        order, some = self.recent_order(), f"{number(1, 2000)}"  # references are used again now and then
        amount = pick(["1", "5", "9.90", "50"])
        name, *parameters = pick(
            [
                *[("place_order", number(1, CUSTOMERS), self.items(), pick([None, None, some]),
                   pick([None, None, "ten", "few", "all"]), None, None)] * 6,
                ("quote_order", self.items(), pick([None, "ten"]), number(1, CUSTOMERS), None),
                *[("pay the rest", order)] * 4,
                ("record_payment", order, "bank", some, amount),
                ("record_chargeback", order, "bank", "c" + some, amount),
                ("refund_order", order, "bank", "r" + some, amount, None, False),
                ("refund_order", order, "bank", "g" + some, amount, "sorry", True),
                ("refund what is due", order),
                ("reverse a payment", pick([None, order + number(-3, 3)]), order),
                ("grant_allowance", order, amount, "late", pick([None, 1, 2]), pick([None, "a" + some])),
                ("write_off", order, "hopeless"),
                ("release_order", order, "on account"),
                ("redirect an order", order),
                ("ship_order", order, "Post", None, None, None, pick([None, "s" + some])),
                *[("ship_order", order, "Post", None, self.lines(), None, None)] * 2,
                *[("deliver_order", order, None)] * 2,
                ("deliver a parcel", order),
                *[("cancel_order", order, "no reason", pick([None, self.lines()]), pick([None, "c" + some]))] * 2,
                *[("return_items", order, self.lines(), pick([True, False]), None, None, pick([None, "b" + some]))] * 2,
                *[("return what is kept", order)] * 2,
                ("change_hold", order, None),
                ("run out of time", order),
                ("expire_unpaid_orders", number(1, 20)),
                ("issue_documents", number(1, 50)),
                *[("receive_stock", number(1, PRODUCTS), number(1, 15), "note 2", None, pick([None, "n" + some]))] * 2,
                ("adjust_stock", number(1, PRODUCTS), -number(1, 3), pick(["damage", "loss"]), None, None),
                ("count_stock", number(1, PRODUCTS), number(60, 200), None),
                ("change a price", number(100, 2000), number(1, PRODUCTS)),
                *[("make a sale", number(1, PRODUCTS))] * 2,
                ("end a sale", number(1, PRODUCTS)),
                ("read_order_events", pick("ab"), number(1, 50)),
                ("run_maintenance",),
                ("register_customer", f"new{some}@example.com", None, None, None),
            ]
        )  # fmt: skip
        if name in STATEMENTS:
            return name, STATEMENTS[name], parameters
        return name, f"SELECT * FROM {name}({', '.join(['%s'] * len(parameters))})", parameters

    def recent_order(self):
        """One of the last orders: many hands at few orders."""
        query = "SELECT greatest(last_value - %s, 1) FROM orders_order_id_seq"
        return self.connection.execute(query, [self.random.randint(0, 60)]).fetchone()[0]

    def items(self):
        products = self.random.choices(range(1, PRODUCTS + 1), k=self.random.randint(1, 4))
        return json.dumps([{"product_id": product, "quantity": self.random.randint(1, 3)} for product in products])

    def lines(self):
        return json.dumps([{"line_no": self.random.randint(1, 2), "quantity": 1}])


STATEMENTS = {
    "pay the rest": """
        SELECT record_payment(order_id, 'bank', 'all ' || order_id, total) FROM orders
        WHERE order_id = %s AND total > 0""",
    "refund what is due": """
        SELECT refund_order(order_id, 'bank', 'due ' || order_id || ' ' || refunded_amount, -balance) FROM orders
        WHERE order_id = %s AND balance < 0""",
    "reverse a payment": """
        SELECT reverse_payment(max(payment_id), 'meant for another', %s) FROM payments
        WHERE order_id = %s AND kind = 'charge' HAVING count(*) > 0""",
    "redirect an order": """
        SELECT redirect_order(order_id, address_id) FROM orders JOIN addresses USING (customer_id)
        WHERE order_id = %s""",
    "return what is kept": """
        SELECT return_items(order_id, jsonb_agg(jsonb_build_object(
            'line_no', line_no, 'quantity', shipped_quantity - returned_quantity
        ))) FROM order_items
        WHERE order_id = %s AND shipped_quantity > returned_quantity GROUP BY order_id""",
    "deliver a parcel": """
        SELECT deliver_order(order_id, max(shipment_id)) FROM shipments WHERE order_id = %s GROUP BY order_id""",
    "run out of time": """
        UPDATE orders SET expires_at = now() WHERE order_id = %s AND status = 'pending' AND released_at IS NULL""",
    "change a price": "UPDATE products SET price = %s / 100.0 WHERE product_id = %s",
    "make a sale": """
        INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
        SELECT product_id, round(0.7 * price, 2), now(), now() + INTERVAL '1 second' FROM products WHERE product_id = %s""",
    "end a sale": """
        UPDATE sale_prices SET valid_until = now()
        WHERE product_id = %s AND valid_from < now() AND valid_until > clock_timestamp()""",
}


@pytest.mark.long
def test_no_error_but_the_store_s_own_and_sound_books(store, database, repetitions):
    store.execute(STORE)
    keepers = [Shopkeeper(database.dsn(), seed) for seed in range(SESSIONS)]
    with ThreadPoolExecutor(SESSIONS) as pool:
        counted = list(pool.map(lambda keeper: keeper.work(repetitions(OPERATIONS)), keepers))
    outcomes = sum(counted, Counter())
    print(*(f"{name} {code}: {count}" for (name, code), count in sorted(outcomes.items())), sep="\n")

    codes = {code for _, code in outcomes.keys() - REFUSED_SALES}
    assert codes <= OWN_CODES | {"00000"}
    # A storm in which nothing happens proves nothing.
    succeeded = {name for name, code in outcomes if code == "00000"}
    assert succeeded == {name for name, _ in outcomes}
    assert codes >= {"ST001", "ST005", "ST006", "ST008", "ST009"}
    assert store.execute("SELECT * FROM integrity_violations").fetchall() == []
    waiting = store.execute("SELECT count(*) FROM orders WHERE status = 'pending'").fetchone()
    assert waiting != (0,)
    bought_on_sale = store.execute("SELECT count(*) FROM order_items WHERE regular_price > unit_price").fetchone()
    assert bought_on_sale != (0,)
