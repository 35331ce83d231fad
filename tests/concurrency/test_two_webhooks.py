"""A provider delivers a webhook more than once, and to more than one server."""

from tests.concurrency.conftest import TOTAL, actions_of, placing, status_of

PAYING = "SELECT record_payment({}, 'bank', 'charge 1', {})"


def test_the_same_charge_twice_is_one(shop, pending_order, open_session):
    """The second waits, then gets the first one's number."""
    first, second = open_session(), open_session()
    (number,) = first.execute(PAYING.format(pending_order, TOTAL))
    second.start(PAYING.format(pending_order, TOTAL))
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == [number]
    second.commit()
    assert actions_of(shop, pending_order) == ["placed", "payment", "paid"]


def test_the_second_records_it_where_the_first_failed(shop, pending_order, open_session):
    first, second = open_session(), open_session()
    first.execute(PAYING.format(pending_order, TOTAL))
    second.start(PAYING.format(pending_order, TOTAL))
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.sqlstate() == "00000"
    second.commit()
    assert status_of(shop, pending_order) == "paid"


def test_one_charge_pays_one_order(shop, pending_order, race):
    """Two orders, one reference: the unique key makes the second wait, though no row is shared."""
    (other,) = shop.execute("SELECT " + placing(2, {2: 2})).fetchone()
    pay = "record_payment({}, 'bank', 'charge 1', {})"
    assert race(pay.format(pending_order, TOTAL), pay.format(other, TOTAL)) == "ST004"
    assert (status_of(shop, pending_order), status_of(shop, other)) == ("paid", "pending")


def test_two_halves_pay_an_order(shop, pending_order, race):
    half = f"record_payment({pending_order}, 'bank', '%s', {TOTAL / 2})"
    assert race(half % "half 1", half % "half 2") == "00000"
    assert actions_of(shop, pending_order) == ["placed", "payment", "payment", "paid"]
