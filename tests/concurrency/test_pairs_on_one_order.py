"""Any two functions at one order: the second waits, and all is as if it had come after the first.

What it is as if is not written down here but done: to a twin of the order, one call after the other.

    pytest -m long tests/concurrency/test_pairs_on_one_order.py     every pair in every state; a third by default
"""

from itertools import product
from random import Random

import pytest

from tests.concurrency.conftest import placing

CALLS = {
    "pay": "record_payment({order}, 'bank', '{name} {order}', 3)",
    "chargeback": "record_chargeback({order}, 'bank', '{name} {order}', 4)",
    "refund": "refund_order({order}, 'bank', '{name} {order}', 5)",
    "refund, as an allowance": "refund_order({order}, 'bank', '{name} {order}', 6, 'sorry', true)",
    "allow": "grant_allowance({order}, 7, 'late')",
    "allow for a line": "grant_allowance({order}, 11, 'scratched', 2)",
    "reverse": "reverse_payment({charge}, 'why')",
    "write off": "write_off({order}, 'hopeless')",
    "release": "release_order({order}, 'on account')",
    "redirect": "redirect_order({order}, 2)",
    "ship": "ship_order({order}, 'Post', NULL, '[{{\"line_no\": 1, \"quantity\": 2}}]')",
    "ship the rest": "ship_order({order}, 'Post', NULL)",
    "deliver": "deliver_order({order})",
    "deliver a parcel": "deliver_order({order}, {parcel})",
    "cancel": "cancel_order({order}, 'why')",
    "cancel units": "cancel_order({order}, 'why', '[{{\"line_no\": 1, \"quantity\": 2}}]')",
    "return": 'return_items({order}, \'[{{"line_no": 1, "quantity": 1}}]\')',
    "hold": "change_hold({order}, '2100-01-01')",
}
PAY, SHIP_ONE = "record_payment({order}, 'bank', 'all {order}', 55)", CALLS["ship"].replace("2}}", "1}}")
# Four of product 1 and one of product 2: 55.00.
STATES = {
    "pending, paid in part": ["record_payment({order}, 'bank', 'part {order}', 53)"],
    "paid": [PAY],
    "released, shipped in part": [
        "record_payment({order}, 'bank', 'part {order}', 5)",
        "release_order({order}, 'on account')",
        SHIP_ONE,
    ],
    "shipped, goodwill given": [
        PAY,
        CALLS["ship the rest"],
        "refund_order({order}, 'bank', 'most {order}', 50, 'sorry', true)",
    ],
    "returned, overpaid": [
        PAY,
        CALLS["ship the rest"],
        'return_items({order}, \'[{{"line_no": 1, "quantity": 4}}, {{"line_no": 2, "quantity": 1}}]\')',
    ],
    "cancelled after payment": [PAY, "cancel_order({order}, 'why')"],
}
STATE = """
    SELECT
        status, payment_status, balance, paid_amount, refunded_amount, charged_back_amount, credited_amount,
        expires_at = '2100-01-01', paid_at IS NULL, released_at IS NULL, written_off_at IS NULL, ship_to ->> 'line1',
        ARRAY(
            SELECT (shipped_quantity, cancelled_quantity, returned_quantity)::TEXT FROM order_items
            WHERE order_items.order_id = orders.order_id ORDER BY line_no
        ),
        ARRAY(
            SELECT (credit_no, line_no, kind, net, tax, is_supplied)::TEXT FROM credits
            WHERE credits.order_id = orders.order_id ORDER BY credit_no, line_no, is_supplied
        ),
        ARRAY(
            SELECT (delivered_at IS NULL, line_no, quantity, net, tax)::TEXT
            FROM shipments JOIN shipment_items USING (shipment_id, order_id)
            WHERE shipments.order_id = orders.order_id ORDER BY shipment_id, line_no
        ),
        ARRAY(SELECT action FROM order_audit WHERE order_audit.order_id = orders.order_id ORDER BY id)
    FROM orders
    WHERE order_id = %s
"""


@pytest.fixture
def new_order(shop):
    """Make an order in some state."""
    shop.execute("SELECT receive_stock(product_id, 10000, 'note 2') FROM products")
    shop.execute("UPDATE store_settings SET max_pending_orders = NULL")

    def new_order(state):
        """Its number, and those of its first charge and parcel, 0 where there is none."""
        (order_id,) = shop.execute("SELECT " + placing(1, {1: 4, 2: 1})).fetchone()
        for call in STATES[state]:
            shop.execute("SELECT " + call.format(order=order_id))
        (charge,) = shop.execute("SELECT min(payment_id) FROM payments WHERE order_id = %s", [order_id]).fetchone()
        (parcel,) = shop.execute("SELECT min(shipment_id) FROM shipments WHERE order_id = %s", [order_id]).fetchone()
        return {"order": order_id, "charge": charge or 0, "parcel": parcel or 0}

    return new_order


@pytest.mark.long
@pytest.mark.parametrize("state", STATES)
def test_the_second_of_any_two_calls_acts_on_what_the_first_left(shop, new_order, open_session, repetitions, state):
    first, second = open_session(), open_session()
    raced = 0
    pairs = list(product(CALLS, CALLS))
    for one, other in Random(state).sample(pairs, min(repetitions(1000), len(pairs))):
        order, twin = new_order(state), new_order(state)
        calls = [("first", CALLS[one]), ("second", CALLS[other])]
        in_turn = [ended(first, "SELECT " + call.format(name=name, **twin)) for name, call in calls]

        statements = ["SELECT " + call.format(name=name, **order) for name, call in calls]
        first.start(statements[0])
        at_once = [first.sqlstate()]
        second.start(statements[1])
        if at_once == ["00000"]:  # a call that was refused holds nothing any more
            second.wait_until_blocked_by(first)
            raced += 1
        first.commit()
        at_once.append(second.sqlstate())
        second.commit()

        assert at_once == in_turn, (one, other)
        became, should_be = (shop.execute(STATE, [which["order"]]).fetchone() for which in (order, twin))
        assert became == should_be, (one, other)
    assert raced >= len(CALLS)  # in every state some call is possible


def ended(session, statement):
    """The SQLSTATE of a statement in a transaction of its own."""
    session.start(statement)
    outcome = session.sqlstate()
    session.commit()
    return outcome
