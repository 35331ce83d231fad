"""Above READ COMMITTED a call that meets another's change ends in 40001: it sells nothing twice, and may be tried again."""

import pytest

from tests.concurrency.conftest import TOTAL, placing, stock_of
from tests.concurrency.test_issuing import ISSUING


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


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_documents_that_were_issued_since_the_snapshot(shop, shipped_order, open_session, level):
    """All there were to issue, or as many as were asked for."""
    shop.execute(ISSUING)
    for asked_for in (1, 1000):
        session = open_session()
        session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        session.execute("SELECT count(*) FROM products")
        shop.execute("SELECT issue_documents(%s)", [asked_for])
        session.start("SELECT issue_documents()")
        assert session.sqlstate() == "40001", asked_for
