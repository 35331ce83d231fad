"""Money for an order that is being cancelled, and a cancellation of an order that is being paid."""

import pytest

from tests.concurrency.conftest import TOTAL, actions_of, status_of, stock_of


@pytest.fixture
def paying(pending_order):
    return f"record_payment({pending_order}, 'bank', 'charge 1', {TOTAL})"


@pytest.fixture
def cancelling(pending_order):
    return f"cancel_order({pending_order}, 'no longer wanted')"


def test_cancelled_first_the_payment_is_a_fact_and_due_back(shop, pending_order, race, cancelling, paying):
    """It never revives the order."""
    assert race(cancelling, paying) == "00000"
    assert status_of(shop, pending_order) == "cancelled"
    assert actions_of(shop, pending_order) == ["placed", "cancelled", "payment"]
    assert shop.execute("SELECT amount_due FROM refunds_due").fetchall() == [(TOTAL,)]
    assert stock_of(shop) == (10, 0)


def test_paid_first_the_shopper_is_too_late_to_cancel(shop, pending_order, race, cancelling, paying):
    assert race(paying, cancelling, role="shop_customer", customer_id=1) == "ST005"
    assert status_of(shop, pending_order) == "paid"
    assert stock_of(shop) == (10, 2)


def test_paid_first_staff_may_still_cancel(shop, pending_order, race, cancelling, paying):
    assert race(paying, cancelling, role="shop_staff") == "00000"
    assert actions_of(shop, pending_order) == ["placed", "payment", "paid", "cancelled"]
    assert shop.execute("SELECT amount_due FROM refunds_due").fetchall() == [(TOTAL,)]
