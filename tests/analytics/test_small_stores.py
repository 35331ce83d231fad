"""A store without orders, with one, with cancelled ones or units only: every report answers, as defined."""

from datetime import UTC, datetime

import pytest

from tests.analytics import oracle
from tests.analytics.comparison import differences, settle

CATALOGUE = """
    UPDATE store_settings SET time_zone = 'Asia/Kolkata';
    INSERT INTO customers (email) VALUES ('first@store.example'), ('second@store.example');
    INSERT INTO categories (name) VALUES ('Everything');
    INSERT INTO products (sku, name, category_id, price) VALUES
    ('SOLD', 'Sold', 1, 12.50), ('UNSOLD', 'Unsold', NULL, 3.00);
    INSERT INTO stock_adjustments (product_id, quantity, reason) VALUES (1, 10, 'receipt');
    UPDATE inventory SET on_hand = 10 WHERE product_id = 1;
    INSERT INTO coupons (coupon_code, kind, value) VALUES ('SIXTH', 'percent', 16)"""
ONE_ORDER = """SELECT place_order(1, '[{"product_id": 1, "quantity": 2}]', p_coupon_code => 'SIXTH')"""
ROWS = {  # with a catalogue and no order; the others have none
    "customer_lifetime_value": 2,
    "repeat_purchases": 1,
    "product_rankings": 2,
    "category_revenue": 1,
    "coupon_performance": 1,
    "sales_by_hour": 168,
}


@pytest.fixture
def report(store):
    """Check that the views say what the oracle says, and return a function that reads one."""
    now = datetime.now(UTC)

    def read(name):
        with store.cursor() as cursor:
            return cursor.execute(f"TABLE {name}").fetchall()

    def check():
        settle(store, now, "America/New_York")
        assert differences(store, now) == []
        return read

    return check


def test_store_without_anything(report):
    read = report()
    has_rows = {name: len(read(name)) for name in oracle.REPORTS if read(name)}
    assert has_rows == {"repeat_purchases": 1, "sales_by_hour": 168}
    assert read("repeat_purchases") == [(0, 0, None, None, None, None)]
    assert {row[2:] for row in read("sales_by_hour")} == {(0, 0)}


def test_store_without_an_order(store, report):
    store.execute(CATALOGUE)
    read = report()
    assert {name: len(read(name)) for name in oracle.REPORTS if read(name)} == ROWS
    assert read("product_rankings")[0][4:-1] == (0, 0, 0, 1, 1, None, None, "C")
    assert read("category_revenue") == [(1, "Everything", 0, 0, 0, 0, 0)]
    assert read("coupon_performance") == [("SIXTH", 0, 0, 0, None, 0)]
    assert read("customer_lifetime_value")[0][1:] == (0, 0, 0, 0, None, None, None, 0, None, 1, 1)


def test_store_with_one_order(store, report):
    store.execute(CATALOGUE)
    store.execute(ONE_ORDER)
    read = report()
    [(_, orders, customers, *figures, is_partial)] = read("monthly_revenue")
    assert (orders, customers, is_partial) == (1, 1, True)
    assert figures == [21, 0, 21, 21, None, None, None, 21]
    assert read("repeat_purchases") == [(1, 0, 0, None, None, None)]
    assert [row[1:] for row in read("cohort_retention")] == [(0, 1, 1, 100, 21)]
    assert [row[1:] for row in read("rolling_sales")] == [(1, 21, None, None, None)]
    # Alone among the customers that have an order: worst and best at once, and worst is asked first.
    assert read("customer_segments") == [(1, 0, 1, 21, 1, 1, 1, "lost")]
    assert sorted(read("product_rankings"))[0][5:-1] == (21, None, 1, 1, 100, 100, "A")
    assert read("coupon_performance") == [("SIXTH", 1, 4, 21, 21, 1)]


def test_shares_that_fall_on_a_boundary(store, report):
    store.execute(
        """INSERT INTO customers (email) VALUES ('only@store.example');
        INSERT INTO products (sku, name, price)
        VALUES ('A', 'A', 80), ('B', 'B', 15), ('C', 'C', 5);
        INSERT INTO stock_adjustments (product_id, quantity, reason)
        VALUES (1, 1, 'receipt'), (2, 1, 'receipt'), (3, 1, 'receipt');
        UPDATE inventory SET on_hand = 1;
        SELECT place_order(1, '[{"product_id": 1, "quantity": 1}, {"product_id": 2, "quantity": 1},
            {"product_id": 3, "quantity": 1}]')"""
    )
    read = report()
    # Before the second stand exactly 80 per cent, before the third exactly 95.
    shares = [(row[1], row[-3], row[-2]) for row in sorted(read("product_rankings"))]
    assert shares == [("A", 80, "A"), ("B", 95, "B"), ("C", 100, "C")]


def test_store_with_cancelled_orders_only(store, report):
    store.execute(CATALOGUE)
    for _ in range(2):
        (order_id,) = store.execute(ONE_ORDER).fetchone()
        store.execute("SELECT cancel_order(%s, 'changed my mind')", [order_id])
    read = report()
    assert {name: len(read(name)) for name in oracle.REPORTS if read(name)} == ROWS | {"order_funnel": 1}
    assert [row[1:] for row in read("order_funnel")] == [(2, 0, 0, 0, 2, 0, 0, None)]


def test_line_all_of_which_was_cancelled_sold_nothing(store, report):
    """Its product costs nobody knows what, which does not matter, and a 0 divides nothing."""
    store.execute(CATALOGUE)
    store.execute("UPDATE products SET cost = 5 WHERE sku = 'SOLD'")
    store.execute(
        """SELECT receive_stock(2, 3, 'note 1');
        SELECT place_order(1, '[{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 3}]');
        SELECT record_payment(1, 'card', 'c-1', 34);
        SELECT cancel_order(1, 'sold out', '[{"line_no": 2, "quantity": 3}]')"""
    )
    read = report()
    sold, unsold = [row[1:2] + row[4:7] + row[-4:-1] for row in sorted(read("product_rankings"))]
    assert sold == ("SOLD", 2, 25, 15, 100, 100, "A")
    assert unsold == ("UNSOLD", 0, 0, 0, 0, 100, "C")
    assert [row[0] for row in read("return_rates")] == [1]
    [(_, orders, _, revenue, credited, net_revenue, *_)] = read("monthly_revenue")
    assert (orders, revenue, credited, net_revenue) == (1, 34, 9, 25)
    assert read("sales_summary")[0][7:] == (9, 0, 0, 0, 25)


def test_yen_have_no_decimals_in_any_report(store, report):
    store.execute("UPDATE store_settings SET currency = 'JPY'")
    store.execute(CATALOGUE.replace("12.50", "1250").replace("3.00", "300"))
    for quantity in (1, 2, 3):
        items = f'[{{"product_id": 1, "quantity": {quantity}}}]'
        store.execute("SELECT place_order(1, %s, p_coupon_code => 'SIXTH')", [items])
    read = report()
    # 1,050 + 2,100 + 3,150, a third of which is 2,100; the coupon took 200, 400 and 600.
    assert [str(value) for value in read("monthly_revenue")[0][3:7]] == ["6300", "0", "6300", "2100"]
    assert read("coupon_performance")[0][2:5] == (1200, 6300, 2100)
