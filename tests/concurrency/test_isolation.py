"""Above READ COMMITTED a call that meets another's change ends in 40001: it sells nothing twice, and may be tried again."""

import pytest

from tests.concurrency.conftest import TOTAL, placing, stock_of


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_stock_that_changed_since_the_snapshot(shop, open_session, level):
    session = open_session()
    session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    session.execute("SELECT count(*) FROM products")
    shop.execute("SELECT " + placing(2, {1: 10}))
    session.start("SELECT " + placing(1, {1: 1}))
    assert session.sqlstate() == "40001"
    assert stock_of(shop) == (10, 10)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_order_that_changed_since_the_snapshot(shop, pending_order, open_session, level):
    session = open_session()
    session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    session.execute("SELECT count(*) FROM products")
    shop.execute("SELECT cancel_order(%s, 'no longer wanted')", [pending_order])
    session.start("SELECT record_payment(%s, 'bank', 'charge 1', %s)", [pending_order, TOTAL])
    assert session.sqlstate() == "40001"
