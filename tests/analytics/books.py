"""The books of a store as plain rows, and what every report means by a day, a sale and a refund.

Nothing is computed in SQL here: each table is read column by column, the rest is Python.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import namedtuple_row

READ = {
    "settings": "SELECT time_zone, country_code FROM store_settings",
    "customers": "SELECT customer_id FROM customers",
    "categories": "SELECT category_id, name, parent_id FROM categories",
    "products": "SELECT product_id, sku, name, category_id FROM products",
    "coupons": "SELECT coupon_code FROM coupons",
    "orders": """
        SELECT order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
            shipping_tax_rate, shipping_tax, tax, coupon_code, ship_to_country, created_at
        FROM orders""",
    "lines": """
        SELECT order_id, line_no, product_id, unit_price, unit_cost, tax_rate, quantity, discount,
            tax, returned_quantity
        FROM order_items""",
    "payments": "SELECT order_id, kind, amount, created_at FROM payments",
    "shipments": "SELECT order_id, shipped_at, delivered_at FROM shipments",
}


@dataclass(frozen=True)
class Books:
    """All rows of a store, read at one moment, and the instant the reports take for now."""

    now: datetime
    settings: list
    customers: list
    categories: list
    products: list
    coupons: list
    orders: list
    lines: list
    payments: list
    shipments: list

    @classmethod
    def of(cls, connection: psycopg.Connection, now: datetime) -> "Books":
        """Read them, instants in UTC: Python subtracts two of one zone as if clocks never changed."""
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            read = {name: cursor.execute(query).fetchall() for name, query in READ.items()}
        return cls(now, **{name: [in_utc(row) for row in rows] for name, rows in read.items()})

    def day(self, instant: datetime) -> date:
        """The store's calendar day."""
        return self.wall_clock(instant).date()

    def month(self, instant: datetime) -> date:
        """The first day of the store's month."""
        return self.day(instant).replace(day=1)

    def wall_clock(self, instant: datetime) -> datetime:
        """What the clock on the store's wall shows."""
        return instant.astimezone(ZoneInfo(self.settings[0].time_zone))

    def country(self, order) -> str:
        """Whose tax an order bears."""
        return order.ship_to_country or self.settings[0].country_code

    @cached_property
    def today(self) -> date:
        """The store's day."""
        return self.day(self.now)

    @cached_property
    def counted(self) -> list:
        """Orders that count, in the order they were placed."""
        kept = [order for order in self.orders if order.status != "cancelled"]
        return sorted(kept, key=lambda order: (order.created_at, order.order_id))

    @cached_property
    def by_id(self) -> dict:
        """Orders that count, by their number."""
        return {order.order_id: order for order in self.counted}

    @cached_property
    def orders_of(self) -> dict:
        """Each customer's orders that count, first to last; customers without are not in it."""
        orders_of = {}
        for order in self.counted:
            orders_of.setdefault(order.customer_id, []).append(order)
        return orders_of

    @cached_property
    def sold(self) -> list:
        """(order, line) of every line that counts."""
        return [(self.by_id[line.order_id], line) for line in self.lines if line.order_id in self.by_id]

    @cached_property
    def refunds(self) -> list:
        """(order, payment) of all money given or taken back on orders that count."""
        return [
            (self.by_id[payment.order_id], payment)
            for payment in self.payments
            if payment.kind != "charge" and payment.order_id in self.by_id
        ]

    @cached_property
    def months(self) -> list:
        """Every month from the first to the last with an order that counts or a refund."""
        instants = [order.created_at for order in self.counted]
        return months_between(
            self.month(instant)
            for instant in instants + [payment.created_at for _, payment in self.refunds]
        )


def in_utc(row):
    """The row with its instants in UTC, whatever the session's zone."""
    return row._make(
        value.astimezone(UTC) if isinstance(value, datetime) else value for value in row
    )


def total(order):
    """What the customer owes."""
    tax_on_top = 0 if order.prices_include_tax else order.tax
    return order.subtotal - order.discount + order.shipping_fee + tax_on_top


def net(order, line):
    """What a line is worth to the store: no discount and no tax in it."""
    line_total = line.quantity * line.unit_price - line.discount
    return line_total - line.tax if order.prices_include_tax else line_total


def month_after(month: date, count: int = 1) -> date:
    """So many calendar months later."""
    years, months = divmod(month.month - 1 + count, 12)
    return date(month.year + years, months + 1, 1)


def months_between(months) -> list[date]:
    """From the earliest of these months to the latest, none left out."""
    every = sorted(set(months))
    span = [every[0]] if every else []
    while span and span[-1] < every[-1]:
        span.append(month_after(span[-1]))
    return span


def days_between(days) -> list[date]:
    """From the earliest of these days to the latest, none left out."""
    every = sorted(set(days))
    if not every:
        return []
    return [every[0] + timedelta(days=count) for count in range((every[-1] - every[0]).days + 1)]
