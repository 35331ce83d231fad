"""Small stores made up from a seed: valid to every constraint, and full of the cases that go wrong.

Prices, amounts and instants come from short lists, so that ties, zero totals, the same instant
twice, the edges of months and the hours around a change of clocks turn up all the time.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.analytics.exact import rounded
from tests.analytics.random_order import RandomOrder
from tests.analytics.store_rows import StoreRows

# In Havana the clocks change at midnight: a day begins at one, another has its first hour twice.
ZONES = ["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "America/Havana"]
PRICES = [Decimal(price) for price in ("0.00", "5.00", "5.00", "9.99", "10.00", "19.99", "33.33")]
RATES = [Decimal(rate) for rate in ("0", "0.05", "0.077", "0.2")]
CLASSES = ["standard", "reduced", "zero"]
PLACES = [("US", "NY"), ("US", "CA"), ("GB", ""), ("GB", "")]
CURRENCIES = ["USD", "USD", "JPY"]
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
SELLER = '{"name": "A Store", "line1": "1 High Street", "city": "Town", "country_code": "US"}'
BUYER = '{"recipient": "A Buyer"}'
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
    is_active: bool
    style_id: int | None
    options: str


class RandomStore:
    """The rows of a made-up store, and the instant its reports take for now."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.pick = self.random.choice
        self.rows = StoreRows()
        self.zone = ZONES[seed % len(ZONES)]
        self.currency = CURRENCIES[seed % len(CURRENCIES)]
        self.decimals = 0 if self.currency == "JPY" else 2
        self.country, self.region = self.pick(PLACES)
        self.delivery_is_given_back = self.pick([True, True, False])
        self.first_instant = EDGES[0] - timedelta(days=self.random.randrange(40))
        self.days = self.pick([1, 40, 130, 460])
        self.now = self.pick(
            [
                self.first_instant + timedelta(days=self.days, hours=self.random.randrange(24)),
                self.first_instant + timedelta(days=self.pick([-30, 90, 180, 700])),
                self.pick(EDGES),
            ]
        )
        self.make_catalogue(Random(f"styles of {seed}"))
        self.on_shelf = dict.fromkeys((row[0] for row in self.rows["products"]), 0)
        self.reserved = dict(self.on_shelf)
        for order_id in range(1, self.pick([1, 5, 25, 60, 120]) + 1):
            self.make_order(order_id)
        self.issue_documents(Random(f"documents of {seed}"))
        self.stock: list = []
        for product_id in self.on_shelf:
            self.fill_shelf(product_id)

    def insert_into(self, connection):
        """Write it into an empty store, as its owner."""
        connection.execute(
            """UPDATE store_settings SET time_zone = %s, currency = %s, country_code = %s,
                region_code = %s""",
            [self.zone, self.currency, self.country, self.region],
        )
        self.rows.insert_into(connection)
        with connection.cursor() as cursor:
            cursor.executemany(
                """UPDATE inventory SET on_hand = %s, reserved = %s, reorder_point = %s,
                    reorder_quantity = %s, lead_time_days = %s
                WHERE product_id = %s""",
                self.stock,
            )
        # What is rolled back leaves statistics of nothing, and plans made for nothing.
        connection.execute(f"ANALYZE {', '.join(self.rows.tables)}")

    def money(self, amount):
        """An amount in the store's currency: what is 9.99 elsewhere is 999 yen."""
        amount = Decimal(amount)
        return amount if self.decimals else amount * 100 // 1

    def make_catalogue(self, random):
        """Customers and coupons, and products in a tree of up to eight categories, some of up to three styles."""
        for customer in range(1, self.random.randint(1, 14) + 1):
            self.rows.add("customers", customer, f"{customer}@store.example", self.first_instant)
        for category in range(1, self.random.randint(0, 8) + 1):
            parent = self.pick([None, *range(1, category)])
            name = "Sale" if parent == category - 1 else f"Group {category}"
            self.rows.add("categories", category, name, parent)
        categories = [None, *(row[0] for row in self.rows["categories"])]
        styles = [None, *range(1, random.randint(0, 3) + 1)]
        for style in styles[1:]:
            self.rows.add(
                "styles", style, random.choice(["Shirt", f"Style {style}"]), random.choice(categories), ["Size"]
            )
        costs = [None, *map(self.money, ("1.50", "4.00", "4.00"))]
        for number in range(1, self.random.randint(1, 12) + 1):
            details = self.pick(categories), self.money(self.pick(PRICES)), self.pick(costs)
            is_active = self.random.random() < 0.9
            style = random.choice(styles)
            options = f'{{"Size": "{number}"}}' if style else "{}"
            product = Product(number, f"P{number}", f"Product {number}", *details, is_active, style, options)
            self.rows.add("products", *product)
        for code, (kind, value) in COUPONS.items():
            value = value if kind == "percent" else self.money(value)
            self.rows.add("coupons", code, kind, value, self.first_instant.date())

    def make_order(self, order_id):
        """An order that lived through a few events, with its lines, parcels, credits and payments."""
        created_at = self.instant()
        included = self.pick([True, False])
        coupon = self.pick([None, None, *COUPONS])
        lines, subtotal, discount = self.priced_lines(coupon, included)
        fee = self.money(self.pick(["0.00", "0.00", "4.50"]))
        shipping_rate = self.pick(RATES)
        shipping_tax = self.tax_of(fee, shipping_rate, included)
        tax = sum(line["tax"] for line in lines) + shipping_tax
        order = RandomOrder(
            self.random,
            self.decimals,
            created_at,
            [line["quantity"] for line in lines],
            [worth_of(line["price"] - line["discount"], line["tax"], included) for line in lines],
            worth_of(fee, shipping_tax, included),
            self.delivery_is_given_back,
        )
        order.live(EDGES)
        self.rows.add(
            "orders",
            order_id,
            self.pick(self.rows["customers"])[0],
            order.status,
            included,
            self.decimals,
            subtotal,
            discount,
            fee,
            self.pick(CLASSES),
            shipping_rate,
            shipping_tax,
            tax,
            order.moved("charge"),
            order.moved("refund", "reversal"),
            order.moved("chargeback"),
            order.credited(),
            coupon,
            *self.pick(PLACES),
            created_at,
            order.paid_at,
            order.released_at,
            order.written_off_at,
            order.cancelled_at,
            "a regular" if order.released_at else None,
            "gone bankrupt" if order.written_off_at else None,
            "changed their mind" if order.cancelled_at else None,
        )
        for line, part in zip(lines, order.lines, strict=True):
            product = line["product"]
            self.rows.add(
                "order_items",
                order_id,
                part.line_no,
                product.product_id,
                product.sku,
                product.name,
                product.price,
                self.pick([product.cost, product.cost, None]),
                line["class"],
                line["rate"],
                line["quantity"],
                line["discount"],
                line["tax"],
                part.shipped,
                part.cancelled,
                part.returned,
            )
            self.on_shelf[product.product_id] += part.shipped
            self.reserved[product.product_id] += part.open_units
        self.write_ledgers(order_id, order, lines)

    def write_ledgers(self, order_id, order, lines):
        """What happened to an order, as rows."""
        for parcel in order.parcels:
            parcel.shipment_id = len(self.rows["shipments"]) + 1
            self.rows.add(
                "shipments",
                parcel.shipment_id,
                order_id,
                "Post",
                parcel.shipped_at,
                parcel.delivered_at,
                *parcel.delivery,
            )
            for line_no, units in parcel.units.items():
                worth = parcel.worth[line_no]
                self.rows.add("shipment_items", parcel.shipment_id, order_id, line_no, units, *worth)
        for line_no, parcel, units, restocked, created_at in order.returns:
            shipment_id = parcel and parcel.shipment_id
            self.rows.add("returns", order_id, line_no, shipment_id, units, restocked, created_at)
            self.on_shelf[lines[line_no - 1]["product"].product_id] -= units if restocked else 0
        for credit in order.credits:
            self.rows.add("credits", order_id, *credit)
        first_id = len(self.rows["payments"]) + 1
        for number, (kind, amount, occurred_at, created_at, of_payment) in enumerate(order.payments):
            of_payment_id = None if of_payment is None else first_id + of_payment
            provider = self.pick(["card", "bank"])
            if kind == "reversal":
                provider = self.rows["payments"][of_payment_id - 1][4]
            reference = None if kind == "reversal" else f"{order_id}-{number}"
            self.rows.add(
                "payments",
                first_id + number,
                order_id,
                kind,
                amount,
                provider,
                reference,
                of_payment_id,
                occurred_at,
                created_at,
            )

    def issue_documents(self, random):
        """For the orders since an instant: as a parcel leaves or a credit is granted, or a while later."""
        issued_from = random.choice([self.first_instant, self.first_instant, self.instant()])
        placed = {row[0]: (row[17], row[18], row[19]) for row in self.rows["orders"]}
        due = {(parcel[3], 0, parcel[1], parcel[0], None) for parcel in self.rows["shipments"]}
        due |= {(credit[8], 1, credit[0], None, credit[1]) for credit in self.rows["credits"] if credit[7]}
        issued_at, numbers = self.first_instant, {"invoice": 0, "credit_note": 0}
        for happened_at, is_note, order_id, shipment_id, credit_no in sorted(due, key=lambda row: row[:3]):
            *place, created_at = placed[order_id]
            if created_at < issued_from:
                continue
            issued_at = max(issued_at, happened_at + timedelta(hours=random.choice([0, 0, 0, 1, 24, 960])))
            issued_on = issued_at.astimezone(ZoneInfo(self.zone)).date()
            kind = "credit_note" if is_note else "invoice"
            numbers[kind] += 1
            self.rows.add(
                "documents",
                sum(numbers.values()),
                kind,
                kind.upper(),
                numbers[kind],
                order_id,
                shipment_id,
                credit_no,
                issued_at,
                issued_on,
                *place,
                SELLER,
                BUYER,
                issued_on + timedelta(days=3652),
            )

    def fill_shelf(self, product_id):
        """What came in, now and then, so that as much left as did and a little is still there."""
        on_hand = self.reserved[product_id] + self.pick([0, 0, 3, 40, 2000])
        came = self.on_shelf[product_id] + on_hand
        lost = self.pick([0, 0, 1])
        for quantity in (came // 2, came - came // 2 + lost, -lost):
            reason = self.pick(["receipt", "count"]) if quantity > 0 else "count"
            days = timedelta(days=self.pick([-1, 0, 1, 20, 29, 30, 31, 179, 180, 400]))
            at = self.pick([self.now - days, self.first_instant, self.instant()])
            if quantity:
                self.rows.add("stock_adjustments", product_id, quantity, reason, at)
        self.stock.append(
            (
                on_hand,
                self.reserved[product_id],
                self.pick([0, 5]),
                self.pick([0, 20]),
                self.pick([0, 7, 40]),
                product_id,
            )
        )

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
            lines.append(
                {
                    "product": product,
                    "quantity": quantity,
                    "price": quantity * product.price,
                    "class": self.pick(CLASSES),
                    "rate": self.pick(RATES),
                }
            )
        subtotal = sum(line["price"] for line in lines)
        discount = Decimal(0)
        if coupon:
            kind, value = COUPONS[coupon]
            discount = min(self.money(value), subtotal)
            if kind == "percent":
                discount = rounded(Fraction(subtotal) * Fraction(value) / 100, self.decimals)
        before = share_before = Decimal(0)
        for line in lines:
            before += line["price"]
            exact_share = Fraction(discount) * Fraction(before) / Fraction(subtotal or 1)
            share = rounded(exact_share, self.decimals)
            line["discount"], share_before = share - share_before, share
            line["tax"] = self.tax_of(line["price"] - line["discount"], line["rate"], included)
        return lines, subtotal, discount

    def tax_of(self, amount, rate, included):
        """The tax in an amount, or on top of it."""
        if included:
            return amount - rounded(Fraction(amount) / (1 + Fraction(rate)), self.decimals)
        return rounded(Fraction(amount) * Fraction(rate), self.decimals)


def worth_of(amount, tax, included):
    """Net and tax of what is sold at that price."""
    return (amount - tax if included else amount), tax
