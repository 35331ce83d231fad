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


@pytest.mark.parametrize(("expected", "code"), [("20", "00000"), ("21", "ST007")])
def test_a_price_committed_during_the_wait_for_the_stock_does_not(shop, open_session, expected, code):
    """By then the order is priced: every line of it by one snapshot."""
    holder, placer = open_session(), open_session()
    shop.execute("DELETE FROM tax_rates")
    holder.execute("SELECT FROM inventory WHERE product_id = 1 FOR UPDATE")
    if code == "ST007":
        with pytest.raises(Exception) as refused:  # refused before it would wait
            placer.execute("SELECT " + placing(1, {1: 1, 2: 1}, f", p_expected_total => {expected}"))
        assert refused.value.sqlstate == code
        return
    placer.start("SELECT " + placing(1, {1: 1, 2: 1}, f", p_expected_total => {expected}"))
    placer.wait_until_blocked_by(holder)
    shop.execute("UPDATE products SET price = 11")
    holder.rollback()
    assert placer.sqlstate() == code
    placer.commit()
    assert unit_prices(shop) == [10, 10]
