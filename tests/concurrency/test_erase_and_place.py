"""A customer who is being erased, and an order of theirs: one of the two is refused."""

from tests.concurrency.conftest import placing


def test_erased_first_the_order_is_refused(shop, race):
    assert race("erase_customer(1)", placing(1, {1: 1})) == "ST002"
    assert shop.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    assert shop.execute("SELECT erased_at IS NOT NULL FROM customers WHERE customer_id = 1").fetchone() == (True,)


def test_placed_first_the_erasure_is_refused(shop, race):
    assert race(placing(1, {1: 1}), "erase_customer(1)") == "ST005"
    assert shop.execute("SELECT email FROM customers WHERE customer_id = 1").fetchone() == ("ada@example.com",)


def test_cancelled_first_the_customer_can_be_erased(shop, pending_order, race):
    assert race(f"cancel_order({pending_order}, 'no longer wanted')", "erase_customer(1)") == "00000"


def test_before_the_cancelling_the_erasure_is_refused_at_once(shop, pending_order, open_session):
    """The order is open, and nobody is waited for to learn it."""
    session = open_session()
    session.start("SELECT erase_customer(1)")
    assert session.sqlstate() == "ST005"
