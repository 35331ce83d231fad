"""A coupon that is deleted while an order is placed with it: one of the two comes first."""

import pytest

from tests.concurrency.conftest import placing

PLACE = placing(1, {1: 1}, ", NULL, 'spring'")
DELETE = "DELETE FROM coupons WHERE coupon_code = 'SPRING'"


@pytest.fixture(params=["NULL", "5"], ids=["without a limit", "limited"])
def coupon(shop, request):
    shop.execute(
        f"INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('SPRING', 'fixed', 1, {request.param})"
    )
    return shop


def test_deleted_first(coupon, open_session):
    """The order waits, and then knows of no such coupon."""
    first, second = open_session(), open_session()
    first.execute(DELETE)
    second.start("SELECT " + PLACE)
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "ST006"


def test_deletion_taken_back(coupon, open_session):
    """The order waits, and has its discount."""
    first, second = open_session(), open_session()
    first.execute(DELETE)
    second.start("SELECT " + PLACE)
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.sqlstate() == "00000"
    second.commit()
    assert coupon.execute("SELECT coupon_code, discount FROM orders").fetchall() == [("SPRING", 1)]


def test_ordered_first(coupon, open_session):
    """The deletion waits, and is refused: the order refers to the coupon."""
    first, second = open_session(), open_session()
    first.execute("SELECT " + PLACE)
    second.start(DELETE)
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "23503"
