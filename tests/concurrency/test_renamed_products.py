"""Staff rename products while they are ordered: neither waits for the other, whichever way round the order names them."""

import pytest

from tests.concurrency.conftest import placing

RENAMING = "UPDATE products SET sku = sku || '2' WHERE product_id = %s"


@pytest.mark.parametrize("items", [{1: 1, 2: 1}, {2: 1, 1: 1}])
def test_an_order_does_not_wait_for_products_being_renamed(shop, open_session, items):
    """Its lines refer to the products' stock rows, so it locks no product and can deadlock with no rename."""
    staff, shopper = open_session(), open_session()
    shopper.execute("SET lock_timeout = '5s'")
    staff.execute(RENAMING, [1])
    shopper.execute(f"SELECT {placing(1, items)}")
    staff.execute(RENAMING, [2])
    shopper.commit()
    staff.commit()
