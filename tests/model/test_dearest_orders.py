"""Shares of an order worth nearly all that fits are exact: beyond sixteen digits NUMERIC's own division is not.

pytest -m long tests/model/test_dearest_orders.py     100 orders; a tenth by default
"""

from math import gcd
from random import Random

import pytest

from tests.model.every_order import faults, store_with_order
from tests.model.order_model import Refused
from tests.model.store_in_database import SETUP, StoreInDatabase, differences

CALLS = ["grant_allowance"] * 4 + ["ship_order", "cancel_order", "return_items"]


@pytest.mark.long
def test_shares_of_the_dearest_orders_are_exact(store, repetitions):
    store.execute(SETUP)
    store.autocommit = False  # each order is rolled back
    for seed in range(repetitions(100)):
        live(StoreInDatabase(store), Random(seed))


def live(database, random):
    """One order, by as many calls as leave something of it."""
    decimals = random.choice([0, 2])
    prices = [random.randint(5, 9) * 10 ** (decimals + 7) + random.randint(0, 10**7) for _ in range(2)]
    model = store_with_order(
        [(random.randint(3, 20), prices[0]), (random.randint(3, 20), prices[1]), random.randint(1, 10**6)],
        fee=random.randint(0, 10**6), included=random.choice([True, False]), decimals=decimals,
    )  # fmt: skip
    (order,) = model.orders
    database.fill(model)
    database.place_order(3, [(line.product, line.units) for line in order.lines], "OFF")
    for call, *arguments in [("release_order",), *((random.choice(CALLS),) for _ in range(12))]:
        if call == "grant_allowance":
            arguments = [just_below_a_tie(order) or random.randint(1, max(order.worth // 3, 1)), None]
        elif call != "release_order":
            arguments = [[(random.randint(1, 2), random.randint(1, 4))]]
        try:
            getattr(model, call)(1, *arguments)
            expected = "00000"
        except Refused as refused:
            expected = refused.args[0]
        assert getattr(database, call)(1, *arguments)[0] == expected, (call, arguments)
        assert faults(order) == []
        assert differences(database.contents(), model.contents()) == {}, (call, arguments)
    database.forget()


def just_below_a_tie(order):
    """An allowance of which the first part is as little as can be below half a cent, or 0 where none is."""
    line = next((line for line in order.lines if line.unsupplied.gross or line.supplied.gross), None)
    first = line and (line.unsupplied.gross or line.supplied.gross)
    if not first or gcd(first, order.worth) > 1:
        return 0
    return (order.worth - 1) // 2 * pow(first, -1, order.worth) % order.worth
