"""The sessions the races are told with see a wait, see that there is none, and never wait for ever."""

import pytest
from psycopg import errors

LOCK = "SELECT FROM products WHERE product_id = 1 FOR UPDATE"


@pytest.fixture
def holder(open_session):
    """A session that holds the lock."""
    session = open_session()
    session.execute(LOCK)
    return session


def test_a_wait_is_seen_and_ends_with_the_lock(holder, open_session):
    waiting = open_session()
    waiting.start(LOCK)
    waiting.wait_until_blocked_by(holder)
    assert waiting.is_running()
    holder.commit()
    assert waiting.sqlstate() == "00000"


def test_a_statement_that_ends_without_waiting_is_told(holder, open_session):
    free = open_session()
    free.start("SELECT 1 / 0")
    with pytest.raises(AssertionError, match="never waited for .* ended with 22012"):
        free.wait_until_blocked_by(holder)


def test_an_error_is_raised_and_has_its_sqlstate(holder, open_session):
    impatient = open_session()
    impatient.start(f"{LOCK} NOWAIT")
    assert impatient.sqlstate() == "55P03"
    with pytest.raises(errors.LockNotAvailable):
        impatient.result()


def test_a_session_that_still_waits_can_be_closed(holder, open_session):
    waiting = open_session()
    waiting.start(LOCK)
    waiting.wait_until_blocked_by(holder)
    waiting.close()
    assert waiting.sqlstate() == "57P01"


def test_a_session_acts_for_a_customer(open_session):
    session = open_session(role="shop_customer", customer_id=2)
    query = "SELECT session_user, current_setting('app.customer_id')"
    assert session.execute(query) == [("test_customer", "2")]
