"""A count is what was on the shelf, whatever left or came while it was typed in."""

import pytest

from tests.concurrency.conftest import stock_of

COUNTING = "count_stock(1, 7, 'sheet 1')"


def test_a_count_that_waits_for_a_parcel_is_still_the_truth(shop, paid_order, race):
    """The difference is taken from what the parcel left, 8, not from the 10 there were."""
    assert race(f"ship_order({paid_order}, 'Post', NULL)", COUNTING) == "00000"
    assert stock_of(shop) == (7, 0)
    assert shop.execute("SELECT quantity FROM stock_adjustments WHERE reason = 'count'").fetchall() == [(-1,)]


@pytest.mark.parametrize(
    ("movement", "on_hand"), [("receive_stock(1, 5, 'note 2')", 12), ("adjust_stock(1, -1, 'damage')", 6)]
)
def test_what_comes_after_a_count_is_added_to_it(shop, race, movement, on_hand):
    assert race(COUNTING, movement) == "00000"
    assert stock_of(shop) == (on_hand, 0)


def test_a_count_below_what_was_reserved_meanwhile_is_refused(shop, race):
    assert race('place_order(1, \'[{"product_id": 1, "quantity": 8}]\')', COUNTING) == "ST001"
    assert stock_of(shop) == (10, 8)


def test_two_counts_end_at_the_second(shop, race):
    assert race("count_stock(1, 4)", COUNTING) == "00000"
    assert stock_of(shop) == (7, 0)
