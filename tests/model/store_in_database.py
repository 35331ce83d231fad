"""The store itself, with the model's calls and in the model's words: cents, and orders, parcels and payments by number."""

import json
from contextlib import contextmanager
from decimal import Decimal

import psycopg
from psycopg.pq import ExecStatus
from psycopg.rows import dict_row

SETUP = """
    UPDATE store_settings SET max_pending_orders = 4;
    UPDATE countries SET is_served = TRUE WHERE country_code = 'CA';
    INSERT INTO customers (email) VALUES ('ada@example.com'), ('bob@example.com'), ('eve@example.com');
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code) VALUES
    (1, 'Ada', '1', 'Town', 'US'), (2, 'Bob', '2', 'Town', 'CA'), (1, 'Ada', '3', 'Town', 'CA'),
    (2, 'Bob', '4', 'Town', 'US'), (3, 'Eve', '5', 'Town', 'US'), (3, 'Eve', '6', 'Town', 'DE');
    UPDATE customers SET default_address_id = customer_id WHERE customer_id < 3;
    INSERT INTO products (sku, name, price, tax_class) VALUES
    ('A', 'A', 1, 'standard'), ('B', 'B', 1, 'reduced'), ('C', 'C', 1, 'standard'), ('D', 'D', 1, 'standard');
"""
ORDERS = """
    SELECT
        order_id, orders.status, payment_status, waiting_for, paid_at IS NOT NULL AS is_paid,
        released_at IS NOT NULL AS is_released, written_off_at IS NOT NULL AS is_written_off,
        cancelled_at IS NOT NULL AS is_cancelled, (ship_to ->> 'line1')::INT AS ship_to, (bill_to ->> 'line1')::INT AS bill_to,
        ship_to_country AS country, shipping_fee, shipping_tax, tax, orders.total, paid_amount AS paid,
        refunded_amount AS refunded, charged_back_amount AS charged_back, credited_amount AS credited, balance,
        coalesce(amount_due, 0) AS due, coalesce(amount_owed, 0) AS receivable
    FROM orders
    LEFT JOIN order_backlog USING (order_id)
    LEFT JOIN refunds_due USING (order_id)
    LEFT JOIN receivables USING (order_id)
    ORDER BY order_id
"""
PARCELS = """
    SELECT
        order_id, shipment_id, delivered_at IS NOT NULL, delivery_net, delivery_tax,
        ARRAY(
            SELECT (line_no, quantity, net, tax)::TEXT FROM shipment_items
            WHERE shipment_items.shipment_id = shipments.shipment_id ORDER BY line_no
        )
    FROM shipments
    ORDER BY order_id, shipment_id
"""
DOCUMENTS = """
    SELECT
        order_id, kind, shipment_id, credit_no, number,
        ARRAY(
            SELECT (coalesce(line_no, 0), coalesce(quantity, 0), net, tax)::TEXT FROM document_lines
            WHERE document_lines.document_id = documents.document_id ORDER BY coalesce(line_no, 0)
        )
    FROM documents
    ORDER BY series, number
"""
# What the contract promises of an event's details, in the model's words.
PAYMENT, CREDIT = {"payment", "amount"}, {"credit_no", "amount"}
PROMISED = {
    "placed": {"total"}, "paid": {"total"}, "payment": PAYMENT, "refund": PAYMENT, "chargeback": PAYMENT,
    "reversal": PAYMENT, "shipped": {"parcel", "items", "complete"}, "delivered": {"parcels"},
    "document": {"kind"}, "items_cancelled": CREDIT | {"items"}, "returned": CREDIT | {"items"}, "allowance": CREDIT, "written_off": {"amount"},
}  # fmt: skip


@contextmanager
def savepoint(connection, is_kept=True):
    """As `connection.transaction()`, where psycopg forgets after a rollback what it has prepared: all is planned anew."""

    def run(command):
        assert connection.pgconn.exec_(command).status == ExecStatus.COMMAND_OK, command

    run(b"SAVEPOINT here")
    try:
        yield
        if not is_kept:
            run(b"ROLLBACK TO here")
    except BaseException:
        run(b"ROLLBACK TO here")
        raise
    finally:
        run(b"RELEASE here")


class StoreInDatabase:
    """Runs each life in one transaction, each call in a savepoint."""

    def __init__(self, connection):
        self.connection = connection
        self.order_ids = []
        self.decimals = 2

    def fill(self, model):
        """Settings, prices, rates, coupons and stock of the model's; the rest is SETUP."""
        run = self.connection.execute
        self.decimals = model.decimals
        run("UPDATE store_settings SET currency = %s", ["USD" if model.decimals else "JPY"])
        run(
            """UPDATE store_settings SET
                legal_name = 'Store Ltd', legal_address = '{"line1": "7", "city": "Town", "country_code": "US"}',
                documents_from = '2020-01-01', prices_include_tax = %s, shipping_fee = %s, free_shipping_from = %s, delivery_back_on_full_return = %s""",
            [model.included, self.money(model.fee), self.money(model.free_from), model.delivery_back],
        )
        for (tax_class, country), rate in model.rates.items():
            exact = Decimal(rate.numerator) / rate.denominator
            run("INSERT INTO tax_rates VALUES (%s, %s, '', '2020-01-01', %s)", [tax_class, country, exact])
        for code, coupon in model.coupons.items():
            kind, value = ("percent", coupon.percent) if coupon.percent else ("fixed", self.money(coupon.fixed))
            run(
                """INSERT INTO coupons
                    (coupon_code, kind, value, minimum_subtotal, usage_limit, per_customer_limit)
                VALUES (%s, %s, %s, %s, %s, %s)""",
                [code, kind, value, self.money(coupon.minimum), coupon.limit, coupon.per_customer],
            )
        for number, product in model.products.items():
            self.change_product(number, product.price, product.active)
            if product.shelf:
                run("SELECT receive_stock(%s, %s, 'note 1')", [number, product.shelf])

    def forget(self):
        """End the life: its books must balance, then nothing of it stays."""
        try:
            assert self.violations() == []
        finally:
            self.connection.rollback()
            self.order_ids = []

    def violations(self):
        return self.connection.execute("SELECT * FROM integrity_violations").fetchall()

    def money(self, cents):
        return None if cents is None else Decimal(cents).scaleb(-self.decimals)

    def cents(self, amount):
        cents = amount.scaleb(self.decimals)
        assert cents == int(cents), f"{amount} has more decimals than the currency"
        return int(cents)

    def call(self, query, *parameters):
        """The SQLSTATE and the answer, None where it was refused."""
        try:
            with savepoint(self.connection):
                (answer,) = self.connection.execute(f"SELECT {query}", parameters).fetchone()
            return "00000", None if answer == "" else answer  # VOID
        except psycopg.Error as error:
            return error.sqlstate, None

    def numbered(self, outcome, query):
        """An answer that is an id, as the number of its row."""
        code, answer = outcome
        return code, answer and self.connection.execute(query, [answer]).fetchone()[0]

    def id_of(self, number):
        return self.order_ids[number - 1] if number <= len(self.order_ids) else -1

    def place_order(self, customer, items, coupon=None, key=None, address=None):
        code, order_id = self.call(
            "place_order(%s, %s, %s, %s, %s)", customer, as_json("product_id", items), key, coupon, address
        )
        if order_id and order_id not in self.order_ids:
            self.order_ids.append(order_id)
        return code, order_id and 1 + self.order_ids.index(order_id)

    def quote_order(self, customer, items, coupon):
        """The lines, or the SQLSTATE."""
        try:
            with savepoint(self.connection):
                rows = self.connection.execute(
                    """SELECT product_id, quantity, discount, line_total, tax, total, available
                    FROM quote_order(%s, %s, %s) ORDER BY line_no""",
                    [as_json("product_id", items), coupon, customer],
                ).fetchall()
            return "00000", [(*row[:2], *map(self.cents, row[2:6]), row[6]) for row in rows]
        except psycopg.Error as error:
            return error.sqlstate, None

    def pay(self, kind, number, reference, amount, **more):
        function = {"charge": "record_payment", "refund": "refund_order", "chargeback": "record_chargeback"}[kind]
        named = "".join(f", p_{name} => %s" for name in more)
        query = f"{function}(%s, 'bank', %s, %s{named})"
        return self.payment(self.call(query, self.id_of(number), reference, self.money(amount), *more.values()))

    def reverse_payment(self, payment, to=None):
        known = "SELECT payment_id FROM payments ORDER BY payment_id OFFSET %s LIMIT 1"
        (payment_id,) = self.connection.execute(known, [payment - 1]).fetchone() or (-1,)
        query = "reverse_payment(%s, 'no reason', %s)"
        return self.payment(self.call(query, payment_id, None if to is None else self.id_of(to)))

    def payment(self, outcome):
        return self.numbered(outcome, "SELECT count(*) FROM payments WHERE payment_id <= %s")

    def write_off(self, number):
        return self.call("write_off(%s, 'no reason')", self.id_of(number))

    def grant_allowance(self, number, amount, line_no=None, key=None):
        query = "grant_allowance(%s, %s, 'no reason', %s, %s)"
        return self.call(query, self.id_of(number), self.money(amount), line_no, key)

    def ship_order(self, number, wanted=None, key=None):
        query = "ship_order(%s, 'Post', NULL, %s, p_idempotency_key => %s)"
        return self.numbered(
            self.call(query, self.id_of(number), as_json("line_no", wanted), key),
            """SELECT count(*) FROM shipments AS parcel JOIN shipments USING (order_id)
            WHERE parcel.shipment_id = %s AND shipments.shipment_id <= parcel.shipment_id""",
        )

    def deliver_order(self, number, parcel=None):
        return self.call("deliver_order(%s, %s)", self.id_of(number), self.parcel_id(number, parcel))

    def parcel_id(self, number, parcel):
        """Of an order's parcel; -1 where there is none."""
        if parcel is None:
            return None
        query = "SELECT shipment_id FROM shipments WHERE order_id = %s ORDER BY shipment_id OFFSET %s LIMIT 1"
        return (self.connection.execute(query, [self.id_of(number), parcel - 1]).fetchone() or (-1,))[0]

    def cancel_order(self, number, wanted=None, key=None):
        return self.call("cancel_order(%s, 'no reason', %s, %s)", self.id_of(number), as_json("line_no", wanted), key)

    def return_items(self, number, wanted, restock=True, parcel=None, key=None):
        query = "return_items(%s, %s, %s, 'no reason', %s, %s)"
        parcel_id = self.parcel_id(number, parcel)
        return self.call(query, self.id_of(number), as_json("line_no", wanted), restock, parcel_id, key)

    def release_order(self, number):
        return self.call("release_order(%s, 'no reason')", self.id_of(number))

    def redirect_order(self, number, address):
        return self.call("redirect_order(%s, %s)", self.id_of(number), address)

    def receive_stock(self, product, units, key=None):
        return self.call("receive_stock(%s, %s, 'note 2', NULL, %s)", product, units, key)

    def adjust_stock(self, product, units, key=None):
        reason = "receipt" if units > 0 else "loss"
        return self.call("adjust_stock(%s, %s, %s, NULL, %s)", product, units, reason, key)

    def count_stock(self, product, counted):
        return self.call("count_stock(%s, %s)", product, counted)

    def let_the_hold_run_out(self, number, turn):
        """The sooner the turn, the longer ago."""
        query = "UPDATE orders SET expires_at = now() - %s * INTERVAL '1 second' WHERE order_id = %s"
        self.connection.execute(query, [1000 - turn, self.id_of(number)])

    def change_hold(self, number):
        return self.call("change_hold(%s, now() + INTERVAL '1 day')", self.id_of(number))

    def expire_unpaid_orders(self, limit):
        return self.call("expire_unpaid_orders(%s)", limit)

    def change_product(self, product, price, active):
        query = "UPDATE products SET price = %s, is_active = %s WHERE product_id = %s"
        self.connection.execute(query, [self.money(price), active, product])

    def issue_documents(self):
        """First a few, then all the others."""
        outcomes = [self.call("issue_documents(%s)", limit) for limit in (2, 1000)]
        return outcomes[0][0], sum(issued for _, issued in outcomes)

    def documents(self, number, parcel_number):
        """By order, kind and number of the parcel or credit; those of a series without a gap."""
        documents = self.rows(DOCUMENTS)
        for kind in ("invoice", "credit_note"):
            numbers = [row[4] for row in documents if row[1] == kind]
            assert numbers == list(range(1, len(numbers) + 1))
        return sorted(
            (number[order_id], kind, parcel_number.get(shipment_id, credit_no))
            + ([self.document_line(line) for line in lines],)
            for order_id, kind, shipment_id, credit_no, _, lines in documents
        )

    def document_line(self, line):
        line_no, units, net, tax = self.packed(line)
        return line_no, units or None, net, tax

    def contents(self):
        """All there is to compare."""
        rows, cents = self.rows, self.cents
        number = {order_id: number for number, order_id in enumerate(self.order_ids, start=1)}
        parcels, parcel_number = rows(PARCELS), {}
        for order_id, shipment_id, *_ in parcels:
            parcel_number[shipment_id] = 1 + sum(order_id == row[0] and row[1] < shipment_id for row in parcels)
        payments = rows("SELECT order_id, payment_id, kind, amount FROM payments ORDER BY payment_id")
        payment_number = {
            row[1]: sum(other[0] == row[0] and other[1] <= row[1] for other in payments) for row in payments
        }
        with self.connection.cursor(row_factory=dict_row) as cursor:
            orders = cursor.execute(ORDERS).fetchall()
        lines = rows(
            """SELECT order_id, line_no, product_id, quantity, unit_price, discount, line_total, tax, shipped_quantity,
                cancelled_quantity, returned_quantity
            FROM order_items ORDER BY order_id, line_no"""
        )
        returns = rows(
            "SELECT order_id, line_no, quantity, shipment_id, restocked FROM returns ORDER BY order_id, return_id"
        )
        credits = rows(
            """SELECT order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied
            FROM credits ORDER BY order_id, credit_no, line_no, is_supplied"""
        )
        events = rows("SELECT order_id, action, details::TEXT FROM order_audit ORDER BY order_id, id")
        return {
            "orders": {
                number[order.pop("order_id")]: {
                    name: cents(value) if isinstance(value, Decimal) else value for name, value in order.items()
                }
                for order in orders
            },
            "lines": [(number[o], n, p, u, *map(cents, row[:4]), *row[4:]) for o, n, p, u, *row in lines],
            "parcels": [
                (number[o], parcel_number[s], delivered, cents(net), cents(tax), list(map(self.packed, items)))
                for o, s, delivered, net, tax, items in parcels
            ],
            "returns": [(number[o], n, u, s and parcel_number[s], restocked) for o, n, u, s, restocked in returns],
            "credits": [
                (number[o], c, n, kind, u, cents(net), cents(tax), supplied)
                for o, c, n, kind, u, net, tax, supplied in credits
            ],
            "payments": [(number[o], kind, cents(amount)) for o, _, kind, amount in payments],
            "stock": rows("SELECT product_id, on_hand, reserved FROM inventory ORDER BY product_id"),
            "coupons": rows("SELECT coupon_code, times_used FROM coupons ORDER BY coupon_code"),
            "documents": self.documents(number, parcel_number),
            "events": [
                (
                    number[o],
                    action,
                    self.details(action, json.loads(text, parse_float=Decimal), parcel_number, payment_number),
                )
                for o, action, text in events
            ],
        }

    def rows(self, query):
        return self.connection.execute(query).fetchall()

    def packed(self, item):
        line_no, units, net, tax = item.strip("()").split(",")
        return int(line_no), int(units), self.cents(Decimal(net)), self.cents(Decimal(tax))

    def details(self, action, details, parcel_number, payment_number):
        """An event's details in the model's words."""
        words = {
            "total": lambda: self.cents(Decimal(details["total"])),
            "amount": lambda: self.cents(Decimal(details["amount"])),
            "credit_no": lambda: details["credit_no"],
            "kind": lambda: details["kind"],
            "complete": lambda: details["complete"],
            "items": lambda: [(item["line_no"], item["quantity"]) for item in details["items"]],
            "payment": lambda: payment_number[details["payment_id"]],
            "parcel": lambda: parcel_number[details["shipment_id"]],
            "parcels": lambda: [parcel_number[shipment_id] for shipment_id in details["shipment_ids"]],
        }
        return {word: words[word]() for word in PROMISED.get(action, ())}


def as_json(key, items):
    return None if items is None else json.dumps([{key: item, "quantity": units} for item, units in items])


def differences(found, expected):
    """Section by section, what is there and should not be, and the other way round; the order of rows where only that differs."""
    differing = {}
    for section, rows in expected.items():
        there, wanted = (list(part.items()) if section == "orders" else part for part in (found[section], rows))
        if there != wanted:
            only = [row for row in there if row not in wanted], [row for row in wanted if row not in there]
            differing[section] = only if any(only) else (there, wanted)
    return differing
