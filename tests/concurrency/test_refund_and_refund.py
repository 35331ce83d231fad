"""Money goes back once, whoever gives it: the store, the bank, or two people of the store at once."""

import pytest

from tests.concurrency.conftest import TOTAL, status_of

REFUND = "refund_order({}, 'bank', 'back 1', {})"
OTHER_REFUND = "refund_order({}, 'bank', 'back 2', {})"
CHARGEBACK = "record_chargeback({}, 'bank', 'back 3', {})"


@pytest.mark.parametrize(
    ("first", "second"),
    [(REFUND, OTHER_REFUND), (REFUND, CHARGEBACK), (CHARGEBACK, REFUND), (CHARGEBACK, OTHER_REFUND)],
)
def test_the_second_finds_nothing_left(shop, shipped_order, race, first, second):
    assert race(first.format(shipped_order, TOTAL), second.format(shipped_order, "0.01")) == "ST008"
    assert status_of(shop, shipped_order) == "refunded"


@pytest.mark.parametrize(("first", "second"), [(REFUND, OTHER_REFUND), (REFUND, CHARGEBACK), (CHARGEBACK, REFUND)])
def test_halves_make_a_whole(shop, shipped_order, race, first, second):
    assert race(first.format(shipped_order, TOTAL / 2), second.format(shipped_order, TOTAL / 2)) == "00000"
    assert status_of(shop, shipped_order) == "refunded"


@pytest.mark.parametrize("call", [REFUND, CHARGEBACK])
def test_the_same_one_twice_is_one(shop, shipped_order, open_session, call):
    first, second = open_session(), open_session()
    (number,) = first.execute("SELECT " + call.format(shipped_order, TOTAL))
    second.start("SELECT " + call.format(shipped_order, TOTAL))
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == [number]
    second.commit()
    assert shop.execute("SELECT refunded_amount FROM orders").fetchone() == (TOTAL,)
