"""The ways of test_every_order.py, walked in the store: in every state every call does what it does in the model.

pytest -m long tests/model/test_every_order_in_database.py     all states, half an hour; one of a hundred by default
"""

from collections import defaultdict
from contextlib import contextmanager
from random import Random

import pytest

from tests.model.every_order import attempt, calls, every_state, store_with_order
from tests.model.store_in_database import SETUP, StoreInDatabase, differences, savepoint
from tests.model.test_every_order import LINES, TERMS

# Lines, terms, how many allowances, of which money, and the currency's decimals.
WALKS = [
    ("a penny", "net prices", 1, "any", 2),
    ("pennies", "no fee", 1, "exact", 0),
    ("two dear", "gross prices", 1, "exact", 2),
    ("two pennies", "delivery not given back", 0, "exact", 2),
]


class Walk:
    """From the placed order to each of the states chosen, by savepoints: no way is gone twice."""

    def __init__(self, database, model, allowances, money):
        self.database, self.model, self.allowances, self.money = database, model, allowances, money
        self.tried = 0

    def go(self, share):
        """To a share of the states there are, and in each every call is tried."""
        states = list(every_state(self.model.orders[0], self.allowances, self.money))
        parent_of = {number: parent for number, _, parent, _ in states}
        self.chosen = set(Random(len(states)).sample(sorted(parent_of), share(len(states))))
        self.children = defaultdict(list)
        wanted = set()
        for number in self.chosen:
            while number is not None and number not in wanted:
                wanted.add(number)
                number = parent_of[number]
        for number, order, parent, call in states:
            if number in wanted:
                self.children[parent].append((number, order, call))
        self.visit(1, self.model.orders[0])

    def visit(self, number, order):
        if number in self.chosen:
            for call in calls(order, self.allowances, self.money):
                with self.database_after(order, call):
                    self.tried += 1
                    assert self.tried % 20 or self.database.violations() == []
        for child, after, call in self.children[number]:
            with self.database_after(order, call):
                self.visit(child, after)

    @contextmanager
    def database_after(self, order, call):
        """The store once the call was made, and was seen to do what the model does; then as before."""
        after = attempt(order, call)
        with savepoint(self.database.connection, is_kept=False):
            code = self.made(call, order)
            assert code == (after if isinstance(after, str) else "00000"), (call, order)
            self.model.orders = [order if isinstance(after, str) else after]
            self.model.payments = [(1, position) for position in range(len(self.model.orders[0].payments))]
            assert differences(self.database.contents(), self.model.contents()) == {}, (call, order)
            yield

    def made(self, call, order):
        """The SQLSTATE."""
        name, *arguments = call
        if name == "expire":
            if order.status == "pending" and not order.released:
                self.database.let_the_hold_run_out(1, 0)
            outcome = self.database.expire_unpaid_orders(10)
            assert outcome == ("00000", int(order.can_expire))
        elif name in MONEY:
            kind, allowance = MONEY[name], {"allowance": True} if len(arguments) > 1 else {}
            outcome = self.database.pay(kind, 1, f"{kind} {len(order.payments)}", arguments[0], **allowance)
        elif name == "reverse_payment":
            outcome = self.database.reverse_payment(1 + arguments[0])
        else:
            outcome = getattr(self.database, name)(1, *arguments)
        return outcome[0]


MONEY = {"record_payment": "charge", "record_chargeback": "chargeback", "refund_order": "refund"}


@pytest.mark.long
@pytest.mark.parametrize(("lines", "terms", "allowances", "money", "decimals"), WALKS)
def test_every_call_in_every_state_is_as_the_model_says(store, lines, terms, allowances, money, decimals, repetitions):
    store.execute(SETUP)
    store.autocommit = False  # nothing of it stays
    model = store_with_order(LINES[lines], decimals=decimals, **TERMS[terms])
    order = model.orders[0]
    database = StoreInDatabase(store)
    database.fill(model)
    items = [(line.product, line.units) for line in order.lines]
    assert database.place_order(3, items, order.coupon) == ("00000", 1)
    walk = Walk(database, model, allowances, money)
    walk.go(lambda states: repetitions(repetitions(states)))
    assert walk.tried > len(walk.chosen) * 10
    store.rollback()
