"""Two people pack the same order: every unit leaves once."""

import pytest

from tests.concurrency.conftest import status_of, stock_of

ALL, ONE, TWO = "", *(f', \'[{{"line_no": 1, "quantity": {units}}}]\'' for units in (1, 2))


@pytest.mark.parametrize(
    ("first", "second", "code", "status", "parcels"),
    [
        (ALL, ALL, "ST005", "shipped", [2]),
        (ONE, ALL, "00000", "shipped", [1, 1]),
        (ALL, ONE, "ST005", "shipped", [2]),
        (ONE, ONE, "00000", "shipped", [1, 1]),
        (ONE, TWO, "ST008", "paid", [1]),
        (TWO, ONE, "ST005", "shipped", [2]),
    ],
)
def test_the_second_ships_what_the_first_left(shop, paid_order, race, first, second, code, status, parcels):
    shipping = f"ship_order({paid_order}, 'Post', NULL%s)"
    assert race(shipping % first, shipping % second) == code
    assert status_of(shop, paid_order) == status
    query = "SELECT quantity FROM shipment_items ORDER BY shipment_id"
    assert [units for (units,) in shop.execute(query)] == parcels
    assert stock_of(shop) == (10 - sum(parcels), 2 - sum(parcels))


def test_a_parcel_delivered_by_a_call_that_began_before_it_left(shop, paid_order, race, open_session):
    """The call that waited began earlier than the parcel's shipped_at; no delivery is before that."""
    waiting = open_session()
    waiting.execute("SELECT")  # its transaction, and so its now(), begins here
    shipping = open_session()
    shipping.execute(f"SELECT ship_order({paid_order}, 'Post', NULL)")
    waiting.start(f"SELECT deliver_order({paid_order})")
    waiting.wait_until_blocked_by(shipping)
    shipping.commit()
    assert waiting.sqlstate() == "00000"
    waiting.commit()
    assert shop.execute("SELECT delivered_at >= shipped_at FROM shipments").fetchall() == [(True,)]
