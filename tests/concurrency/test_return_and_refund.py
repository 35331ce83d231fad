"""Goods come back while money goes back: in either order both are booked."""

import pytest

from tests.concurrency.conftest import TOTAL, actions_of, status_of, stock_of

RETURNING = 'return_items({}, \'[{{"line_no": 1, "quantity": 2}}]\')'
REFUNDING = f"refund_order({{}}, 'bank', 'refund 1', {TOTAL})"


@pytest.mark.parametrize(
    ("first", "second", "actions"),
    [
        (RETURNING, REFUNDING, ["returned", "refund", "refunded"]),
        (REFUNDING, RETURNING, ["refund", "refunded", "returned"]),
    ],
)
def test_both_are_booked(shop, shipped_order, race, first, second, actions):
    assert race(first.format(shipped_order), second.format(shipped_order)) == "00000"
    assert status_of(shop, shipped_order) == "refunded"
    assert actions_of(shop, shipped_order)[-3:] == actions
    assert stock_of(shop) == (10, 0)
    assert shop.execute("SELECT count(*) FROM refunds_due").fetchone() == (0,)


def test_the_same_units_come_back_once(shop, shipped_order, race):
    assert race(RETURNING.format(shipped_order), RETURNING.format(shipped_order)) == "ST008"
    assert stock_of(shop) == (10, 0)
