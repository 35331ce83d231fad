"""The demo store's paper is held to its word: every order of it is priced and lived again by the model.

The events are the store's rows; what follows from them (shares, credits, balances, states, what the
audit trail tells) is the model's, and must be what demo/seed.sql says.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from psycopg.rows import namedtuple_row

from tests.model.order_model import Line, Order, quotient, tax_of

TABLES = [
    "orders", "order_items", "payments", "shipments", "shipment_items", "returns", "credits", "order_audit",
    "customers", "coupons", "products", "price_history", "tax_rates", "stock_adjustments", "inventory",
]  # fmt: skip
PROMISED = ["payment_id", "provider", "shipment_id", "shipment_ids", "items", "complete", "credit_no"]
FEE, FREE_FROM = 500, 10000  # what postage costs, but in February 2025
# Which of the things that happened at one instant came first.
RELEASED, LESS_WORTH, PAYMENT, PARCEL, DELIVERY, OTHER = range(6)


@pytest.fixture
def rows(seeded_store):
    """Every table of the store, row by row."""
    seeded_store.execute("SET timezone = 'UTC'")
    with seeded_store.cursor(row_factory=namedtuple_row) as cursor:
        return {table: cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}


@pytest.fixture
def books(rows):
    """What belongs to an order, by table and order."""
    books = {table: defaultdict(list) for table in TABLES}
    for table, table_rows in rows.items():
        for row in table_rows:
            books[table][getattr(row, "order_id", None)].append(row)
    return books


def day_of(instant):
    return instant.astimezone(ZoneInfo("America/New_York")).date()


def cents(amount):
    return int(amount * 100)


def money(amount):
    return Decimal(amount).scaleb(-2)


def as_items(items):
    return [{"line_no": line_no, "quantity": quantity} for line_no, quantity in items]


def placed(order, items):
    """The model's order as it was placed."""
    lines = [
        Line(
            item.product_id, item.quantity, cents(item.unit_price), item.tax_class, Fraction(item.tax_rate),
            cents(item.discount), cents(item.tax),
        )
        for item in items
    ]  # fmt: skip
    return Order(
        order.customer_id, lines, order.coupon_code, order.prices_include_tax, cents(order.shipping_fee),
        cents(order.shipping_tax),
    )  # fmt: skip


def calls(order, books):
    """What happened to an order, first to last: the instant and the model's call."""
    mine = {table: by_order[order.order_id] for table, by_order in books.items()}
    for event in mine["order_audit"]:
        if event.action == "hold_changed":
            yield event.performed_at, OTHER, lambda life: life.change_hold()
    if order.released_at:
        yield order.released_at, RELEASED, lambda life: life.release_order()
    if order.written_off_at:
        yield order.written_off_at, OTHER, lambda life: life.write_off()
    if order.cancelled_at:
        is_late = order.paid_at is None and order.expires_at < order.cancelled_at
        yield order.cancelled_at, OTHER, lambda life: life.expire() if is_late else life.cancel_order()
    for payment in mine["payments"]:
        yield payment.created_at, PAYMENT, money_call(payment)
    for number, parcel in enumerate(mine["shipments"], start=1):
        items = [
            (item.line_no, item.quantity) for item in mine["shipment_items"] if item.shipment_id == parcel.shipment_id
        ]
        yield parcel.shipped_at, PARCEL, lambda life, items=items: life.ship_order(items)
        if parcel.delivered_at:
            yield parcel.delivered_at, DELIVERY, lambda life, number=number: life.deliver_order(number)
    numbers = {parcel.shipment_id: number for number, parcel in enumerate(mine["shipments"], start=1)}
    for back in mine["returns"]:
        yield (
            back.created_at,
            LESS_WORTH,
            lambda life, back=back: life.return_items(
                [(back.line_no, back.quantity)], back.restocked, numbers[back.shipment_id]
            ),
        )
    for credit_no in {credit.credit_no for credit in mine["credits"]}:
        event = [credit for credit in mine["credits"] if credit.credit_no == credit_no]
        if event[0].kind == "allowance":
            amount = cents(sum(credit.amount for credit in event))
            yield event[0].created_at, LESS_WORTH, lambda life, amount=amount: life.grant_allowance(amount)
        if event[0].kind == "cancellation":
            items = [(credit.line_no, credit.quantity) for credit in event]
            yield event[0].created_at, LESS_WORTH, lambda life, items=items: life.cancel_order(items)


def money_call(payment):
    name = {"charge": "record_payment", "refund": "refund_order", "chargeback": "record_chargeback"}[payment.kind]
    return lambda life: getattr(life, name)(cents(payment.amount))


def lived(order, books):
    """An order's life by the model, and when each of its events was."""
    life, instants = placed(order, books["order_items"][order.order_id]), [order.created_at]
    life.tell("placed", total=life.total)
    if not life.total:
        life.status, life.was_paid = "paid", True
        life.tell("paid", total=0)
        instants.append(order.created_at)
    for instant, _, call in sorted(calls(order, books), key=lambda event: event[:2]):
        call(life)
        instants += [instant] * (len(life.events) - len(instants))
    for customer in books["customers"][None]:
        if customer.customer_id == order.customer_id and customer.erased_at:
            life.tell("erased")
            instants.append(customer.erased_at)
    return life, instants


def told_by_model(order, books):
    """All that follows from an order's events."""
    life, instants = lived(order, books)
    parcels, payments = books["shipments"][order.order_id], books["payments"][order.order_id]

    def details(told):
        as_stored = {
            "amount": lambda amount: {"amount": money(amount)},
            "total": lambda total: {"total": money(total)},
            "items": lambda items: {"items": as_items(items)},
            "parcel": lambda number: {"shipment_id": parcels[number - 1].shipment_id},
            "parcels": lambda numbers: {"shipment_ids": [parcels[number - 1].shipment_id for number in numbers]},
            "payment": lambda number: {
                "payment_id": payments[number - 1].payment_id, "provider": payments[number - 1].provider
            },
        }  # fmt: skip
        stored = {}
        for word, value in told.items():
            stored |= as_stored[word](value) if word in as_stored else {word: value}
        return stored

    events = [(instant, action, details(told)) for instant, (action, told) in zip(instants, life.events, strict=True)]
    paid_at = [instant for instant, action, _ in events if action == "paid"]
    return {
        "status": life.status,
        "payment_status": life.payment_status,
        "sums": [*map(money, (life.total, life.paid, life.refunded, life.charged_back, life.credited, life.balance))],
        "paid_at": paid_at[0] if paid_at else None,
        "units": [(line.shipped, line.cancelled, line.returned) for line in life.lines],
        "parcels": [
            {None: tuple(map(money, parcel.delivery))}
            | {number: (units, *map(money, parcel.worth[number])) for number, units in parcel.units.items()}
            for parcel in life.parcels
        ],
        "credits": {(*credit[:4], money(credit.net), money(credit.tax), credit.is_supplied) for credit in life.credits},
        "events": events,
    }


def told_by_store(order, books):
    """The same, as it stands in the rows."""
    mine = {table: by_order[order.order_id] for table, by_order in books.items()}
    return {
        "status": order.status,
        "payment_status": order.payment_status,
        "sums": [
            order.total, order.paid_amount, order.refunded_amount, order.charged_back_amount, order.credited_amount,
            order.balance,
        ],
        "paid_at": order.paid_at,
        "units": [
            (item.shipped_quantity, item.cancelled_quantity, item.returned_quantity) for item in mine["order_items"]
        ],
        "parcels": [
            {None: (parcel.delivery_net, parcel.delivery_tax)}
            | {
                item.line_no: (item.quantity, item.net, item.tax)
                for item in mine["shipment_items"]
                if item.shipment_id == parcel.shipment_id
            }
            for parcel in mine["shipments"]
        ],
        "credits": {
            (credit.credit_no, credit.line_no, credit.kind, credit.quantity, credit.net, credit.tax, credit.is_supplied)
            for credit in mine["credits"]
        },
        "events": [
            (event.performed_at, event.action, promised(event.details)) for event in mine["order_audit"]
            if event.action != "document"
        ],
    }  # fmt: skip


def promised(details):
    """What the contract promises of an event's details."""
    exact = {word: Decimal(str(details[word])) for word in ("amount", "total") if word in details}
    return {word: details[word] for word in PROMISED if word in details} | exact


def test_demo_store_is_what_the_model_makes_of_its_events(rows, books):
    differing = {}
    for order in rows["orders"]:
        model, store = told_by_model(order, books), told_by_store(order, books)
        wrong = {word: (model[word], store[word]) for word in model if model[word] != store[word]}
        if wrong:
            differing[order.order_id] = wrong
    assert differing == {}


def discount_of(coupon, subtotal):
    if coupon is None:
        return 0
    if coupon.kind == "percent":
        return quotient(subtotal * cents(coupon.value), 100 * 100)
    return min(cents(coupon.value), subtotal)


def price_of(order, books):
    """What the order's columns of prices must hold, by the catalogue of its day."""
    items = books["order_items"][order.order_id]
    day = day_of(order.created_at)

    def rate(tax_class):
        place = (order.ship_to_country, tax_class)
        rates = [
            (row.valid_from, Fraction(row.rate)) for row in books["tax_rates"][None]
            if (row.country_code, row.tax_class) == place and row.region_code in ("", order.ship_to_region)
            and row.valid_from <= day
        ]  # fmt: skip
        return max(rates, default=(None, Fraction(0)))[1]

    def price(product_id):
        history = books["price_history"][None]
        valid = [row for row in history if row.product_id == product_id and row.valid_from <= order.created_at]
        return cents(max(valid, key=lambda row: row.valid_from).price)

    subtotal = sum(price(item.product_id) * item.quantity for item in items)
    coupon = next((c for c in books["coupons"][None] if c.coupon_code == order.coupon_code), None)
    discount, reached, lines = discount_of(coupon, subtotal), 0, []
    for item in items:
        before = quotient(discount * reached, subtotal) if subtotal else 0
        gross = price(item.product_id) * item.quantity
        reached += gross
        share = quotient(discount * reached, subtotal) - before if subtotal else 0
        tax_rate = rate(item.tax_class)
        lines.append(
            (price(item.product_id), share, tax_rate, tax_of(gross - share, tax_rate, order.prices_include_tax))
        )
    is_free = subtotal - discount >= FREE_FROM or (day.year, day.month) == (2025, 2)
    fee, fee_rate = 0 if is_free else FEE, rate("standard")
    fee_tax = tax_of(fee, fee_rate, order.prices_include_tax)
    tax = fee_tax + sum(line[-1] for line in lines)
    return subtotal, discount, fee, fee_rate, fee_tax, tax, lines


def test_demo_store_is_priced_by_the_catalogue_of_its_days(rows, books):
    differing = {}
    for order in rows["orders"]:
        stored = (
            cents(order.subtotal), cents(order.discount), cents(order.shipping_fee), Fraction(order.shipping_tax_rate),
            cents(order.shipping_tax), cents(order.tax),
            [
                (cents(item.unit_price), cents(item.discount), Fraction(item.tax_rate), cents(item.tax))
                for item in books["order_items"][order.order_id]
            ],
        )  # fmt: skip
        if (priced := price_of(order, books)) != stored:
            differing[order.order_id] = priced, stored
    assert differing == {}


def test_demo_store_had_prices_with_tax_from_april_to_june(rows):
    def month(order):
        return day_of(order.created_at).replace(day=1)

    included = {month(order) for order in rows["orders"] if order.prices_include_tax}
    assert included == {date(2025, 4, 1), date(2025, 5, 1), date(2025, 6, 1)}
    assert not included & {month(order) for order in rows["orders"] if not order.prices_include_tax}


def test_coupons_of_the_demo_store_were_valid_and_are_counted(rows):
    for coupon in rows["coupons"]:
        carrying = [order for order in rows["orders"] if order.coupon_code == coupon.coupon_code]
        kept = [order for order in carrying if order.status != "cancelled"]
        for order in carrying:
            assert coupon.valid_from <= day_of(order.created_at)
            assert coupon.valid_until is None or day_of(order.created_at) <= coupon.valid_until
            assert order.subtotal >= coupon.minimum_subtotal
        is_limited = coupon.usage_limit is not None or coupon.per_customer_limit is not None
        assert coupon.times_used == (len(kept) if is_limited else 0)


def test_stock_of_the_demo_store_is_what_came_less_what_left(rows, books):
    on_hand, reserved = defaultdict(int), defaultdict(int)
    for adjustment in rows["stock_adjustments"]:
        on_hand[adjustment.product_id] += adjustment.quantity
    for order in rows["orders"]:
        life, _ = lived(order, books)
        for line in life.lines:
            on_hand[line.product] += line.restocked - line.shipped
            reserved[line.product] += line.open if life.status != "cancelled" else 0
    stored = {row.product_id: (row.on_hand, row.reserved) for row in rows["inventory"]}
    assert stored == {product: (on_hand[product], reserved[product]) for product in stored}


def test_holds_of_the_demo_store_run_as_long_as_its_settings_say(rows):
    for order in rows["orders"]:
        if order.expires_at is not None:
            assert order.expires_at - order.created_at == timedelta(minutes=30)
