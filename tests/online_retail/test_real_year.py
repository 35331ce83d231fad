"""The whole file, against figures worked out from it without this project's SQL."""

from decimal import Decimal

import pytest

# Query, and what it must return.
CONTROL_FIGURES = {
    "orders and their lines": (
        "SELECT count(*), (SELECT count(*) FROM order_items) FROM orders",
        (19963, 530506),
    ),
    "revenue, credits and refunds": (
        "SELECT sum(total), sum(credited_amount), sum(refunded_amount), sum(total - credited_amount) FROM orders",
        (Decimal("10655622.48"), Decimal("459376.55"), Decimal("459376.55"), Decimal("10196245.93")),
    ),
    "orders delivered and returned, worth nothing any more, and placed for nothing": (
        """SELECT count(*) FILTER (WHERE status = 'delivered'), count(*) FILTER (WHERE status = 'returned'),
            count(*) FILTER (WHERE credited_amount = total AND total > 0), count(*) FILTER (WHERE total = 0)
        FROM orders""",
        (19821, 142, 143, 4),
    ),
    "orders whose balance is not 0, or not paid as they were placed": (
        "SELECT count(*) FROM orders WHERE balance <> 0 OR paid_at IS DISTINCT FROM created_at",
        (0,),
    ),
    "credits, their events and the orders they lower": (
        """SELECT count(*), count(DISTINCT (order_id, credit_no)), count(DISTINCT order_id), sum(amount),
            bool_and(kind = 'return' AND is_supplied AND tax = 0) FROM credits""",
        (7277, 3672, 3131, Decimal("459376.55"), True),
    ),
    "events on one order at one instant": (
        """SELECT count(*) FROM (
            SELECT FROM credits GROUP BY order_id, created_at HAVING count(DISTINCT credit_no) > 1
        ) AS instants""",
        (1,),
    ),
    "what came back on the audit trail": (
        """SELECT count(*), sum((details -> 'amount')::NUMERIC) FROM order_audit WHERE action = 'returned'""",
        (3672, Decimal("459376.55")),
    ),
    "charges and refunds": (
        """SELECT count(*) FILTER (WHERE kind = 'charge'), count(*) FILTER (WHERE kind = 'refund'),
            sum(amount) FILTER (WHERE kind = 'refund') FROM payments""",
        (19959, 3672, Decimal("459376.55")),
    ),
    "returns": ("SELECT count(*), bool_and(restocked) FROM returns", (7315, True)),
    "customers and guests": (
        "SELECT count(*), count(*) FILTER (WHERE email LIKE 'guest-%') FROM customers",
        (5799, 1427),
    ),
    "customers without an order": (
        """SELECT count(*) FROM customers
        WHERE NOT EXISTS (SELECT FROM orders WHERE orders.customer_id = customers.customer_id)""",
        (33,),
    ),
    "products, and those named by their code": (
        "SELECT count(*), count(*) FILTER (WHERE name = sku) FROM products",
        (3946, 136),
    ),
    "ranges of goods": (
        "SELECT count(*) FROM categories WHERE parent_id IS NOT NULL",
        (32,),
    ),
    "opening stock": (
        "SELECT count(*), sum(quantity) FROM stock_adjustments WHERE reason = 'receipt'",
        (3904, 5680349),
    ),
    "stock corrections": (
        """SELECT count(*) FILTER (WHERE reason = 'loss'), count(*) FILTER (WHERE reason = 'count')
        FROM stock_adjustments""",
        (1336, 772),
    ),
    "money of the cancellations left out": (
        """SELECT sum((line ->> 'quantity')::INT * (line ->> 'unit_price')::NUMERIC) FROM import_rejects
        WHERE reason IN ('return_without_sale', 'return_exceeds_sale')""",
        (Decimal("-437435.94"),),
    ),
    "money still owed, either way": (
        "SELECT (SELECT count(*) FROM refunds_due), (SELECT count(*) FROM receivables)",
        (0, 0),
    ),
    "monthly revenue": (
        "SELECT sum(revenue), sum(credits), sum(net_revenue) FROM monthly_revenue",
        (Decimal("10655622.48"), Decimal("459376.55"), Decimal("10196245.93")),
    ),
    "daily sales": (
        "SELECT sum(orders), sum(revenue) FROM daily_sales",
        (19963, Decimal("10655622.48")),
    ),
}


@pytest.mark.parametrize("figure", CONTROL_FIGURES)
def test_a_control_figure_comes_out_exactly(real_year, figure):
    query, expected = CONTROL_FIGURES[figure]
    assert real_year.execute(query).fetchone() == expected


# December 2010 to December 2011, on London's clock.
CREDITS_BY_MONTH = """
    8031.72 87510.27 7147.20 8991.57 36860.39 11368.95 12190.86 10614.81 22397.41 14890.32 42264.58
    23643.37 173465.10"""


def test_credits_lie_in_the_months_of_their_cancellations(real_year):
    query = """
        SELECT date_trunc('month', created_at, 'Europe/London') AS month, sum(amount)
        FROM credits GROUP BY month ORDER BY month"""
    found = [amount for _, amount in real_year.execute(query)]
    assert found == [Decimal(amount) for amount in CREDITS_BY_MONTH.split()]
    query = "SELECT credits FROM monthly_revenue ORDER BY month LIMIT 13"
    assert [amount for (amount,) in real_year.execute(query)] == found


def test_each_reason_leaves_out_as_many_lines_as_it_must(real_year):
    query = "SELECT reason, count(*) FROM import_rejects GROUP BY reason"
    assert dict(real_year.execute(query).fetchall()) == {
        "bad_debt": 3,
        "price_below_cent": 4,
        "return_without_sale": 2028,
        "return_exceeds_sale": 77,
    }


def test_the_books_of_a_whole_year_balance(real_year):
    assert real_year.execute("SELECT * FROM integrity_violations").fetchall() == []
