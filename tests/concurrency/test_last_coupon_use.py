"""A coupon's last use is one order, in all and for one customer."""

import pytest

from tests.concurrency.conftest import placing


@pytest.fixture
def coupons(shop):
    shop.execute("INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('LAST', 'fixed', 1, 1)")
    shop.execute("INSERT INTO coupons (coupon_code, kind, value, per_customer_limit) VALUES ('EACH', 'fixed', 1, 1)")
    shop.execute("INSERT INTO coupons (coupon_code, kind, value) VALUES ('FREE', 'fixed', 1)")
    return shop


def uses(shop):
    return dict(shop.execute("SELECT coupon_code, times_used FROM coupons").fetchall())


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_the_last_use_in_all(coupons, race, first, second):
    """Different customers, different products: the coupon's row alone makes the second wait."""
    with_coupon = ", NULL, 'last'"
    assert race(placing(first, {1: 1}, with_coupon), placing(second, {2: 1}, with_coupon)) == "ST006"
    assert uses(coupons) == {"LAST": 1, "EACH": 0, "FREE": 0}
    assert coupons.execute("SELECT customer_id FROM orders").fetchall() == [(first,)]


def test_the_last_use_of_a_customer(coupons, race):
    """One order at a time for a customer, whatever is in it."""
    with_coupon = ", NULL, 'each'"
    assert race(placing(1, {1: 1}, with_coupon), placing(1, {2: 1}, with_coupon)) == "ST006"
    assert race(placing(1, {2: 1}), placing(1, {1: 1})) == "00000"
    assert uses(coupons) == {"LAST": 0, "EACH": 1, "FREE": 0}


def test_a_use_that_was_rolled_back_is_free(coupons, open_session):
    first, second = open_session(), open_session()
    first.execute("SELECT " + placing(1, {1: 1}, ", NULL, 'last'"))
    second.start("SELECT " + placing(2, {2: 1}, ", NULL, 'last'"))
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.sqlstate() == "00000"
    second.commit()
    assert uses(coupons)["LAST"] == 1


def test_a_coupon_without_a_limit_makes_nobody_wait(coupons, open_session):
    first, second = open_session(), open_session()
    first.execute("SELECT " + placing(1, {1: 1}, ", NULL, 'free'"))
    second.execute("SELECT " + placing(2, {2: 1}, ", NULL, 'free'"))
    first.commit()
    second.commit()
    assert uses(coupons)["FREE"] == 0
