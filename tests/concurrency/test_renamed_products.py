"""Staff rename products while they are ordered: an order is not the victim, whichever way round it names them."""

import pytest

from tests.concurrency.conftest import placing

RENAMING = "UPDATE products SET sku = sku || '2' WHERE product_id = %s"


@pytest.mark.parametrize("items", [{1: 1, 2: 1}, {2: 1, 1: 1}])
def test_an_order_of_products_being_renamed_does_not_deadlock(shop, open_session, items):
    """It has to wait for the first, whose key changes, and holds nothing the second rename waits for."""
    staff, shopper = open_session(), open_session()
    staff.execute(RENAMING, [1])
    shopper.start(f"SELECT {placing(1, items)}")
    shopper.wait_until_blocked_by(staff)
    staff.execute(RENAMING, [2])
    staff.commit()
    assert shopper.sqlstate() == "00000"
    shopper.commit()
