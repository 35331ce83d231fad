"""Small stores made up from a seed: valid to every constraint, and full of the cases that go wrong.

Prices, amounts and instants come from short lists, so that ties, zero totals, the same instant
twice, the edges of months and the hours around a change of clocks turn up all the time.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import NamedTuple

from tests.analytics.exact import rounded
from tests.analytics.store_rows import StoreRows

# In Havana the clocks change at midnight: a day begins at one, another has its first hour twice.
ZONES = ["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "America/Havana"]
PRICES = [Decimal(price) for price in ("0.00", "5.00", "5.00", "9.99", "10.00", "19.99", "33.33")]
RATES = [Decimal(rate) for rate in ("0", "0.05", "0.077", "0.2")]
# In one of the zones each: a month begins, clocks go forward, clocks go back.
EDGES = [
    datetime(2024, 1, 1, 5, tzinfo=UTC),
    datetime(2024, 3, 10, 5, tzinfo=UTC),
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 3, 31, 13, tzinfo=UTC),
    datetime(2024, 4, 6, 16, tzinfo=UTC),
    datetime(2024, 4, 30, 18, 30, tzinfo=UTC),
    datetime(2024, 4, 30, 23, tzinfo=UTC),
    datetime(2024, 5, 1, 4, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2024, 11, 3, 5, tzinfo=UTC),
    datetime(2024, 11, 3, 6, tzinfo=UTC),
]
STATUSES = ["pending", "paid", "shipped", "delivered", "delivered", "refunded", "cancelled"]
COUPONS = {
    "TENTH": ("percent", Decimal(10)),
    "SEVEN": ("fixed", Decimal("7.00")),
    "ALL": ("percent", Decimal(100)),
}


class Product(NamedTuple):
    """A row of products."""

    product_id: int
    sku: str
    name: str
    category_id: int | None
    price: Decimal
    cost: Decimal | None


class RandomStore:
    """The rows of a made-up store, and the instant its reports take for now."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.pick = self.random.choice
        self.rows = StoreRows()
        self.zone = ZONES[seed % len(ZONES)]
        self.country = self.pick(["US", "GB"])
        self.first_instant = EDGES[0] - timedelta(days=self.random.randrange(40))
        self.days = self.pick([1, 40, 130, 460])
        self.now = self.pick(
            [
                self.first_instant + timedelta(days=self.days, hours=self.random.randrange(24)),
                self.first_instant + timedelta(days=self.pick([-30, 90, 180, 700])),
                self.pick(EDGES),
            ]
        )
        self.make_catalogue()
        for order_id in range(1, self.pick([1, 5, 25, 60, 120]) + 1):
            self.make_order(order_id)

    def insert_into(self, connection):
        """Write it into an empty store, as its owner."""
        connection.execute(
            "UPDATE store_settings SET time_zone = %s, country_code = %s", [self.zone, self.country]
        )
        self.rows.insert_into(connection)

    def make_catalogue(self):
        """Customers and coupons, and products in a tree of up to eight categories."""
        for customer in range(1, self.random.randint(1, 14) + 1):
            self.rows.add("customers", customer, f"{customer}@store.example", self.first_instant)
        for category in range(1, self.random.randint(0, 8) + 1):
            parent = self.pick([None, *range(1, category)])
            name = "Sale" if parent == category - 1 else f"Group {category}"
            self.rows.add("categories", category, name, parent)
        categories = [None, *(row[0] for row in self.rows["categories"])]
        costs = [None, Decimal("1.50"), Decimal("4.00"), Decimal("4.00")]
        for number in range(1, self.random.randint(1, 12) + 1):
            details = self.pick(categories), self.pick(PRICES), self.pick(costs)
            self.rows.add("products", *Product(number, f"P{number}", f"Product {number}", *details))
        for code, (kind, value) in COUPONS.items():
            self.rows.add("coupons", code, kind, value, self.first_instant)

    def make_order(self, order_id):
        """An order in any state, with its lines, parcels, returns and payments."""
        created_at = self.instant()
        status = self.pick(STATUSES)
        included = self.pick([True, False])
        coupon = self.pick([None, None, *COUPONS])
        lines, subtotal, discount = self.priced_lines(coupon, included)
        fee = Decimal(self.pick(["0.00", "0.00", "4.50"]))
        shipping_rate = self.pick(RATES)
        shipping_tax = tax_of(fee, shipping_rate, included)
        tax = sum(line["tax"] for line in lines) + shipping_tax
        total = subtotal - discount + fee + (0 if included else tax)
        paid, refunded = self.pay(order_id, status, total, created_at)
        self.rows.add(
            "orders", order_id, self.pick(self.rows["customers"])[0], status, included,
            subtotal, discount, fee, shipping_rate, shipping_tax, tax, paid, refunded, coupon,
            self.pick([None, "US", "GB", "GB"]), created_at,
            created_at if status == "cancelled" else None,
        )
        self.send(order_id, status, lines, created_at)

    def instant(self):
        """When something happens: on an edge, the same weekday, 90 days later, or anywhere."""
        near_edge = timedelta(seconds=self.pick([-3600, -1, 0, 0, 1800, 3600]))
        weeks = timedelta(weeks=self.random.randint(0, self.days // 7), hours=self.pick([0, 4]))
        quarters = self.pick([90, 91]) * timedelta(days=self.random.randint(0, self.days // 90))
        anywhere = timedelta(seconds=self.random.randrange(self.days * 86400))
        return self.pick(
            [
                self.pick(EDGES) + near_edge,
                self.first_instant + weeks,
                self.first_instant + quarters,
                self.first_instant + anywhere,
            ]
        )

    def priced_lines(self, coupon, included):
        """Lines with the discount spread over them, the subtotal, the discount."""
        lines = []
        for _ in range(self.random.randint(1, 4)):
            product = Product(*self.pick(self.rows["products"]))
            quantity = self.random.randint(1, 4)
            price = quantity * product.price
            lines.append(
                {"product": product, "quantity": quantity, "price": price, "rate": self.pick(RATES)}
            )
        subtotal = sum(line["price"] for line in lines)
        discount = Decimal("0.00")
        if coupon:
            kind, value = COUPONS[coupon]
            discount = rounded(subtotal * value / 100) if kind == "percent" else min(value, subtotal)
        before = share_before = Decimal("0.00")
        for line in lines:
            before += line["price"]
            share = rounded(Fraction(discount) * Fraction(before) / Fraction(subtotal or 1))
            line["discount"], share_before = share - share_before, share
            line["tax"] = tax_of(line["price"] - line["discount"], line["rate"], included)
        return lines, subtotal, discount

    def pay(self, order_id, status, total, created_at):
        """Charges and what went back of them; returns both sums."""
        charged = total
        if status in ("pending", "cancelled"):
            charged = self.pick([0, rounded(total / 2), total])
        elif self.random.random() < 0.1:
            charged = total + 1
        if not charged:
            return 0, 0
        later = created_at + timedelta(seconds=self.random.randrange(86400))
        self.rows.add("payments", order_id, "charge", charged, "card", f"charge {order_id}", later)
        refunded = 0
        for kind in ("refund", "chargeback"):
            part = charged if status == "refunded" else self.pick([0, 0, 0, rounded(charged / 3)])
            part = min(part, charged - refunded)
            if part:
                edges = [edge for edge in EDGES if edge > later]
                later += timedelta(days=self.pick([0, 20, 70]))
                later = self.pick([later, *edges[:1]])
                self.rows.add("payments", order_id, kind, part, "card", f"{kind} {order_id}", later)
                refunded += part
        return charged, refunded

    def send(self, order_id, status, lines, created_at):
        """The order's lines, in up to two parcels, and what came back of them."""
        parcels = {"paid": [0, 1], "shipped": [1, 2], "delivered": [1, 2], "refunded": [1, 2]}
        shipped_at = created_at
        left = [line["quantity"] for line in lines]
        sent = [[] for _ in range(self.pick(parcels.get(status, [0])))]
        for parcel in sent:
            shipped_at += timedelta(seconds=self.random.randrange(200000))
            delivered_at = shipped_at + timedelta(days=2) if status in ("delivered", "refunded") else None
            parcel[:] = [self.random.randint(0, quantity) for quantity in left]
            left = [quantity - units for quantity, units in zip(left, parcel, strict=True)]
            shipment_id = len(self.rows["shipments"]) + 1
            self.rows.add("shipments", shipment_id, order_id, "Post", shipped_at, delivered_at)
            for line_no, units in enumerate(parcel, start=1):
                if units:
                    self.rows.add("shipment_items", shipment_id, order_id, line_no, units)
        for line_no, line in enumerate(lines, start=1):
            product = line["product"]
            shipped = sum(parcel[line_no - 1] for parcel in sent)
            cancelled = self.pick([0, 0, left[line_no - 1]]) if sent else 0
            returned = self.pick([0, 0, self.random.randint(0, shipped)])
            self.rows.add(
                "order_items", order_id, line_no, product.product_id, product.sku, product.name,
                product.price, product.cost, line["rate"], line["quantity"], line["discount"],
                line["tax"], shipped, cancelled, returned,
            )
            if returned:
                back_at = shipped_at + timedelta(days=self.pick([3, 40]))
                self.rows.add("returns", order_id, line_no, returned, self.pick([True, False]), back_at)


def tax_of(amount, rate, included):
    """The tax in an amount, or on top of it."""
    if included:
        return amount - rounded(Fraction(amount) / (1 + Fraction(rate)))
    return rounded(amount * rate)
