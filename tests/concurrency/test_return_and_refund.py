"""Goods come back, and their money after them: what is not due yet is not given back, what came back came back once."""

from tests.concurrency.conftest import TOTAL, actions_of, balance_of, status_of, stock_of

RETURNING = 'return_items({}, \'[{{"line_no": 1, "quantity": 2}}]\')'
REFUNDING = f"refund_order({{}}, 'bank', 'refund 1', {TOTAL})"


def test_returned_first_the_money_is_due(shop, shipped_order, race):
    assert race(RETURNING.format(shipped_order), REFUNDING.format(shipped_order)) == "00000"
    assert status_of(shop, shipped_order) == "returned"
    assert actions_of(shop, shipped_order)[-2:] == ["returned", "refund"]
    assert balance_of(shop, shipped_order) == 0
    assert stock_of(shop) == (10, 0)


def test_a_return_taken_back_leaves_nothing_due(shop, shipped_order, open_session):
    """The refund waited for it."""
    returning, refunding = open_session(), open_session()
    returning.execute("SELECT " + RETURNING.format(shipped_order))
    refunding.start("SELECT " + REFUNDING.format(shipped_order))
    refunding.wait_until_blocked_by(returning)
    returning.rollback()
    assert refunding.sqlstate() == "ST008"
    assert status_of(shop, shipped_order) == "shipped"


def test_the_same_units_come_back_once(shop, shipped_order, race):
    assert race(RETURNING.format(shipped_order), RETURNING.format(shipped_order)) == "ST008"
    assert stock_of(shop) == (10, 0)
    assert balance_of(shop, shipped_order) == -TOTAL
