"""Thousands of random calls, and after each the store is what a model of it in Python says.

    pytest -m long tests/model     300 lives of 60 calls; a tenth of the lives by default
"""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.model.order_model import Coupon, Product, Refused
from tests.model.store_in_database import SETUP, StoreInDatabase
from tests.model.store_model import Store

CUSTOMERS = st.integers(1, 3)
UNITS = st.integers(1, 4)
PRODUCTS = st.sampled_from([1, 2, 3, 4] * 10 + [5])  # the fifth is not there
ITEMS = st.lists(st.tuples(PRODUCTS, UNITS), min_size=1, max_size=4)
COUPONS = st.sampled_from([None] * 4 + ["TENTH", "FIVER", "RICH", "OTHER"])
ANY = st.integers(0, 10**6)  # an order or a line, once it is known how many there are
LINES = st.lists(st.tuples(ANY, st.integers(1, 3)), min_size=1, max_size=3)
# All that is missing or left, half of it, or any amount.
SHARES = st.sampled_from([Fraction(1)] * 4 + [Fraction(1, 2)] * 2) | st.integers(1, 3000)
with_orders = precondition(lambda life: life.model.orders)


class OrderLife(RuleBasedStateMachine):
    """Does everything twice."""

    def __init__(self, connection):
        super().__init__()
        self.database = StoreInDatabase(connection)

    @initialize(
        included=st.booleans(),
        fee=st.sampled_from([0, 490]),
        free_from=st.sampled_from([None, None, 0, 5000]),
        prices=st.lists(st.integers(0, 3000), min_size=4, max_size=4),
        stock=st.lists(st.integers(5, 25), min_size=4, max_size=4),
        rates=st.lists(st.sampled_from(["0", "0.05", "0.0825", "0.19", "0.33333"]), min_size=3, max_size=3),
        baskets=st.lists(st.tuples(CUSTOMERS, ITEMS, COUPONS), min_size=2, max_size=4),
    )
    def open_the_store(self, included, fee, free_from, prices, stock, rates, baskets):
        keys = [("standard", "US"), ("reduced", "US"), ("standard", "CA")]
        self.model = Store(
            included, fee, free_from, most_pending=4,
            rates=dict(zip(keys, map(Fraction, rates))),
            countries={1: "US", 2: "CA", 3: "US"},
            products={
                number: Product(price, "reduced" if number == 4 else "standard", on_hand)
                for number, (price, on_hand) in enumerate(zip(prices, stock), start=1)
            },
            coupons={
                "TENTH": Coupon(percent=10, limit=3), "FIVER": Coupon(fixed=500, per_customer=1),
                "RICH": Coupon(percent=33, minimum=4000),
            },
        )  # fmt: skip
        self.database.fill(self.model)
        # Two of them already on their way, or all would long be young.
        for number, basket in enumerate(baskets, start=1):
            self.both("place_order", *basket)
            if number < 3 and len(self.model.orders) == number:
                self.both("pay", "charge", number, f"whole {number}", max(self.model.orders[-1].total, 1))
                self.both("ship_order", number, None if number == 1 else [(1, 1)])

    def teardown(self):
        self.database.forget()

    def both(self, call, *arguments):
        """Make a call to both; they must agree on whether it is refused, and on the answer."""
        try:
            expected = "00000", self.model.attempt(call, *arguments)
        except Refused as refused:
            expected = refused.args[0], None
        assert getattr(self.database, call)(*arguments) == expected

    def number(self, any_number):
        """One of the orders; now and then one that is not there."""
        return 1 + any_number % len(self.model.orders) + (any_number % 20 == 19) * 99

    def lines(self, number, any_lines):
        """Lines of that order, each once; now and then one that is not there."""
        order = self.model.orders[min(number, len(self.model.orders)) - 1]
        return list({1 + line % len(order.lines) + (line % 30 == 29): units for line, units in any_lines}.items())

    @rule(customer=CUSTOMERS, items=ITEMS, code=COUPONS)
    def place_order(self, customer, items, code):
        self.both("place_order", customer, items, code)

    @rule(customer=CUSTOMERS, items=ITEMS, code=COUPONS)
    def quote_order(self, customer, items, code):
        try:
            order = self.model.priced(customer, items, code)
            expected = [
                (line.product, line.units, line.discount, line.total, line.tax, order.total) for line in order.lines
            ]
        except Refused as refused:
            expected = refused.args[0]
        assert self.database.quote_order(customer, items, code) == expected

    @with_orders
    @rule(order=ANY, part=st.sampled_from([1, 1, 1, 2]))
    def pay_what_is_missing(self, order, part):
        """All or half of it: most orders live on."""
        number = self.number(order)
        known = self.model.orders[min(number, len(self.model.orders)) - 1]
        missing = max((known.total - known.paid + known.refunded) // part, 1)
        self.both("pay", "charge", number, f"part {number} {known.paid}", missing)

    @with_orders
    @rule(kind=st.sampled_from(["charge", "refund", "refund", "chargeback"]), order=ANY, reference=ANY, share=SHARES)
    def move_money(self, kind, order, reference, share):
        number, amount = self.number(order), share
        if isinstance(share, Fraction):
            known = self.model.orders[min(number, len(self.model.orders)) - 1]
            amount = share * (known.total if kind == "charge" else known.due or known.paid - known.refunded)
        self.both("pay", kind, number, str(reference % 50), max(int(amount), 1))

    @with_orders
    @rule(order=ANY, lines=LINES | st.none())
    def ship_order(self, order, lines):
        number = self.number(order)
        self.both("ship_order", number, lines and self.lines(number, lines))

    @with_orders
    @rule(order=ANY)
    def deliver_order(self, order):
        self.both("deliver_order", self.number(order))

    @with_orders
    @rule(order=ANY, lines=LINES | LINES | st.none())
    def cancel_order(self, order, lines):
        number = self.number(order)
        self.both("cancel_order", number, lines and self.lines(number, lines))

    @with_orders
    @rule(order=ANY, lines=LINES, restock=st.booleans())
    def return_items(self, order, lines, restock):
        number = self.number(order)
        self.both("return_items", number, self.lines(number, lines), restock)

    @rule(product=PRODUCTS, units=st.integers(-6, 9).filter(bool))
    def adjust_stock(self, product, units):
        self.both("adjust_stock", product, units)

    @rule(product=PRODUCTS, counted=st.integers(0, 30))
    def count_stock(self, product, counted):
        self.both("count_stock", product, counted)

    @with_orders
    @rule(order=ANY)
    def let_the_hold_run_out(self, order):
        number = 1 + order % len(self.model.orders)
        self.model.orders[number - 1].overdue = True
        self.database.let_the_hold_run_out(number)

    @with_orders
    @rule(order=ANY)
    def extend_hold(self, order):
        self.both("extend_hold", self.number(order))

    @rule(limit=st.integers(1, 3))
    def expire_unpaid_orders(self, limit):
        self.both("expire_unpaid_orders", limit)

    @rule(product=st.integers(1, 4), price=st.integers(0, 3000), active=st.sampled_from([True] * 9 + [False]))
    def change_product(self, product, price, active):
        self.model.products[product].price, self.model.products[product].active = price, active
        self.database.change_product(product, price, active)

    @invariant()
    def the_store_is_what_the_model_says(self):
        if hasattr(self, "model"):
            assert self.database.contents() == self.model.contents()


@pytest.mark.long
def test_every_life_of_every_order_is_as_the_model_says(store, repetitions):
    store.execute(SETUP)
    store.autocommit = False  # each life is rolled back
    run_state_machine_as_test(
        lambda: OrderLife(store),
        settings=settings(
            max_examples=repetitions(300),
            stateful_step_count=60,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
