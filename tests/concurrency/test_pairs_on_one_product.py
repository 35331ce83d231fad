"""Any two functions that move the same products' stock: the second waits, and both get through.

Each works on an order of its own, with the two products in opposite lines.
"""

import pytest

from tests.concurrency.conftest import placing

BOTH_LINES = '\'[{{"line_no": 1, "quantity": 1}}, {{"line_no": 2, "quantity": 1}}]\''
PAID = ["SELECT record_payment({order}, 'bank', 'charge {order}', 100)"]
SHIPPED = [*PAID, "SELECT ship_order({order}, 'Post', NULL)"]
OVERDUE = ["UPDATE orders SET expires_at = now() - INTERVAL '1 second' WHERE order_id = {order}"]
# What must have happened to the order before, and the call.
CALLS = {
    "place": ([], None),
    "cancel": ([], "cancel_order({order}, 'why')"),
    "cancel, paid": (PAID, "cancel_order({order}, 'why')"),
    "cancel units": (PAID, f"cancel_order({{order}}, 'why', {BOTH_LINES})"),
    "ship": (PAID, "ship_order({order}, 'Post', NULL)"),
    "return": (SHIPPED, f"return_items({{order}}, {BOTH_LINES})"),
    "expire": (OVERDUE, "expire_unpaid_orders()"),
    "receive": ([], "receive_stock(1, 5, 'note 3')"),
    "adjust": ([], "adjust_stock(1, -1, 'damage')"),
    "count": ([], "count_stock(1, 9000)"),
}


@pytest.fixture
def ready(shop):
    """Make what a call needs and return the call."""
    shop.execute("SELECT receive_stock(product_id, 10000, 'note 2') FROM products")

    def ready(name, products):
        before, call = CALLS[name]
        placed = placing(1 + products[0] % 2, dict.fromkeys(products, 2))
        if call is None:
            return placed
        (order_id,) = shop.execute("SELECT " + placed).fetchone()
        for statement in before:
            shop.execute(statement.format(order=order_id))
        return call.format(order=order_id)

    return ready


@pytest.mark.parametrize("one", CALLS)
def test_both_get_through_whichever_is_first(shop, ready, race, one):
    for other in CALLS:
        if one == other == "expire":
            continue  # the first takes both orders
        assert race(ready(one, (1, 2)), ready(other, (2, 1))) == "00000", other


def test_every_function_that_changes_stock_is_raced(shop):
    """Asks the catalog which public functions do, themselves or by what they call."""
    movers = shop.execute(
        """WITH RECURSIVE movers AS (
            SELECT proname FROM pg_proc
            WHERE pronamespace = 'store'::REGNAMESPACE AND prosrc ~ 'UPDATE inventory'
            UNION
            SELECT pg_proc.proname FROM pg_proc, movers
            WHERE pronamespace = 'store'::REGNAMESPACE AND prosrc ~ ('\\m' || movers.proname || '\\(')
        )
        SELECT proname FROM movers WHERE proname !~ '^_' AND proname <> 'run_maintenance'"""
    )
    movers = {name for (name,) in movers}
    raced = {(call or "place_order(").split("(")[0] for _, call in CALLS.values()}
    assert movers == raced
