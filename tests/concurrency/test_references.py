"""Who only refers to a row waits for nobody who works on it: rows are locked as an UPDATE that leaves their key does."""

import pytest

from tests.concurrency.conftest import TOTAL, placing

ADDRESS = """INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
VALUES (1, 'Ada', '3 Street', 'Town', 'US')"""
EVENT = "INSERT INTO order_audit (order_id, action) VALUES (1, 'redirected')"
PRICE = "INSERT INTO price_history (product_id, price, valid_from) VALUES (1, 9, '2020-01-01')"


@pytest.mark.parametrize(
    ("working", "referring"),
    [
        (placing(1, {1: 1}), ADDRESS),
        (f"record_payment(1, 'bank', 'charge 1', {TOTAL})", EVENT),
        ("receive_stock(1, 1, 'note 2')", PRICE),
    ],
    ids=["a customer who orders", "an order that is paid", "a product that comes in"],
)
def test_a_reference_does_not_wait(shop, pending_order, open_session, working, referring):
    worker, other = open_session(), open_session()
    worker.execute("SELECT " + working)
    other.execute("SET lock_timeout = '5s'")
    other.start(referring)
    assert other.sqlstate() == "00000"
    other.rollback()
    worker.commit()
