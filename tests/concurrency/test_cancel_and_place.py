"""What a cancelled order gives back, the order that waits for it gets."""

import pytest

from tests.concurrency.conftest import placing, stock_of

CANCELLING = "cancel_order(1, 'no longer wanted')"


UNITS = "cancel_order(1, 'one too many', '[{\"line_no\": 1, \"quantity\": 1}]')"


@pytest.mark.parametrize(
    ("state", "cancelling", "units"),
    [("pending_order", CANCELLING, 10), ("paid_order", CANCELLING, 10), ("paid_order", UNITS, 9)],
)
def test_what_is_being_cancelled_can_be_had_once_that_is_committed(
    shop, open_session, request, state, cancelling, units
):
    """Before, the order is refused at once: it is not held up by what may never come."""
    request.getfixturevalue(state)
    canceller, placer = open_session(), open_session()
    canceller.execute("SELECT " + cancelling)
    for code in ["ST001", "00000"]:
        placer.start("SELECT " + placing(2, {1: units}))
        assert placer.sqlstate() == code
        placer.commit()
        canceller.commit()
    assert stock_of(shop) == (10, 10)


@pytest.mark.parametrize("state", ["pending_order", "paid_order"])
def test_a_row_that_is_being_cancelled_is_waited_for(shop, race, request, state):
    request.getfixturevalue(state)
    assert race(CANCELLING, placing(2, {1: 8})) == "00000"
    assert stock_of(shop) == (10, 8)


@pytest.mark.parametrize("state", ["pending_order", "paid_order"])
def test_place_first_then_cancel(shop, race, request, state):
    request.getfixturevalue(state)
    assert race(placing(2, {1: 8}), CANCELLING) == "00000"
    assert stock_of(shop) == (10, 8)


def test_place_first_then_cancel_units(shop, paid_order, race):
    assert race(placing(2, {1: 8}), "cancel_order(1, 'one too many', '[{\"line_no\": 1, \"quantity\": 1}]')") == "00000"
    assert stock_of(shop) == (10, 9)


def test_a_coupon_s_only_use_can_be_had_again_once_the_cancelling_is_committed(shop, open_session):
    """While it is not, the coupon is exhausted: an order is priced by what is committed, and refused at once."""
    shop.execute("INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('ONE', 'fixed', 1, 1)")
    shop.execute("SELECT " + placing(1, {1: 1}, ", NULL, 'one'"))
    cancelling, placer = open_session(), open_session()
    cancelling.execute("SELECT " + CANCELLING)
    for code in ["ST006", "00000"]:
        placer.start("SELECT " + placing(2, {2: 1}, ", NULL, 'one'"))
        assert placer.sqlstate() == code
        placer.commit()
        cancelling.commit()
    assert shop.execute("SELECT times_used FROM coupons").fetchone() == (1,)


def test_a_coupon_is_locked_before_stock_whichever_way_an_order_ends(shop, open_session):
    """Who places locks a coupon, then stock. The last units, cancelled one by one or all at once, take neither first."""
    shop.execute("INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('MANY', 'fixed', 1, 9)")
    for cancelling in [CANCELLING, UNITS]:
        order = shop.execute("SELECT " + placing(1, {1: 1}, ", NULL, 'many'")).fetchone()[0]
        shop.execute("SELECT record_payment(%s, 'bank', %s, 9.90)", [order, cancelling])
        keeper, canceller, placer = open_session(), open_session(), open_session()
        keeper.execute("SELECT FROM inventory WHERE product_id = 1 FOR UPDATE")
        canceller.start("SELECT " + cancelling.replace("(1,", f"({order},"))
        canceller.wait_until_blocked_by(keeper)
        placer.start("SELECT " + placing(2, {1: 1}, ", NULL, 'many'"))
        placer.wait_until_blocked_by(canceller)
        keeper.commit()
        assert canceller.sqlstate() == "00000"
        canceller.commit()
        assert placer.sqlstate() == "00000"
        placer.rollback()
    assert shop.execute("SELECT times_used FROM coupons").fetchone() == (0,)
