"""A sale begins and ends by the clock, and an order has the price of one moment, whoever changes what beside it."""

import pytest

from tests.concurrency.conftest import placing

LINES = """
    SELECT unit_price, regular_price FROM order_items INNER JOIN orders USING (order_id) ORDER BY order_id, line_no
"""
SALE = """
    INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
    VALUES (1, 8, now(), now() + INTERVAL '1 day')
"""
SALE_TO_COME = SALE.replace("now()", "now() + INTERVAL '1 day'")
LOWERED = "UPDATE products SET price = 7 WHERE product_id = 1"
ENDING = "UPDATE sale_prices SET valid_until = now()"


def prices(shop):
    """What each unit cost, and would have without a sale."""
    return shop.execute(LINES).fetchall()


def test_a_sale_begins_and_ends_by_the_clock(shop):
    """Orders placed one after the other, before, during and after it: each has the price of its instant."""
    shop.execute("UPDATE store_settings SET max_pending_orders = NULL")
    shop.execute("SELECT receive_stock(1, 1000000, 'note 2')")
    sale = shop.execute("""
        INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
        VALUES (1, 8, now() + INTERVAL '200 milliseconds', now() + INTERVAL '400 milliseconds')
        RETURNING valid_from, valid_until
    """).fetchone()
    is_over = False
    while not is_over:
        shop.execute("SELECT " + placing(1, {1: 1}))
        is_over = shop.execute("SELECT max(created_at) > %s FROM orders", [sale[1]]).fetchone()[0]
    bought = shop.execute("""
        SELECT created_at >= valid_from AND created_at < valid_until AS is_on_sale, unit_price, order_items.regular_price,
            price_at(1, created_at) = unit_price AS is_price_at
        FROM order_items INNER JOIN orders USING (order_id) INNER JOIN sale_prices USING (product_id)
    """).fetchall()
    assert set(bought) == {(False, 10, None, True), (True, 8, 10, True)}


def test_a_sale_that_is_not_committed_is_none(shop, open_session):
    """Nobody waits for anybody."""
    clerk, buyer = open_session("shop_staff"), open_session()
    clerk.execute(SALE)
    buyer.execute("SELECT " + placing(1, {1: 1}))
    clerk.commit()
    buyer.commit()
    assert prices(shop) == [(10, None)]


def test_a_sale_is_ended_while_an_order_is_placed(shop, open_session):
    shop.execute(SALE)
    clerk, buyer = open_session("shop_staff"), open_session()
    buyer.execute("SELECT " + placing(1, {1: 1}))
    clerk.execute(ENDING)
    clerk.commit()
    buyer.commit()
    shop.execute("SELECT " + placing(1, {1: 1}))
    assert prices(shop) == [(8, 10), (10, None)]


def test_a_sale_committed_during_the_wait_for_the_stock_does_not_count(shop, open_session):
    """By then the order is priced."""
    holder, buyer = open_session(), open_session()
    holder.execute("SELECT FROM inventory WHERE product_id = 1 FOR UPDATE")
    buyer.start("SELECT " + placing(1, {1: 1}, ", p_expected_total => 11"))
    buyer.wait_until_blocked_by(holder)
    shop.execute(SALE)
    holder.rollback()
    assert buyer.sqlstate() == "00000"
    buyer.commit()
    assert prices(shop) == [(10, None)]


def test_an_order_that_waits_has_the_sale_of_its_instant(shop, open_session):
    """Which is that of created_at, when the sale still ran, as the sale says too."""
    shop.execute(SALE)
    other, buyer = open_session(), open_session()
    other.execute("SELECT " + placing(1, {2: 1}))
    buyer.start("SELECT " + placing(1, {1: 1}))
    buyer.wait_until_blocked_by(other)
    shop.execute(ENDING)
    other.commit()
    assert buyer.sqlstate() == "00000"
    buyer.commit()
    assert prices(shop) == [(10, None), (8, 10)]
    assert shop.execute("SELECT price_at(1, created_at) FROM orders ORDER BY order_id DESC LIMIT 1").fetchone() == (8,)


def test_of_two_sales_that_overlap_one_is_refused(shop, open_session):
    first, second = open_session("shop_staff"), open_session("shop_staff")
    first.execute(SALE)
    second.start(SALE)
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "23P01"


def test_a_sale_waits_for_the_price_it_is_to_be_below(shop, open_session):
    manager, clerk = open_session("shop_staff"), open_session("shop_staff")
    manager.execute(LOWERED)
    clerk.start(SALE)
    clerk.wait_until_blocked_by(manager)
    manager.commit()
    assert clerk.sqlstate() == "23514"


def test_a_price_lowered_below_a_new_sale_applies(shop, open_session):
    clerk, manager = open_session("shop_staff"), open_session("shop_staff")
    clerk.execute(SALE)
    manager.start(LOWERED)
    manager.wait_until_blocked_by(clerk)
    clerk.commit()
    assert manager.sqlstate() == "00000"
    manager.commit()
    shop.execute("SELECT " + placing(1, {1: 1}))
    assert prices(shop) == [(7, None)]


@pytest.mark.parametrize("change", [SALE, SALE_TO_COME])
def test_making_a_sale_and_placing_an_order_do_not_wait_for_each_other(shop, open_session, change):
    clerk, buyer = open_session("shop_staff"), open_session()
    buyer.execute("SELECT " + placing(1, {1: 1}))
    clerk.execute(change)
    clerk.commit()
    buyer.commit()


def test_a_sale_that_began_during_the_transaction_is_not_changed(shop, open_session):
    """The clerk's now() is still of before it began; the orders placed since are not."""
    clerk = open_session("shop_staff")
    shop.execute(SALE.replace("VALUES (1, 8, now()", "VALUES (1, 8, now() + INTERVAL '100 milliseconds'"))
    clerk.execute("SELECT now()")
    while not shop.execute("SELECT clock_timestamp() > valid_from FROM sale_prices").fetchone()[0]:
        pass
    clerk.start("UPDATE sale_prices SET price = 9")
    assert clerk.sqlstate() == "55000"
