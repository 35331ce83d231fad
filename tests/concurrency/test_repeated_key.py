"""One idempotency key is one order, however often and from however many sessions it is sent."""

from collections import Counter

import pytest

from tests.concurrency.session import as_they_end

ONE_PIECE = "jsonb_build_array(jsonb_build_object('product_id', 1, 'quantity', 1))"
TWO_PIECES = "jsonb_build_array(jsonb_build_object('product_id', 1, 'quantity', 2))"


@pytest.fixture
def stocked_store(store):
    """A customer, and one single piece of one product: a second order would be told ST001."""
    store.execute("INSERT INTO customers (email) VALUES ('ada@example.com')")
    store.execute("INSERT INTO products (sku, name, price) VALUES ('ONE', 'The only one', 5)")
    store.execute("UPDATE inventory SET on_hand = 1")
    return store


def test_16_sessions_with_one_key_get_one_order(stocked_store, open_session):
    """16 times the same number, never ST001, though there is stock for one order only."""
    first, *others = [open_session() for _ in range(16)]
    placing = f"SELECT place_order(1, {ONE_PIECE}, 'the-key')"
    answers = Counter(first.execute(placing)[0])
    for session in others:
        session.start(placing)
    for session in others:
        session.wait_until_blocked_by(first, *others)
    first.commit()
    for session in as_they_end(others):
        answers.update(session.result()[0])
        session.commit()

    assert list(answers.values()) == [16]
    assert stocked_store.execute("SELECT count(*), min(order_id) FROM orders").fetchone() == (1, *answers)


def test_a_key_whose_first_request_failed_is_free(stocked_store, open_session):
    """The waiting retry of a rolled-back order places it itself."""
    first, second = open_session(), open_session()
    first.execute(f"SELECT place_order(1, {ONE_PIECE}, 'the-key')")
    second.start(f"SELECT place_order(1, {ONE_PIECE}, 'the-key')")
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.sqlstate() == "00000"
    second.commit()
    assert stocked_store.execute("SELECT count(*) FROM orders").fetchone() == (1,)


def test_a_key_used_for_another_request_is_refused(stocked_store, open_session):
    """ST004 for the one who waited, with the same key and other items."""
    first, second = open_session(), open_session()
    first.execute(f"SELECT place_order(1, {ONE_PIECE}, 'the-key')")
    second.start(f"SELECT place_order(1, {TWO_PIECES}, 'the-key')")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "ST004"


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_key_used_since_the_snapshot(stocked_store, open_session, level):
    """The one error above READ COMMITTED that is not 40001; sent again, it is the same order."""
    early, late = open_session(), open_session()
    early.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    early.execute("SELECT count(*) FROM orders")
    placing = f"SELECT place_order(1, {ONE_PIECE}, 'the-key')"
    order = late.execute(placing)
    late.commit()
    early.start(placing)
    assert early.sqlstate() == "23505"
    early.rollback()
    assert early.execute(placing) == order
