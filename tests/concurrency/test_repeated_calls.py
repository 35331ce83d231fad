"""Every call that would do its work twice takes a key; a retry of it, racing itself, does it once."""

import pytest

from tests.concurrency.conftest import stock_of

ONE, BACKWARDS = '\'[{"line_no": 1, "quantity": 1}]\'', '\'[{"quantity": 1, "line_no": 1}]\''
# The state of the order, the call, the same in other words, another request, and what was done, once.
CALLS = {
    "ship": (
        "paid_order", "ship_order({order}, 'Post', NULL, {items}, p_idempotency_key => 'k')", ONE, BACKWARDS, "NULL",
        "SELECT count(*) FROM shipments",
    ),
    "return": (
        "shipped_order", "return_items({order}, {items}, p_idempotency_key => 'k')", ONE, BACKWARDS,
        "'[{\"line_no\": 1, \"quantity\": 2}]'", "SELECT count(*) FROM returns",
    ),
    "cancel units": (
        "paid_order", "cancel_order({order}, 'why', {items}, 'k')", ONE, BACKWARDS, "NULL",
        "SELECT cancelled_quantity FROM order_items",
    ),
    "cancel": (
        "paid_order", "cancel_order({order}, 'why', {items}, 'k')", "NULL", "NULL", ONE,
        "SELECT count(*) FROM order_audit WHERE action = 'cancelled'",
    ),
    "allow": (
        "paid_order", "grant_allowance({order}, {items}, 'late', p_idempotency_key => 'k')", "1", "1.00", "2",
        "SELECT sum(amount) FROM credits",
    ),
    "receive": (
        "paid_order", "receive_stock(2, {items}, 'note 2', p_idempotency_key => 'k')", "1", "1", "2",
        "SELECT on_hand - 10 FROM inventory WHERE product_id = 2",
    ),
    "adjust": (
        "paid_order", "adjust_stock(2, {items}, 'damage', p_idempotency_key => 'k')", "-1", "-1", "-2",
        "SELECT 10 - on_hand FROM inventory WHERE product_id = 2",
    ),
}  # fmt: skip


@pytest.fixture(params=CALLS)
def call(shop, request):
    """The call, the same again, another of the same key, and the query for how often it was done."""
    state, call, items, same, other, done = CALLS[request.param]
    order = request.getfixturevalue(state)
    return *("SELECT " + call.format(order=order, items=words) for words in (items, same, other)), done


def test_a_retry_that_races_the_call_gets_its_answer(shop, open_session, call):
    calling, again, _, done = call
    first, second = open_session(), open_session()
    answer = first.execute(calling)
    second.start(again)
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == answer
    second.commit()
    assert shop.execute(done).fetchone() == (1,)
    assert shop.execute(again).fetchall() == answer
    assert shop.execute(done).fetchone() == (1,)


def test_a_retry_of_what_was_rolled_back_does_it(shop, open_session, call):
    calling, again, _, done = call
    first, second = open_session(), open_session()
    first.execute(calling)
    second.start(again)
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.sqlstate() == "00000"
    second.commit()
    assert shop.execute(done).fetchone() == (1,)


def test_a_key_that_is_another_request_s_is_refused(shop, open_session, call):
    calling, _, other, done = call
    first, second = open_session(), open_session()
    first.execute(calling)
    second.start(other)
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "ST004"
    second.rollback()
    assert shop.execute(done).fetchone() == (1,)


def test_a_key_is_one_call_s_in_the_whole_store(shop, paid_order, race):
    """Though the calls share no order and no product."""
    shipping = f"ship_order({paid_order}, 'Post', NULL, p_idempotency_key => 'k')"
    assert race(shipping, "receive_stock(2, 1, 'note 2', p_idempotency_key => 'k')") == "ST004"
    assert stock_of(shop, 2) == (10, 0)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_key_used_since_the_snapshot(shop, open_session, level):
    """By a call that shares no row with it: to be retried, and then refused."""
    early, late = open_session(), open_session()
    early.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    early.execute("SELECT count(*) FROM call_keys")
    late.execute("SELECT receive_stock(1, 1, 'note 1', p_idempotency_key => 'k')")
    late.commit()
    receiving = "SELECT receive_stock(2, 1, 'note 2', p_idempotency_key => 'k')"
    early.start(receiving)
    assert early.sqlstate() == "40001"
    early.rollback()
    early.start(receiving)
    assert early.sqlstate() == "ST004"


def test_every_call_with_a_key_is_raced(shop):
    """Asks the catalog; of place_order test_repeated_key.py does."""
    keyed = shop.execute(
        """SELECT proname FROM pg_proc
        WHERE pronamespace = 'store'::REGNAMESPACE AND 'p_idempotency_key' = proargnames[pronargs]
        AND proname !~ '^_' AND has_function_privilege('shop_staff', oid, 'EXECUTE')"""
    )
    raced = {call.split("(")[0] for _, call, *_ in CALLS.values()}
    assert {name for (name,) in keyed} == raced
