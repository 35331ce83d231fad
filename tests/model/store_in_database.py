"""The store itself, with the model's calls and in the model's words: cents, and orders numbered from 1."""

import json
from decimal import Decimal

import psycopg

SETUP = """
    UPDATE store_settings SET max_pending_orders = 4;
    INSERT INTO customers (email) VALUES ('ada@example.com'), ('bob@example.com'), ('eve@example.com');
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code, is_default) VALUES
    (1, 'Ada', '1 Street', 'Town', 'US', TRUE), (2, 'Bob', '2 Street', 'Town', 'CA', TRUE);
    INSERT INTO products (sku, name, price, tax_class) VALUES
    ('A', 'A', 1, 'standard'), ('B', 'B', 1, 'standard'), ('C', 'C', 1, 'standard'), ('D', 'D', 1, 'reduced');
    INSERT INTO coupons (coupon_code, kind, value, minimum_subtotal, usage_limit, per_customer_limit) VALUES
    ('TENTH', 'percent', 10, 0, 3, NULL), ('FIVER', 'fixed', 5, 0, NULL, 1), ('RICH', 'percent', 33, 40, NULL, NULL);
"""
# Ids that the model does not know; the caller's reason, always the same; instants.
UNTOLD = {"payment_id", "shipment_id", "shipment_ids", "provider", "reason", "expires_at", "until"}
MONEY = {"amount", "total", "value"}


class StoreInDatabase:
    """Runs each life in one transaction, each call in a savepoint."""

    def __init__(self, connection):
        self.connection = connection
        self.order_ids = []

    def fill(self, model):
        """Settings, prices, rates and stock of the model's; the rest is SETUP."""
        run = self.connection.execute
        run(
            "UPDATE store_settings SET prices_include_tax = %s, shipping_fee = %s, free_shipping_from = %s",
            [model.included, money(model.fee), model.free_from if model.free_from is None else money(model.free_from)],
        )
        for (tax_class, country), rate in model.rates.items():
            exact = Decimal(rate.numerator) / rate.denominator
            run("INSERT INTO tax_rates VALUES (%s, %s, '2020-01-01', %s)", [tax_class, country, exact])
        for number, product in model.products.items():
            self.change_product(number, product.price, product.active)
            if product.on_hand:
                run("SELECT receive_stock(%s, %s, 'note 1')", [number, product.on_hand])

    def forget(self):
        """End the life: its books must balance, then nothing of it stays."""
        try:
            assert self.connection.execute("SELECT * FROM integrity_violations").fetchall() == []
        finally:
            self.connection.rollback()

    def call(self, query, *parameters):
        """The SQLSTATE and the answer, None where it was refused."""
        try:
            with self.connection.transaction():
                (answer,) = self.connection.execute(f"SELECT {query}", parameters).fetchone()
            return "00000", None if answer == "" else answer  # VOID
        except psycopg.Error as error:
            return error.sqlstate, None

    def id_of(self, number):
        return self.order_ids[number - 1] if number <= len(self.order_ids) else -1

    def place_order(self, customer, items, code):
        outcome, order_id = self.call("place_order(%s, %s, NULL, %s)", customer, as_json("product_id", items), code)
        self.order_ids += [order_id] if order_id else []
        return outcome, None

    def quote_order(self, customer, items, code):
        """The lines, or the SQLSTATE."""
        try:
            with self.connection.transaction():
                rows = self.connection.execute(
                    """SELECT product_id, quantity, discount, line_total, tax, total
                    FROM quote_order(%s, %s, %s) ORDER BY line_no""",
                    [as_json("product_id", items), code, customer],
                ).fetchall()
            return [(product, units, *map(cents, amounts)) for product, units, *amounts in rows]
        except psycopg.Error as error:
            return error.sqlstate

    def pay(self, kind, number, reference, amount):
        before = self.connection.execute("SELECT coalesce(max(payment_id), 0) FROM payments").fetchone()[0]
        function = {"charge": "record_payment", "refund": "refund_order", "chargeback": "record_chargeback"}[kind]
        outcome, payment_id = self.call(f"{function}(%s, 'bank', %s, %s)", self.id_of(number), reference, money(amount))
        return outcome, None if payment_id is None else payment_id > before

    def ship_order(self, number, wanted):
        outcome, _ = self.call("ship_order(%s, 'Post', NULL, %s)", self.id_of(number), as_json("line_no", wanted))
        return outcome, None

    def deliver_order(self, number):
        return self.call("deliver_order(%s)", self.id_of(number))

    def cancel_order(self, number, wanted):
        return self.call("cancel_order(%s, 'no reason', %s)", self.id_of(number), as_json("line_no", wanted))

    def return_items(self, number, wanted, restock):
        return self.call("return_items(%s, %s, %s)", self.id_of(number), as_json("line_no", wanted), restock)

    def adjust_stock(self, product, units):
        return self.call("adjust_stock(%s, %s, %s)", product, units, "receipt" if units > 0 else "loss")

    def count_stock(self, product, counted):
        return self.call("count_stock(%s, %s)", product, counted)

    def let_the_hold_run_out(self, number):
        query = "UPDATE orders SET expires_at = now() - INTERVAL '1 second' WHERE order_id = %s"
        self.connection.execute(query, [self.id_of(number)])

    def extend_hold(self, number):
        return self.call("extend_hold(%s, now() + INTERVAL '1 day')", self.id_of(number))

    def expire_unpaid_orders(self, limit):
        return self.call("expire_unpaid_orders(%s)", limit)

    def change_product(self, product, price, active):
        query = "UPDATE products SET price = %s, is_active = %s WHERE product_id = %s"
        self.connection.execute(query, [money(price), active, product])

    def contents(self):
        """All there is to compare."""
        numbers = {order_id: number for number, order_id in enumerate(self.order_ids, start=1)}
        rows = self.connection.execute
        orders = rows(
            """SELECT orders.order_id, status, payment_status, shipping_fee, shipping_tax, tax, total, paid_amount,
                refunded_amount, coalesce(amount_due, 0)
            FROM orders LEFT JOIN refunds_due USING (order_id) ORDER BY order_id"""
        ).fetchall()
        lines = rows(
            """SELECT order_id, line_no, product_id, quantity, unit_price, discount, line_total, tax, shipped_quantity,
                cancelled_quantity, returned_quantity
            FROM order_items ORDER BY order_id, line_no"""
        ).fetchall()
        events = rows("SELECT order_id, action, details::TEXT FROM order_audit ORDER BY order_id, id").fetchall()
        return {
            "orders": [(numbers[o], status, paid, *map(cents, amounts)) for o, status, paid, *amounts in orders],
            "lines": [(numbers[o], n, p, u, *map(cents, row[:4]), *row[4:]) for o, n, p, u, *row in lines],
            "stock": rows("SELECT product_id, on_hand, reserved FROM inventory ORDER BY product_id").fetchall(),
            "coupons": rows("SELECT coupon_code, times_used FROM coupons ORDER BY coupon_code").fetchall(),
            "events": [(numbers[o], action, details_of(text)) for o, action, text in events],
        }


def money(amount_in_cents):
    return Decimal(amount_in_cents) / 100


def cents(amount):
    return int(amount * 100)


def as_json(key, items):
    return None if items is None else json.dumps([{key: item, "quantity": units} for item, units in items])


def details_of(text):
    """An event's details in the model's words."""
    details = json.loads(text, parse_float=Decimal)
    told = {key: cents(value) if key in MONEY else value for key, value in details.items() if key not in UNTOLD}
    if "items" in told:
        told["items"] = [(item["line_no"], item["quantity"]) for item in told["items"]]
    return told
