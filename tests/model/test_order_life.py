"""Thousands of random calls, and after each the store is what a model of it in Python says.

    pytest -m long tests/model/test_order_life.py     300 lives of 60 calls; a tenth of the lives by default

Every third store or so sells in yen. An invoice is its parcel and a credit note its credit, to the cent. Calls that may be repeated under a key are, now and then.
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

from tests.model.every_order import faults, fulfilled, is_at_an_end, wound_up
from tests.model.order_model import Refused
from tests.model.store_in_database import SETUP, StoreInDatabase, differences
from tests.model.store_model import Address, Coupon, Product, Store

CUSTOMERS = st.integers(1, 3)
UNITS = st.integers(1, 4)
PRODUCTS = st.sampled_from([1, 2, 3, 4] * 10 + [5])  # the fifth is not there
ITEMS = st.lists(st.tuples(PRODUCTS, UNITS), min_size=1, max_size=4)
COUPONS = st.sampled_from([None] * 4 + ["TENTH", "FIVER", "RICH", "OTHER"])
ANY = st.integers(0, 10**6)  # an order or a line, once it is known how many there are
LINES = st.lists(st.tuples(ANY, st.integers(1, 3)), min_size=1, max_size=3)
# All there is, half of it, a cent, or any amount.
SHARES = st.sampled_from([Fraction(1)] * 4 + [Fraction(1, 2)] * 2 + [1]) | st.integers(1, 3000)
KEYED = st.sampled_from([False] * 3 + [True])
with_orders = precondition(lambda life: life.model.orders)
with_payments = precondition(lambda life: life.model.payments)


class OrderLife(RuleBasedStateMachine):
    """Does everything twice."""

    def __init__(self, connection):
        super().__init__()
        self.database = StoreInDatabase(connection)

    @initialize(
        decimals=st.sampled_from([2, 2, 0]),
        included=st.booleans(),
        fee=st.sampled_from([0, 490]),
        free_from=st.sampled_from([None, None, 0, 5000]),
        delivery_back=st.sampled_from([True, True, False]),
        prices=st.lists(st.integers(0, 3000) | st.integers(0, 9), min_size=4, max_size=4),
        stock=st.lists(st.integers(5, 25), min_size=4, max_size=4),
        rates=st.lists(st.sampled_from(["0", "0.05", "0.0825", "0.19", "0.33333"]), min_size=3, max_size=3),
        baskets=st.lists(st.tuples(CUSTOMERS, ITEMS, COUPONS), min_size=2, max_size=4),
    )
    def open_the_store(self, decimals, included, fee, free_from, delivery_back, prices, stock, rates, baskets):
        keys = [("standard", "US"), ("reduced", "US"), ("standard", "CA")]
        self.model = Store(
            decimals, included, fee, free_from, delivery_back, most_pending=4,
            rates=dict(zip(keys, map(Fraction, rates))),
            addresses={
                1: Address(1, "US"), 2: Address(2, "CA"), 3: Address(1, "CA"), 4: Address(2, "US"), 5: Address(3, "US"),
                6: Address(3, "DE", is_served=False),
            },
            default_address={1: 1, 2: 2}, customers=3,
            products={
                number: Product(price, "reduced" if number == 2 else "standard", on_hand)
                for number, (price, on_hand) in enumerate(zip(prices, stock), start=1)
            },
            coupons={
                "TENTH": Coupon(percent=10, limit=3), "FIVER": Coupon(fixed=500, per_customer=1),
                "RICH": Coupon(percent=33, minimum=4000),
            },
        )  # fmt: skip
        self.database.fill(self.model)
        self.turn, self.steps, self.keyed_calls = 0, 0, []
        # Some of them already on their way, or all would long be young.
        for number, basket in enumerate(baskets, start=1):
            self.both("place_order", *basket)
            if number < 4 and len(self.model.orders) == number:
                if number == 3:
                    self.both("release_order", number)
                else:
                    self.both("pay", "charge", number, f"whole {number}", max(self.model.orders[-1].total, 1))
                self.both("ship_order", number, None if number == 1 else [(1, 1)])

    def teardown(self):
        self.database.forget()

    def both(self, call, *arguments, **more):
        """Make a call to both; they must agree on whether it is refused, and on the answer."""
        try:
            expected = "00000", getattr(self.model, call)(*arguments, **more)
            if any(str(argument).startswith("key ") for argument in arguments):
                self.keyed_calls.append((call, arguments))
        except Refused as refused:
            expected = refused.args[0], None
        assert getattr(self.database, call)(*arguments, **more) == expected, (call, arguments)

    def new_key(self, keyed):
        """A key never used before, and then again by retry_a_call."""
        return f"key {len(self.keyed_calls)} {keyed}" if keyed else None

    def number(self, any_number, fits=lambda order: True):
        """One of the orders, more often than not one that fits; now and then one that is not there."""
        fitting = [number for number, order in enumerate(self.model.orders, start=1) if fits(order)]
        if fitting and any_number % 4:
            return fitting[any_number % len(fitting)]
        return 1 + any_number % len(self.model.orders) + (any_number % 20 == 19) * 99

    def known(self, number):
        """The order, or one that is there."""
        return self.model.orders[min(number, len(self.model.orders)) - 1]

    def lines(self, number, any_lines):
        """Lines of that order, each once; now and then one that is not there."""
        count = len(self.known(number).lines)
        return list({1 + line % count + (line % 30 == 29): units for line, units in any_lines}.items())

    @rule(
        customer=CUSTOMERS, items=ITEMS, code=COUPONS, keyed=KEYED, address=st.sampled_from([None] * 9 + [*range(1, 8)])
    )
    def place_order(self, customer, items, code, keyed, address):
        self.both("place_order", customer, items, code, self.new_key(keyed), address)

    @rule(customer=CUSTOMERS, items=ITEMS, code=COUPONS)
    def quote_order(self, customer, items, code):
        self.both("quote_order", customer, items, code)

    @with_orders
    @rule(order=ANY, part=st.sampled_from([1, 1, 1, 2]))
    def pay_what_is_missing(self, order, part):
        """All or half of it: most orders live on."""
        number = self.number(order, lambda order: order.balance > 0)
        missing = max(self.known(number).balance // part, 1)
        self.both("pay", "charge", number, f"part {number} {self.known(number).paid}", missing)

    @with_orders
    @rule(kind=st.sampled_from(["charge", "chargeback"]), order=ANY, reference=ANY, share=SHARES)
    def move_money(self, kind, order, reference, share):
        number = self.number(order)
        known = self.known(number)
        most = known.total if kind == "charge" else known.paid - known.charged_back
        self.both("pay", kind, number, str(reference % 50), amount_of(share, most))

    @with_orders
    @rule(order=ANY, reference=ANY, share=SHARES, allowance=st.sampled_from([False, False, True]))
    def refund_order(self, order, reference, share, allowance):
        number = self.number(order, lambda order: order.balance < 0)
        known = self.known(number)
        most = known.held if allowance else -known.balance
        self.both("pay", "refund", number, f"r{reference % 50}", amount_of(share, most), allowance=allowance)

    @with_payments
    @rule(payment=ANY, order=st.none() | ANY)
    def reverse_payment(self, payment, order):
        payment = 1 + payment % (len(self.model.payments) + (payment % 20 == 19))
        self.both("reverse_payment", payment, None if order is None else self.number(order))

    @with_orders
    @rule(order=ANY)
    def write_off(self, order):
        self.both("write_off", self.number(order, lambda order: order.receivable))

    @with_orders
    @rule(order=ANY, share=SHARES, line=st.none() | ANY, keyed=KEYED)
    def grant_allowance(self, order, share, line, keyed):
        number = self.number(order)
        known = self.known(number)
        line_no = None if line is None else 1 + line % len(known.lines) + (line % 30 == 29)
        part = known.lines[min(line_no, len(known.lines)) - 1] if line_no else None
        most = part.unsupplied.gross + part.supplied.gross if part else known.balance
        self.both("grant_allowance", number, amount_of(share, most), line_no, self.new_key(keyed))

    @with_orders
    @rule(order=ANY, lines=LINES | st.none(), keyed=KEYED)
    def ship_order(self, order, lines, keyed):
        number = self.number(order, lambda order: order.is_open and order.status == "paid")
        self.both("ship_order", number, lines and self.lines(number, lines), self.new_key(keyed))

    @with_orders
    @rule(order=ANY, parcel=st.none() | st.integers(1, 4))
    def deliver_order(self, order, parcel):
        self.both("deliver_order", self.number(order, lambda order: order.under_way), parcel)

    @with_orders
    @rule(order=ANY, lines=LINES | LINES | st.none(), keyed=KEYED)
    def cancel_order(self, order, lines, keyed):
        number = self.number(order, lambda order: order.is_open)
        self.both("cancel_order", number, lines and self.lines(number, lines), self.new_key(keyed))

    @with_orders
    @rule(order=ANY, lines=LINES, restock=st.booleans(), parcel=st.none() | st.integers(1, 3), keyed=KEYED)
    def return_items(self, order, lines, restock, parcel, keyed):
        number = self.number(order, lambda order: order.is_kept)
        self.both("return_items", number, self.lines(number, lines), restock, parcel, self.new_key(keyed))

    @with_orders
    @rule(order=ANY)
    def return_all(self, order):
        number = self.number(order, lambda order: order.is_kept)
        kept = [(n, line.kept) for n, line in self.known(number).numbered if line.kept]
        self.both("return_items", number, kept or [(1, 1)])

    @with_orders
    @rule(order=ANY)
    def release_order(self, order):
        self.both("release_order", self.number(order))

    @with_orders
    @rule(order=ANY, address=st.integers(1, 7))
    def redirect_order(self, order, address):
        self.both("redirect_order", self.number(order, lambda order: order.is_open and not order.parcels), address)

    @with_orders
    @rule()
    def issue_documents(self):
        self.both("issue_documents")

    @rule(product=PRODUCTS, units=st.integers(-6, 9).filter(bool), keyed=KEYED)
    def adjust_stock(self, product, units, keyed):
        self.both("adjust_stock", product, units, self.new_key(keyed))

    @rule(product=PRODUCTS, units=st.integers(1, 9), keyed=KEYED)
    def receive_stock(self, product, units, keyed):
        self.both("receive_stock", product, units, self.new_key(keyed))

    @precondition(lambda life: life.keyed_calls)
    @rule(which=ANY, as_another=st.booleans())
    def retry_a_call(self, which, as_another):
        """The same again does nothing; something else under its key is refused."""
        call, arguments = self.keyed_calls[which % len(self.keyed_calls)]
        if as_another:
            (key,) = [argument for argument in arguments if str(argument).startswith("key ")]
            call, arguments = "adjust_stock", (1, 1 + which % 3, key)
        self.both(call, *arguments)

    @rule(product=PRODUCTS, counted=st.integers(0, 30))
    def count_stock(self, product, counted):
        self.both("count_stock", product, counted)

    @with_orders
    @rule(order=ANY)
    def let_the_hold_run_out(self, order):
        """Of a released order none does."""
        number = 1 + order % len(self.model.orders)
        if not self.model.orders[number - 1].released:
            self.turn += 1
            self.model.orders[number - 1].overdue = self.turn
            self.database.let_the_hold_run_out(number, self.turn)

    @with_orders
    @rule(order=ANY)
    def change_hold(self, order):
        self.both("change_hold", self.number(order, lambda order: order.status == "pending"))

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
            assert differences(self.database.contents(), self.model.contents()) == {}
            self.steps += 1
            assert self.steps % 8 or self.database.violations() == []

    @invariant()
    def every_order_is_sound_and_can_be_finished(self):
        for order in self.model.orders if hasattr(self, "model") else []:
            assert faults(order) == []
            assert is_at_an_end(fulfilled(order)) and is_at_an_end(wound_up(order))


def amount_of(share, most):
    """A share of the most there is, or just so much."""
    return max(int(share * most) if isinstance(share, Fraction) else share, 1)


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
