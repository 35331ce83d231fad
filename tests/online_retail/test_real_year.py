"""The whole file, against figures worked out from it without this project's SQL."""

from decimal import Decimal

import pytest

# Query, and what it must return.
CONTROL_FIGURES = {
    "orders and their lines": (
        "SELECT count(*), (SELECT count(*) FROM order_items) FROM orders",
        (19963, 530506),
    ),
    "revenue and refunds": (
        "SELECT sum(total), sum(refunded_amount) FROM orders",
        (Decimal("10655622.48"), Decimal("459376.55")),
    ),
    "orders refunded in full, and orders that cost nothing": (
        "SELECT count(*) FILTER (WHERE status = 'refunded'), count(*) FILTER (WHERE total = 0) FROM orders",
        (143, 4),
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
    "refunds still owed": ("SELECT count(*) FROM refunds_due", (0,)),
    "monthly revenue": (
        "SELECT sum(revenue), sum(refunds) FROM monthly_revenue",
        (Decimal("10655622.48"), Decimal("459376.55")),
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
