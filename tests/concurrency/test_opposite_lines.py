"""Two orders of the same products, named in opposite order, never deadlock: rows are locked by product_id."""

from tests.concurrency.conftest import placing, stock_of


def test_an_order_that_waits_for_the_first_product_holds_none_after_it(shop, open_session):
    """Locked as they are named, the second order would hold product 3 while it waits for product 1."""
    holder, upwards, downwards, observer = (open_session() for _ in range(4))
    holder.execute("SELECT FROM inventory WHERE product_id = 1 FOR UPDATE")
    upwards.start("SELECT " + placing(1, {1: 2, 2: 2, 3: 2}))
    upwards.wait_until_blocked_by(holder)
    downwards.start("SELECT " + placing(2, {3: 2, 2: 2, 1: 2}))
    downwards.wait_until_blocked_by(holder, upwards)
    observer.execute("SELECT FROM inventory WHERE product_id > 1 FOR UPDATE NOWAIT")
    observer.rollback()

    holder.rollback()
    assert upwards.sqlstate() == "00000"
    downwards.wait_until_blocked_by(upwards)
    upwards.commit()
    assert downwards.sqlstate() == "00000"
    downwards.commit()
    assert [stock_of(shop, product) for product in (1, 2, 3)] == [(10, 4)] * 3


def test_either_may_be_first(shop, race):
    """The second waits, then has what it asked for; a third is told what is left."""
    assert race(placing(1, {1: 3, 3: 3}), placing(2, {3: 3, 1: 3})) == "00000"
    assert race(placing(2, {3: 2, 1: 2}), placing(1, {1: 2, 3: 2})) == "00000"
    assert stock_of(shop, 1) == stock_of(shop, 3) == (10, 10)
