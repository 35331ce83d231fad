"""Every order of up to two lines of up to two units, through every call to the fixpoint: no promise is broken on any
way, and from everywhere there is a way to the end, whether the rest is sent or called off.

    pytest -m long tests/model/test_every_order.py     all of them, half an hour; a tenth by default

Of the model alone; test_every_order_in_database.py walks the same ways in the store.
"""

import pytest

from tests.model.every_order import every_state, faults, fulfilled, is_at_an_end, new_order, wound_up

# Units and their price, and at last a discount, so that nearly every share is rounded.
LINES = {
    "a penny": [(1, 3), 0],
    "pennies": [(2, 3), 1],
    "two pennies": [(1, 3), (1, 2), 1],
    "nothing": [(1, 0), 0],
    "one cent for two": [(2, 1), 1],
    "dear": [(1, 1999), 0],
    "two dear": [(2, 999), 333],
    "dear and cheap": [(1, 1999), (1, 7), 3],
    "three units": [(1, 7), (2, 2), 2],
    "four units": [(2, 3), (2, 2), 1],
}
TERMS = {
    "net prices": {"fee": 2},
    "gross prices": {"fee": 490, "included": True},
    "no fee": {"rates": ("0.33333", "0")},
    "delivery not given back": {"fee": 5, "included": True, "delivery_back": False},
}
# Lines, terms, how many allowances, and of which money: a plain run takes the first tenth.
WALKS = [
    ("a penny", "net prices", 1, "any"),
    ("pennies", "net prices", 1, "exact"),
    ("two pennies", "gross prices", 0, "any"),
    ("nothing", "delivery not given back", 1, "any"),
    *((lines, terms, 1, "any") for lines in list(LINES)[:8] for terms in TERMS),
    *(("a penny", terms, 99, "any") for terms in ("net prices", "no fee")),
    *(("three units", terms, 1, "exact") for terms in ("no fee", "delivery not given back")),
    ("four units", "net prices", 0, "any"),
    ("four units", "gross prices", 1, "exact"),
]


def walk(lines, terms, allowances, money):
    """How many states there are, each sound and with two ways to the end."""
    for number, order, _, _ in every_state(new_order(lines, **TERMS[terms]), allowances, money):
        assert faults(order) == [], order
        for end in fulfilled(order), wound_up(order):
            assert is_at_an_end(end), (order, end)
            assert faults(end) == [], (order, end)
    return number


@pytest.mark.long
def test_every_state_of_a_small_order_is_sound_and_can_end(repetitions):
    for lines, terms, allowances, money in WALKS[: repetitions(len(WALKS))]:
        assert walk(LINES[lines], terms, allowances, money) > 100


def test_the_walk_reaches_what_it_should():
    """Else it would show little: every status, every standing of the money, every kind of credit."""
    walks = [("a penny", "any"), ("pennies", "exact")]
    orders = [
        order for lines, money in walks for _, order, _, _ in every_state(new_order(LINES[lines], fee=2), 1, money)
    ]
    assert {order.status for order in orders} == {"pending", "paid", "shipped", "delivered", "returned", "cancelled"}
    assert {order.payment_status for order in orders} == {
        "overpaid", "charged_back", "partly_paid", "unpaid", "waived", "refunded", "partly_refunded", "paid"
    }  # fmt: skip
    assert {credit.kind for order in orders for credit in order.credits} == {
        "cancellation", "return", "allowance", "delivery"
    }  # fmt: skip
    assert {order.waiting_for for order in orders} == {None, "payment", "shipment", "delivery"}


@pytest.mark.parametrize("broken", ["unsupplied", "supplied"])
def test_a_lost_cent_is_found(broken):
    (order,) = [order for number, order, _, _ in every_state(new_order(LINES["a penny"]), 0) if number == 1]
    part = getattr(order.lines[0], broken)
    setattr(order.lines[0], broken, part._replace(net=part.net + 1))
    assert "nothing lost" in faults(order)
