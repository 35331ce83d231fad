"""An order has the prices of one moment, that after its waits for its key and customer."""

import pytest

from tests.concurrency.conftest import placing

RAISING = "UPDATE products SET price = 11 WHERE product_id = 1"


def unit_prices(shop):
    return [price for (price,) in shop.execute("SELECT unit_price FROM order_items ORDER BY order_id, line_no")]


def test_a_price_that_is_not_committed_is_no_price(shop, open_session):
    """Nobody waits for anybody."""
    pricing, placer = open_session(), open_session()
    pricing.execute(RAISING)
    placer.execute("SELECT " + placing(1, {1: 1}))
    pricing.commit()
    placer.commit()
    assert unit_prices(shop) == [10]


def test_a_price_changes_while_an_order_is_placed(shop, open_session):
    pricing, placer = open_session(), open_session()
    placer.execute("SELECT " + placing(1, {1: 1}))
    pricing.execute(RAISING)
    pricing.commit()
    placer.commit()
    assert unit_prices(shop) == [10]
    assert shop.execute("SELECT price FROM products WHERE product_id = 1").fetchone() == (11,)


def test_a_price_committed_during_the_wait_for_the_customer_counts(shop, open_session):
    """The wait is for another order of the same customer; what was seen before it is not remembered."""
    other, placer = open_session(), open_session()
    other.execute("SELECT " + placing(1, {2: 1}))
    placer.start("SELECT " + placing(1, {1: 1}))
    placer.wait_until_blocked_by(other)
    shop.execute(RAISING)
    other.commit()
    assert placer.sqlstate() == "00000"
    placer.commit()
    assert unit_prices(shop) == [10, 11]


@pytest.fixture
def stock_holder(shop, open_session):
    """A session that holds the stock of product 1, in a store without taxes."""
    shop.execute("DELETE FROM tax_rates")
    holder = open_session()
    holder.execute("SELECT FROM inventory WHERE product_id = 1 FOR UPDATE")
    return holder


def test_a_price_committed_during_the_wait_for_the_stock_does_not(shop, stock_holder, open_session):
    """By then the order is priced: every line of it by one snapshot."""
    placer = open_session()
    placer.start("SELECT " + placing(1, {1: 1, 2: 1}, ", p_expected_total => 20"))
    placer.wait_until_blocked_by(stock_holder)
    shop.execute("UPDATE products SET price = 11")
    stock_holder.rollback()
    assert placer.sqlstate() == "00000"
    placer.commit()
    assert unit_prices(shop) == [10, 10]


def test_another_total_than_expected_is_refused_before_any_wait(shop, stock_holder, open_session):
    """Stock comes last."""
    placer = open_session()
    placer.start("SELECT " + placing(1, {1: 1, 2: 1}, ", p_expected_total => 21"))
    assert placer.sqlstate() == "ST007"
