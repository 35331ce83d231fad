"""The store's currency changes while nothing is in it, and nothing is priced meanwhile in the old one.

Whoever asks for it when that cannot be is told at once: no test here lets the manager wait.
"""

import pytest

from tests.concurrency.conftest import placing

TO_EURO = "UPDATE store_settings SET currency = 'EUR'"
TO_YEN = "UPDATE store_settings SET currency = 'JPY'"
ORDER = "SELECT " + placing(1, {1: 1})
# What stands in the store's currency, and is given with cents.
AMOUNTS = {
    "a new product": "INSERT INTO products (sku, name, price) VALUES ('POT', 'Pot', 9.99)",
    "a price": "UPDATE products SET price = 9.99 WHERE product_id = 1",
    "a cost": "UPDATE products SET cost = 9.99 WHERE product_id = 1",
    "a sale": """
        INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
        VALUES (1, 9.99, now(), now() + INTERVAL '1 day')
    """,
    "a coupon": "INSERT INTO coupons (coupon_code, kind, value) VALUES ('SMALL', 'fixed', 9.99)",
    "a received unit's cost": "SELECT receive_stock(1, 1, 'note 2', 9.99)",
}


def test_a_change_does_not_wait_for_an_order_being_placed(shop, open_session):
    """It is told that it cannot be now, and once the order is there, that it cannot be any more."""
    buyer, manager = open_session(), open_session()
    buyer.execute(ORDER)
    manager.start(TO_EURO)
    assert manager.sqlstate() == "55P03"
    manager.rollback()
    buyer.commit()
    manager.start(TO_EURO)
    assert manager.sqlstate() == "55000"


def test_a_change_does_not_wait_where_there_are_orders(shop, open_session):
    """Also while another is being placed: that there are orders is all there is to tell."""
    buyer, manager = open_session(), open_session()
    shop.execute(ORDER)
    buyer.execute(ORDER)
    manager.start(TO_EURO)
    assert manager.sqlstate() == "55000"


def test_an_order_waits_for_a_change(shop, open_session):
    """And is in the new currency, though its session began before."""
    manager, buyer = open_session(), open_session()
    manager.execute(TO_YEN)
    buyer.start(ORDER)
    buyer.wait_until_blocked_by(manager)
    manager.commit()
    [(order_id,)] = buyer.result()
    buyer.commit()
    assert shop.execute("SELECT decimals, total FROM orders WHERE order_id = %s", [order_id]).fetchone() == (0, 11)


@pytest.mark.parametrize("amount", AMOUNTS.values(), ids=AMOUNTS)
def test_a_change_does_not_wait_for_an_amount(shop, open_session, amount):
    """It is told that it cannot be now, and once the amount is there, which has cents, why not."""
    clerk, manager = open_session(), open_session()
    clerk.execute(amount)
    manager.start(TO_YEN)
    assert manager.sqlstate() == "55P03"
    manager.rollback()
    clerk.commit()
    manager.start(TO_YEN)
    assert manager.sqlstate() == "55000"


@pytest.mark.parametrize("amount", AMOUNTS.values(), ids=AMOUNTS)
def test_an_amount_waits_for_a_change(shop, open_session, amount):
    """And is refused in a currency that has no cents."""
    manager, clerk = open_session(), open_session()
    manager.execute(TO_YEN)
    clerk.start(amount)
    clerk.wait_until_blocked_by(manager)
    manager.commit()
    assert clerk.sqlstate() == "23514"


@pytest.mark.parametrize("amount", [ORDER, *AMOUNTS.values()], ids=["an order", *AMOUNTS])
def test_nobody_else_can_keep_the_store_from_selling(shop, superuser, amount):
    """Whoever may sell or price takes no lock that just anybody could hold: advisory ones are everybody's."""
    query = "SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = 'advisory'"
    with shop.transaction(force_rollback=True):
        shop.execute(amount)
        assert superuser.execute(query, [shop.info.backend_pid]).fetchone() == (0,)


def test_who_prices_does_not_wait_for_who_places(shop, open_session):
    """Both keep the currency as it is; neither keeps the other from it."""
    buyer, clerk = open_session(), open_session()
    buyer.execute(ORDER)
    clerk.execute("UPDATE products SET price = 12 WHERE product_id = 2")
    clerk.commit()
    buyer.commit()


def test_what_was_priced_before_may_change_with_the_currency(shop):
    """In one transaction: nobody else has a share in it."""
    with shop.transaction():
        shop.execute("UPDATE products SET price = 9.99 WHERE product_id = 1")
        shop.execute("UPDATE products SET price = 1500 WHERE product_id = 1")
        shop.execute(TO_YEN)
    assert shop.execute("SELECT currency, currency_decimals FROM store_settings").fetchone() == ("JPY", 0)


def test_an_old_snapshot_changes_nothing(shop, open_session):
    """It would not see the order that was placed since."""
    manager = open_session()
    manager.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    assert manager.execute("SELECT count(*) FROM orders") == [(0,)]
    shop.execute(ORDER)
    manager.start(TO_EURO)
    assert manager.sqlstate() == "25000"


@pytest.mark.parametrize("amount", [ORDER, *AMOUNTS.values()], ids=["an order", *AMOUNTS])
def test_an_old_snapshot_prices_nothing(shop, open_session, amount):
    """It would do so in the currency that was."""
    clerk = open_session()
    clerk.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    clerk.execute("SELECT currency FROM store_settings")
    shop.execute(TO_YEN)
    clerk.start(amount)
    assert clerk.sqlstate() == "40001"
    clerk.rollback()
