"""An order's worth is given up once: by allowances, by units cancelled or returned, in whatever order they come."""

import pytest

from tests.concurrency.conftest import TOTAL, balance_of, status_of

ALLOW = "grant_allowance({}, {}, 'late')"
ONE, TWO = (f'[{{{{"line_no": 1, "quantity": {units}}}}}]' for units in (1, 2))


def credits_of(shop, order_id):
    query = "SELECT credit_no, kind, sum(amount) FROM credits WHERE order_id = %s GROUP BY 1, 2 ORDER BY 1"
    return shop.execute(query, [order_id]).fetchall()


@pytest.mark.parametrize(("second", "code"), [("11", "00000"), ("11.01", "ST008")])
def test_two_allowances_are_at_most_what_the_order_is_worth(shop, paid_order, race, second, code):
    assert race(ALLOW.format(paid_order, TOTAL / 2), ALLOW.format(paid_order, second)) == code
    assert credits_of(shop, paid_order) == [(1, "allowance", 11), (2, "allowance", 11)][: 2 if code == "00000" else 1]


@pytest.mark.parametrize(
    ("first", "second", "credits"),
    [
        (ALLOW.format("{0}", 2), f"return_items({{0}}, '{ONE}')", [(1, "allowance", 2), (2, "return", 10)]),
        (f"return_items({{0}}, '{ONE}')", ALLOW.format("{0}", 2), [(1, "return", 11), (2, "allowance", 2)]),
        (ALLOW.format("{0}", TOTAL), f"return_items({{0}}, '{TWO}')", [(1, "allowance", 22)]),
    ],
)
def test_a_return_is_worth_what_the_allowance_left(shop, shipped_order, race, first, second, credits):
    assert race(first.format(shipped_order), second.format(shipped_order)) == "00000"
    assert credits_of(shop, shipped_order) == credits
    assert balance_of(shop, shipped_order) == -sum(amount for _, _, amount in credits)


def test_all_came_back_first_there_is_nothing_to_allow(shop, shipped_order, race):
    assert race(f"return_items({shipped_order}, '{TWO.format()}')", ALLOW.format(shipped_order, "0.01")) == "ST008"


@pytest.mark.parametrize(
    ("first", "second", "credits"),
    [
        (
            ALLOW.format("{0}", 2),
            f"cancel_order({{0}}, 'why', '{ONE}')",
            [(1, "allowance", 2), (2, "cancellation", 10)],
        ),
        (
            f"cancel_order({{0}}, 'why', '{ONE}')",
            ALLOW.format("{0}", 2),
            [(1, "cancellation", 11), (2, "allowance", 2)],
        ),
    ],
)
def test_cancelled_units_are_worth_what_the_allowance_left(shop, paid_order, race, first, second, credits):
    assert race(first.format(paid_order), second.format(paid_order)) == "00000"
    assert credits_of(shop, paid_order) == credits


def test_a_missing_cent_is_allowed_or_paid_and_the_order_is_paid_once(shop, pending_order, race):
    shop.execute("SELECT record_payment(%s, 'bank', 'most', 21.99)", [pending_order])
    paying = f"record_payment({pending_order}, 'bank', 'the cent', 0.01)"
    assert race(ALLOW.format(pending_order, "0.01"), paying) == "00000"
    assert status_of(shop, pending_order) == "paid"
    assert balance_of(shop, pending_order) * 100 == -1
    assert shop.execute("SELECT count(*) FROM order_audit WHERE action = 'paid'").fetchone() == (1,)
