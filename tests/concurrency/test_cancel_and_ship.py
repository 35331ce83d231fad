"""A unit is cancelled or it leaves, never both."""

import pytest

from tests.concurrency.conftest import actions_of, status_of, stock_of

ONE, TWO = (f'[{{"line_no": 1, "quantity": {units}}}]' for units in (1, 2))
CANCEL, CANCEL_ONE, CANCEL_TWO = (
    "cancel_order(1, 'why')",
    f"cancel_order(1, 'why', '{ONE}')",
    f"cancel_order(1, 'why', '{TWO}')",
)
SHIP, SHIP_ONE, SHIP_TWO = (
    "ship_order(1, 'Post', NULL)",
    f"ship_order(1, 'Post', NULL, '{ONE}')",
    f"ship_order(1, 'Post', NULL, '{TWO}')",
)


@pytest.mark.parametrize(
    ("first", "second", "code", "status", "stock"),
    [
        (CANCEL, SHIP, "ST005", "cancelled", (10, 0)),
        (SHIP, CANCEL, "ST005", "shipped", (8, 0)),
        (SHIP_ONE, CANCEL, "ST005", "paid", (9, 1)),
        (CANCEL_ONE, SHIP, "00000", "shipped", (9, 0)),
        (CANCEL_ONE, SHIP_TWO, "ST008", "paid", (10, 1)),
        (CANCEL_TWO, SHIP, "ST005", "cancelled", (10, 0)),
        (SHIP_ONE, CANCEL_ONE, "00000", "shipped", (9, 0)),
        (SHIP_ONE, CANCEL_TWO, "ST008", "paid", (9, 1)),
        (SHIP, CANCEL_ONE, "ST005", "shipped", (8, 0)),
    ],
)
def test_the_second_finds_what_the_first_left(shop, paid_order, race, first, second, code, status, stock):
    assert paid_order == 1
    assert race(first, second) == code
    assert (status_of(shop, paid_order), stock_of(shop)) == (status, stock)
    assert actions_of(shop, paid_order).count("shipped") == shop.execute("SELECT count(*) FROM shipments").fetchone()[0]
