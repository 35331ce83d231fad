"""The books of a store as plain rows, and what every report means by a day, a sale and a credit.

Nothing is computed in SQL here: each table is read column by column, the rest is Python.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import namedtuple_row

from tests.analytics.exact import ratio, rounded

READ = {
    "settings": "SELECT time_zone, currency_decimals FROM store_settings",
    "customers": "SELECT customer_id, email, first_name, last_name, is_vip FROM customers",
    "categories": "SELECT category_id, name, parent_id FROM categories",
    "products": """
        SELECT product_id, sku, name, category_id, style_id, is_active, on_hand, reserved, reorder_point,
            reorder_quantity, lead_time_days
        FROM products JOIN inventory USING (product_id)""",
    "styles": "SELECT style_id, name FROM styles",
    "adjustments": "SELECT product_id, quantity, reason, created_at FROM stock_adjustments",
    "coupons": "SELECT coupon_code FROM coupons",
    "orders": """
        SELECT order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
            shipping_tax_class, shipping_tax_rate, shipping_tax, tax, coupon_code, ship_to_country,
            ship_to_region, created_at, paid_at, released_at, written_off_at
        FROM orders""",
    "lines": """
        SELECT order_id, line_no, product_id, product_name, unit_price, unit_cost, tax_class, tax_rate, quantity,
            discount, tax, shipped_quantity, cancelled_quantity, returned_quantity
        FROM order_items""",
    "credits": """
        SELECT order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, created_at
        FROM credits""",
    "payments": "SELECT order_id, kind, amount, provider, occurred_at FROM payments",
    "shipments": """
        SELECT shipment_id, order_id, shipped_at, delivered_at, delivery_net, delivery_tax
        FROM shipments""",
    "parcel_items": "SELECT shipment_id, line_no, quantity, net, tax FROM shipment_items",
    "returns": "SELECT order_id, line_no, shipment_id, quantity, restocked FROM returns",
    "documents": """
        SELECT document_id, kind, order_id, shipment_id, credit_no, issued_at, issued_on,
            country_code, region_code
        FROM documents""",
}


class DocumentLine(NamedTuple):
    """A line of an invoice, or, negative, of a credit note; line_no None is the delivery."""

    document_id: int
    line_no: int | None
    quantity: int | None
    net: Decimal
    tax: Decimal
    description: str
    tax_class: str
    tax_rate: Decimal


@dataclass(frozen=True)
class Books:
    """All rows of a store, read at one moment, and the instant the reports take for now."""

    now: datetime
    settings: list
    customers: list
    categories: list
    products: list
    styles: list
    adjustments: list
    coupons: list
    orders: list
    lines: list
    credits: list
    payments: list
    shipments: list
    parcel_items: list
    returns: list
    documents: list

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

    def instant(self, wall_clock: datetime) -> datetime:
        """When the clock on the store's wall shows that, as PostgreSQL reads it.

        What is shown twice is the later time; what is skipped is read by the clock before the skip.
        """
        local = wall_clock.replace(tzinfo=ZoneInfo(self.settings[0].time_zone))
        return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))

    def is_within(self, instant: datetime, days: int) -> bool:
        """Whether that was after the store's same wall clock so many days ago, and not after now."""
        since = self.wall_clock(self.now).replace(tzinfo=None) - timedelta(days=days)
        return self.instant(since) < instant <= self.now

    def money(self, amount):
        """An amount as a report shows it: to the currency's last decimal."""
        return rounded(amount, self.settings[0].currency_decimals)

    def average(self, amount, count):
        """An amount for each of so many, None where there are none."""
        return ratio(amount, count, self.settings[0].currency_decimals)

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
        orders_of: dict = {}
        for order in self.counted:
            orders_of.setdefault(order.customer_id, []).append(order)
        return orders_of

    @cached_property
    def sold(self) -> list:
        """(order, line) of every line that counts."""
        return [(self.by_id[line.order_id], line) for line in self.lines if line.order_id in self.by_id]

    @cached_property
    def credited(self) -> list:
        """(order, credit) of all that orders that count are worth less since they were placed."""
        return [(self.by_id[credit.order_id], credit) for credit in self.credits if credit.order_id in self.by_id]

    @cached_property
    def line_credits(self) -> dict:
        """The credits of each line, by (order_id, line_no); lines without are not in it."""
        line_credits: dict = {}
        for _, credit in self.credited:
            line_credits.setdefault((credit.order_id, credit.line_no), []).append(credit)
        return line_credits

    @cached_property
    def document_lines(self) -> list:
        """What each document is about: a parcel with its delivery, or a credit event on what had left."""
        orders = {order.order_id: order for order in self.orders}
        lines = {(line.order_id, line.line_no): line for line in self.lines}
        parcels = {parcel.shipment_id: parcel for parcel in self.shipments}
        documented = []
        for document in self.documents:
            order = orders[document.order_id]
            if document.kind == "invoice":
                parcel = parcels[document.shipment_id]
                parts = [
                    (item.line_no, item.quantity, item.net, item.tax)
                    for item in self.parcel_items
                    if item.shipment_id == parcel.shipment_id
                ]
                if parcel.delivery_net or parcel.delivery_tax:
                    parts.append((None, None, parcel.delivery_net, parcel.delivery_tax))
            else:
                parts = [
                    (credit.line_no, credit.quantity, -credit.net, -credit.tax)
                    for credit in self.credits
                    if (credit.order_id, credit.credit_no) == (document.order_id, document.credit_no)
                    and credit.is_supplied
                ]
            for line_no, *part in parts:
                line = lines.get((order.order_id, line_no))
                taxed = (
                    (line.product_name, line.tax_class, line.tax_rate) if line
                    else ("Delivery", order.shipping_tax_class, order.shipping_tax_rate)
                )  # fmt: skip
                documented.append(DocumentLine(document.document_id, line_no, *part, *taxed))
        return documented

    def net_revenue(self, order, line):
        """What a line is worth by now: its net value less what was credited on it."""
        given_back = self.line_credits.get((line.order_id, line.line_no), [])
        return net(order, line) - sum(credit.net for credit in given_back)

    @cached_property
    def months(self) -> list:
        """Every month from the first to the last with an order that counts or a credit."""
        return months_between(
            self.month(row.created_at) for row in self.counted + [credit for _, credit in self.credited]
        )


def in_utc(row):
    """The row with its instants in UTC, whatever the session's zone."""
    return row._make(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def total(order):
    """What an order was worth when it was placed."""
    tax_on_top = 0 if order.prices_include_tax else order.tax
    return order.subtotal - order.discount + order.shipping_fee + tax_on_top


def net(order, line):
    """What a line is worth to the store: no discount and no tax in it."""
    line_total = line.quantity * line.unit_price - line.discount
    return line_total - line.tax if order.prices_include_tax else line_total


def net_fee(order):
    """What the delivery is worth to the store."""
    return order.shipping_fee - order.shipping_tax if order.prices_include_tax else order.shipping_fee


def units_sold(line):
    """Units ordered that were not cancelled since."""
    return line.quantity - line.cancelled_quantity


def amount(credit):
    """What a credit takes off an order, tax and all."""
    return credit.net + credit.tax


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
