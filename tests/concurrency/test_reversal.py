"""A charge moves from one order to another: both are locked, the older first, whichever it was wrong on."""

import pytest

from tests.concurrency.conftest import TOTAL, actions_of, balance_of, placing, status_of

MOVING = "reverse_payment({payment}, 'meant for the other', {to})"


@pytest.fixture
def orders(shop):
    """Two orders of 22.00, each with a charge of its own: their numbers and charges."""
    numbers = [shop.execute("SELECT " + placing(customer, {1: 2})).fetchone()[0] for customer in (1, 2)]
    charge = "SELECT record_payment(%s, 'bank', %s, %s)"
    return [(order, shop.execute(charge, [order, f"charge {order}", TOTAL]).fetchone()[0]) for order in numbers]


def test_two_charges_change_places(shop, orders, race):
    """Each call needs both orders; locked as they are named, they would wait for each other."""
    (one, charge), (other, its_charge) = orders
    assert race(MOVING.format(payment=charge, to=other), MOVING.format(payment=its_charge, to=one)) == "00000"
    assert balance_of(shop, one) == balance_of(shop, other) == 0
    kinds = "SELECT kind FROM payments WHERE order_id = %s ORDER BY payment_id"
    assert [kind for (kind,) in shop.execute(kinds, [one])] == ["charge", "reversal", "charge"]


def test_a_session_that_waits_for_the_older_order_holds_not_the_younger(shop, orders, open_session):
    (one, _), (other, its_charge) = orders
    holder, moving, observer = open_session(), open_session(), open_session()
    holder.execute("SELECT FROM orders WHERE order_id = %s FOR NO KEY UPDATE", [one])
    moving.start("SELECT " + MOVING.format(payment=its_charge, to=one))
    moving.wait_until_blocked_by(holder)
    observer.execute("SELECT FROM orders WHERE order_id = %s FOR NO KEY UPDATE NOWAIT", [other])
    observer.rollback()
    holder.rollback()
    assert moving.sqlstate() == "00000"


@pytest.mark.parametrize("wrong", [0, 1])
@pytest.mark.parametrize(
    ("call", "balance"),
    [
        ("record_payment({to}, 'bank', 'late', 5)", -27),
        ("record_chargeback({to}, 'bank', 'late', 5)", -17),
        ("grant_allowance({to}, 5, 'late')", -27),
        ("cancel_order({to}, 'why')", -44),
    ],
)
@pytest.mark.parametrize("moved_first", [True, False])
def test_what_happens_to_the_right_order_meanwhile_is_not_lost(shop, orders, race, wrong, call, balance, moved_first):
    (order, charge), (to, _) = orders[wrong], orders[1 - wrong]
    calls = [MOVING.format(payment=charge, to=to), call.format(to=to)]
    assert race(*(calls if moved_first else reversed(calls))) == "00000"
    assert (balance_of(shop, order), balance_of(shop, to)) == (TOTAL, balance)


@pytest.mark.parametrize(
    "call", ["record_chargeback({}, 'bank', 'late', 22)", "refund_order({}, 'bank', 'back', 22, 'sorry', true)"]
)
def test_what_is_left_of_the_money_is_moved_or_nothing(shop, orders, race, call):
    (order, charge), (to, _) = orders
    assert race(call.format(order), MOVING.format(payment=charge, to=to)) == "ST008"
    assert balance_of(shop, to) == 0


def test_a_charge_is_moved_once(shop, orders, open_session):
    """The second waits and has the first one's answer; to another place it is refused."""
    (order, charge), (to, _) = orders
    first, second, third = open_session(), open_session(), open_session()
    moving = "SELECT " + MOVING.format(payment=charge, to=to)
    (reversal,) = first.execute(moving)
    second.start(moving)
    second.wait_until_blocked_by(first)
    third.start("SELECT " + MOVING.format(payment=charge, to="NULL"))
    third.wait_until_blocked_by(first, second)
    first.commit()
    assert second.result() == [reversal]
    second.commit()
    assert third.sqlstate() == "ST004"
    assert (balance_of(shop, order), balance_of(shop, to)) == (TOTAL, -TOTAL)


def test_a_pending_order_is_paid_by_the_moved_charge(shop, orders, race):
    """The reversal waits for the other's payment and finds it paid, or is what pays it."""
    _, (_, charge) = orders
    (pending,) = shop.execute("SELECT " + placing(1, {2: 2})).fetchone()
    paying = f"record_payment({pending}, 'bank', 'half', 11)"
    assert race(paying, MOVING.format(payment=charge, to=pending)) == "00000"
    assert status_of(shop, pending) == "paid"
    assert actions_of(shop, pending) == ["placed", "payment", "payment", "paid"]
