"""Money that is due goes back once, whoever gives it; what the bank takes is a fact, and leaves nothing to give."""

import pytest

from tests.concurrency.conftest import TOTAL, balance_of

REFUND = "refund_order({}, 'bank', 'back 1', {})"
OTHER_REFUND = "refund_order({}, 'bank', 'back 2', {})"
CHARGEBACK = "record_chargeback({}, 'bank', 'back 3', {})"
OTHER_CHARGEBACK = "record_chargeback({}, 'bank', 'back 4', {})"
REVERSAL = "reverse_payment((SELECT payment_id FROM payments WHERE kind = 'charge'), 'meant for another')"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (REFUND, OTHER_REFUND), (CHARGEBACK, REFUND), (CHARGEBACK, OTHER_CHARGEBACK), (REVERSAL, REFUND),
        (REFUND, REVERSAL), (CHARGEBACK, REVERSAL),
    ],
)  # fmt: skip
def test_the_second_finds_nothing_left(shop, returned_order, race, first, second):
    assert race(first.format(returned_order, TOTAL), second.format(returned_order, "0.01")) == "ST008"
    assert balance_of(shop, returned_order) == 0


@pytest.mark.parametrize("first", [REFUND, REVERSAL])
def test_the_bank_takes_back_what_was_given_back(shop, returned_order, race, first):
    """Recorded, whoever was first: the customer has it twice, and owes it."""
    assert race(first.format(returned_order, TOTAL), CHARGEBACK.format(returned_order, TOTAL)) == "00000"
    assert balance_of(shop, returned_order) == TOTAL
    assert shop.execute("SELECT amount_owed FROM receivables").fetchall() == [(TOTAL,)]


@pytest.mark.parametrize(("first", "second"), [(REFUND, OTHER_REFUND), (REFUND, CHARGEBACK), (CHARGEBACK, REFUND)])
def test_halves_make_a_whole(shop, returned_order, race, first, second):
    assert race(first.format(returned_order, TOTAL / 2), second.format(returned_order, TOTAL / 2)) == "00000"
    assert balance_of(shop, returned_order) == 0


@pytest.mark.parametrize("call", [REFUND, CHARGEBACK, REVERSAL])
def test_the_same_one_twice_is_one(shop, returned_order, open_session, call):
    first, second = open_session(), open_session()
    (number,) = first.execute("SELECT " + call.format(returned_order, TOTAL))
    second.start("SELECT " + call.format(returned_order, TOTAL))
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == [number]
    second.commit()
    assert balance_of(shop, returned_order) == 0


def test_goodwill_given_by_two_is_given_twice(shop, shipped_order, race):
    """Each with a reference of its own; the allowance of each is its own."""
    goodwill = "refund_order({}, 'bank', '{}', {}, 'scratched', true)"
    assert race(goodwill.format(shipped_order, 1, 10), goodwill.format(shipped_order, 2, 12)) == "00000"
    assert shop.execute("SELECT credit_no, sum(amount) FROM credits GROUP BY 1 ORDER BY 1").fetchall() == [
        (1, 10),
        (2, 12),
    ]
    assert shop.execute("SELECT credited_amount, refunded_amount, balance FROM orders").fetchone() == (TOTAL, TOTAL, 0)


def test_goodwill_beyond_what_is_held(shop, shipped_order, race):
    goodwill = "refund_order({}, 'bank', '{}', {}, 'scratched', true)"
    assert race(goodwill.format(shipped_order, 1, 10), goodwill.format(shipped_order, 2, "12.01")) == "ST008"
    assert balance_of(shop, shipped_order) == 0
