"""Small stores made up from a seed: valid to every constraint, and full of the cases that go wrong.

Prices, amounts and instants come from short lists, so that ties, zero totals, the same instant
twice, the edges of months and the hours around a change of clocks turn up all the time.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from tests.analytics.exact import rounded

ZONES = ["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Sydney"]
PRICES = [Decimal(price) for price in ("0.00", "5.00", "5.00", "9.99", "10.00", "19.99", "33.33")]
RATES = [Decimal(rate) for rate in ("0", "0.05", "0.077", "0.2")]
# In one of the zones each: a month begins, clocks go forward, clocks go back.
EDGES = [
    datetime(2024, 1, 1, 5, tzinfo=UTC),
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 3, 31, 13, tzinfo=UTC),
    datetime(2024, 4, 6, 16, tzinfo=UTC),
    datetime(2024, 4, 30, 18, 30, tzinfo=UTC),
    datetime(2024, 5, 1, 4, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2024, 11, 3, 6, tzinfo=UTC),
]
STATUSES = ["pending", "paid", "shipped", "delivered", "delivered", "refunded", "cancelled"]
COUPONS = {
    "TENTH": ("percent", Decimal(10)),
    "SEVEN": ("fixed", Decimal("7.00")),
    "ALL": ("percent", Decimal(100)),
}
COLUMNS = {
    "customers": "customer_id, email, created_at",
    "categories": "category_id, name, parent_id",
    "products": "product_id, sku, name, category_id, price, cost",
    "coupons": "coupon_code, kind, value, valid_from",
    "orders": """order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
        shipping_tax_rate, shipping_tax, tax, paid_amount, refunded_amount, coupon_code,
        ship_to_country, created_at, cancelled_at""",
    "order_items": """order_id, line_no, product_id, sku, product_name, unit_price, unit_cost,
        tax_rate, quantity, discount, tax, shipped_quantity, cancelled_quantity, returned_quantity""",
    "payments": "order_id, kind, amount, provider, provider_reference, created_at",
    "shipments": "shipment_id, order_id, carrier, shipped_at, delivered_at",
    "shipment_items": "shipment_id, order_id, line_no, quantity",
    "returns": "order_id, line_no, quantity, restocked, created_at",
}


@dataclass
class RandomStore:
    """The rows of a made-up store, table by table, and the instant its reports take for now."""

    seed: int
    rows: dict = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def __post_init__(self):
        self.random = Random(self.seed)
        self.zone = ZONES[self.seed % len(ZONES)]
        self.country = self.random.choice(["US", "GB"])
        self.first_instant = EDGES[0] - timedelta(days=self.random.randrange(40))
        self.days = self.random.choice([1, 40, 130, 460])
        self.now = self.first_instant + timedelta(
            days=self.days + self.random.choice([-30, 0, 3, 200]), hours=self.random.randrange(24)
        )
        self.make_catalogue()
        for order_id in range(1, self.random.choice([1, 5, 25, 60, 120]) + 1):
            self.make_order(order_id)

    def insert_into(self, connection):
        """Write it into an empty store, as its owner."""
        connection.execute(
            "UPDATE store_settings SET time_zone = %s, country_code = %s", [self.zone, self.country]
        )
        with connection.cursor() as cursor:
            for table, rows in self.rows.items():
                values = ", ".join(["%s"] * len(COLUMNS[table].split(",")))
                cursor.executemany(
                    f"INSERT INTO {table} ({COLUMNS[table]}) OVERRIDING SYSTEM VALUE VALUES ({values})",
                    rows,
                )

    def make_catalogue(self):
        """Customers and coupons, and products in a tree of up to eight categories."""
        for customer in range(1, self.random.randint(1, 14) + 1):
            self.add("customers", customer, f"{customer}@store.example", self.first_instant)
        for category in range(1, self.random.randint(0, 8) + 1):
            parent = self.random.choice([None, *range(1, category)])
            name = "Sale" if parent == category - 1 else f"Group {category}"
            self.add("categories", category, name, parent)
        for product in range(1, self.random.randint(1, 12) + 1):
            category = self.random.choice([None, *(row[0] for row in self.rows["categories"])])
            cost = self.random.choice([None, Decimal("1.50"), Decimal("4.00"), Decimal("4.00")])
            price = self.random.choice(PRICES)
            self.add("products", product, f"P{product}", f"Product {product}", category, price, cost)
        for code, (kind, value) in COUPONS.items():
            self.add("coupons", code, kind, value, self.first_instant)

    def make_order(self, order_id):
        """An order in any state, with its lines, parcels, returns and payments."""
        created_at = self.instant()
        status = self.random.choice(STATUSES)
        included = self.random.choice([True, False])
        coupon = self.random.choice([None, None, *COUPONS])
        lines, subtotal, discount = self.priced_lines(coupon, included)
        fee = Decimal(self.random.choice(["0.00", "0.00", "4.50"]))
        shipping_rate = self.random.choice(RATES)
        shipping_tax = tax_of(fee, shipping_rate, included)
        tax = sum(line["tax"] for line in lines) + shipping_tax
        total = subtotal - discount + fee + (0 if included else tax)
        paid, refunded = self.pay(order_id, status, total, created_at)
        self.add(
            "orders", order_id, self.random.choice(self.rows["customers"])[0], status, included,
            subtotal, discount, fee, shipping_rate, shipping_tax, tax, paid, refunded, coupon,
            self.random.choice([None, "US", "GB", "GB"]), created_at,
            created_at if status == "cancelled" else None,
        )
        self.send(order_id, status, lines, created_at)

    def instant(self):
        """When something happens: often on an edge, on a few weekdays, or anywhere."""
        near_edge = timedelta(seconds=self.random.choice([-3600, -1, 0, 0, 1800, 3600]))
        weeks = timedelta(weeks=self.random.randint(0, self.days // 7), hours=self.random.choice([0, 4]))
        anywhere = timedelta(seconds=self.random.randrange(self.days * 86400))
        return self.random.choice(
            [
                self.random.choice(EDGES) + near_edge,
                self.first_instant + weeks,
                self.first_instant + anywhere,
            ]
        )

    def priced_lines(self, coupon, included):
        """Lines with the discount spread over them, the subtotal, the discount."""
        lines = []
        for _ in range(self.random.randint(1, 4)):
            product = self.random.choice(self.rows["products"])
            quantity = self.random.randint(1, 4)
            lines.append({"product": product, "quantity": quantity, "rate": self.random.choice(RATES)})
        subtotal = sum(line["quantity"] * line["product"][4] for line in lines)
        discount = Decimal("0.00")
        if coupon:
            kind, value = COUPONS[coupon]
            discount = rounded(subtotal * value / 100) if kind == "percent" else min(value, subtotal)
        before = share_before = Decimal("0.00")
        for line in lines:
            before += line["quantity"] * line["product"][4]
            share = rounded(Fraction(discount) * Fraction(before) / Fraction(subtotal or 1))
            line["discount"], share_before = share - share_before, share
            line_total = line["quantity"] * line["product"][4] - line["discount"]
            line["tax"] = tax_of(line_total, line["rate"], included)
        return lines, subtotal, discount

    def pay(self, order_id, status, total, created_at):
        """Charges and what went back of them; returns both sums."""
        charged = total
        if status in ("pending", "cancelled"):
            charged = self.random.choice([0, rounded(total / 2), total])
        elif self.random.random() < 0.1:
            charged = total + 1
        if not charged:
            return 0, 0
        later = created_at + timedelta(seconds=self.random.randrange(86400))
        self.add("payments", order_id, "charge", charged, "card", f"charge {order_id}", later)
        refunded = 0
        for kind in ("refund", "chargeback"):
            part = charged if status == "refunded" else self.random.choice([0, 0, 0, rounded(charged / 3)])
            part = min(part, charged - refunded)
            if part:
                later += timedelta(days=self.random.choice([0, 20, 70]))
                self.add("payments", order_id, kind, part, "card", f"{kind} {order_id}", later)
                refunded += part
        return charged, refunded

    def send(self, order_id, status, lines, created_at):
        """The order's lines, in up to two parcels, and what came back of them."""
        parcels = {"paid": [0, 1], "shipped": [1, 2], "delivered": [1, 2], "refunded": [1, 2]}
        shipped_at = created_at
        left = [line["quantity"] for line in lines]
        sent = [[] for _ in range(self.random.choice(parcels.get(status, [0])))]
        for parcel in sent:
            shipped_at += timedelta(seconds=self.random.randrange(200000))
            delivered_at = shipped_at + timedelta(days=2) if status in ("delivered", "refunded") else None
            parcel[:] = [self.random.randint(0, quantity) for quantity in left]
            left = [quantity - units for quantity, units in zip(left, parcel, strict=True)]
            shipment_id = len(self.rows["shipments"]) + 1
            self.add("shipments", shipment_id, order_id, "Post", shipped_at, delivered_at)
            for line_no, units in enumerate(parcel, start=1):
                if units:
                    self.add("shipment_items", shipment_id, order_id, line_no, units)
        for line_no, line in enumerate(lines, start=1):
            product_id, sku, name, _, price, cost = line["product"]
            shipped = sum(parcel[line_no - 1] for parcel in sent)
            cancelled = self.random.choice([0, 0, left[line_no - 1]]) if sent else 0
            returned = self.random.choice([0, 0, self.random.randint(0, shipped)])
            self.add(
                "order_items", order_id, line_no, product_id, sku, name, price, cost, line["rate"],
                line["quantity"], line["discount"], line["tax"], shipped, cancelled, returned,
            )
            if returned:
                back_at = shipped_at + timedelta(days=self.random.choice([3, 40]))
                self.add("returns", order_id, line_no, returned, self.random.random() < 0.5, back_at)

    def add(self, table, *values):
        """Add a row."""
        self.rows[table].append(values)


def tax_of(amount, rate, included):
    """The tax in an amount, or on top of it."""
    return amount - rounded(Fraction(amount) / (1 + Fraction(rate))) if included else rounded(amount * rate)
