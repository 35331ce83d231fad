"""The store's currency changes while there is no order, and none is placed meanwhile in the old one."""

import pytest

from tests.concurrency.conftest import placing

TO_EURO = "UPDATE store_settings SET currency = 'EUR'"
ORDER = "SELECT " + placing(1, {1: 1})


@pytest.mark.parametrize("pricing", [ORDER, "UPDATE products SET price = 11 WHERE product_id = 1"])
def test_a_change_waits_for_nobody(shop, open_session, pricing):
    """While an amount is being written it is refused at once, and may be tried again."""
    other, manager = open_session(), open_session()
    other.execute(pricing)
    manager.start(TO_EURO)
    assert manager.sqlstate() == "55P03"
    manager.rollback()
    other.rollback()
    manager.execute(TO_EURO)


def test_once_there_is_an_order_the_currency_stays(shop, pending_order, open_session):
    """Told at once, also while another is being placed."""
    buyer, manager = open_session(), open_session()
    buyer.execute(ORDER)
    manager.start(TO_EURO)
    assert manager.sqlstate() == "55000"


def test_an_order_waits_for_a_change(shop, open_session):
    """And is in the new currency."""
    manager, buyer = open_session(), open_session()
    manager.execute(TO_EURO)
    buyer.start(ORDER)
    buyer.wait_until_blocked_by(manager)
    manager.commit()
    assert buyer.sqlstate() == "00000"
    buyer.commit()


def test_an_old_snapshot_changes_nothing(shop, open_session):
    """It would not see the order that was placed since."""
    manager = open_session()
    manager.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    assert manager.execute("SELECT count(*) FROM orders") == [(0,)]
    shop.execute(ORDER)
    manager.start(TO_EURO)
    assert manager.sqlstate() == "25000"
