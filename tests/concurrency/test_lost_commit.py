"""The connection is lost in the middle of COMMIT: the client cannot know what has become of its call, and need not.

It makes the call once more, with the same key: what was done is not done again, and what was not, is.
"""

import pytest

from tests.concurrency.conftest import placing
from tests.operations.servers import eventually

LINE = """'[{"line_no": 1, "quantity": 1}]'"""
KEYED = {  # by what it is: the call, and what counts it; the paid order is of two units
    "an order": (placing(2, {1: 1}, ", 'key'"), "SELECT count(*) FROM orders WHERE customer_id = 2"),
    "a payment": ("record_payment({order}, 'bank', 'charge 2', 1)", "SELECT count(*) - 1 FROM payments"),
    "a parcel": (f"ship_order({{order}}, 'Post', NULL, {LINE}, NULL, 'key')", "SELECT count(*) FROM shipments"),
    "units": (f"cancel_order({{order}}, 'less', {LINE}, 'key')", "SELECT count(*) FROM credits"),
    "an allowance": ("grant_allowance({order}, 1, 'late', NULL, 'key')", "SELECT count(*) FROM credits"),
    "a delivery": (
        "receive_stock(1, 5, 'note 2', NULL, 'key')",
        "SELECT count(*) FROM stock_adjustments WHERE quantity = 5",
    ),
}


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("what", KEYED)
def test_a_call_whose_commit_has_no_answer_is_made_again(shop, paid_order, open_session, what, arrives):
    call, count = (text.replace("{order}", str(paid_order)) for text in KEYED[what])
    client = open_session()
    answer = client.execute(f"SELECT {call}")
    if arrives:
        client.connection.pgconn.send_query(b"COMMIT")
    client.connection.pgconn.finish()  # nobody reads what the server says
    eventually(lambda: shop.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [client.pid]).rowcount == 0)
    assert shop.execute(count).fetchone() == (int(arrives),)
    again = shop.execute(f"SELECT {call}").fetchall()
    assert shop.execute(count).fetchone() == (1,)
    if arrives:
        assert again == answer
