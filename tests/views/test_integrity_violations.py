"""The books check themselves: each invariant is broken alone, told in one row, and mended.

The superuser breaks them with triggers off, since nobody else can. Rolling back mends.
"""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest

VIEWS = Path(__file__).parents[2] / "sql" / "04_views"

# What is broken, and the rows that tell it: invariant, object, expected, actual.
BROKEN = {
    "a unit on the shelf that never came": (
        "UPDATE inventory SET on_hand = on_hand + 1 WHERE product_id = 1",
        [("on_hand_equals_movements", "product 1", "4", "5")],
    ),
    "a reservation no order waits for": (
        "UPDATE inventory SET reserved = 1 WHERE product_id = 1",
        [("reserved_equals_open_lines", "product 1", "0", "1")],
    ),
    "a subtotal its lines do not make": (
        "UPDATE orders SET subtotal = 37.00 WHERE order_id = 12",
        [("subtotal_equals_lines", "order 12", "36.00", "37.00")],
    ),
    "a discount a cent off its lines": (
        "UPDATE orders SET discount = 5.01 WHERE order_id = 24",
        [("discount_equals_lines", "order 24", "5.00", "5.01")],
    ),
    "a tax its lines and shipping do not make": (
        "UPDATE orders SET tax = 4.20 WHERE order_id = 12",
        [("tax_equals_lines", "order 12", "4.10", "4.20")],
    ),
    "money that never came": (
        "UPDATE orders SET paid_amount = 46.00 WHERE order_id = 12",
        [("paid_equals_payments", "order 12", "45.10", "46.00")],
    ),
    "a refund nobody made": (
        "UPDATE orders SET refunded_amount = 1.00 WHERE order_id = 12",
        [("refunded_equals_payments", "order 12", "0.00", "1.00")],
    ),
    # The missing unit is made up for, so that the stock still adds up.
    "a unit shipped in no parcel": (
        """UPDATE shipment_items SET quantity = 2 WHERE order_id = 42 AND line_no = 2;
        INSERT INTO stock_adjustments (product_id, quantity, reason) VALUES (10, -1, 'loss')""",
        [("shipped_equals_parcels", "order 42 line 2", "2", "3")],
    ),
    "a return the line does not know of": (
        """INSERT INTO returns (order_id, line_no, quantity, restocked)
        VALUES (13, 1, 1, FALSE)""",
        [("returned_equals_returns", "order 13 line 1", "6", "5")],
    ),
    "a cancelled unit the audit trail knows more of": (
        """UPDATE order_audit SET
            details = '{"items": [{"line_no": 1, "quantity": 3}]}'
        WHERE action = 'items_cancelled'""",
        [("cancelled_equals_audit", "order 29 line 1", "3", "2")],
    ),
    # 36.00 at 10 %: 3.60 on top, 3.27 within. The order's prices exclude tax.
    "a tax within the price of an order that has it on top": (
        """UPDATE order_items SET tax = 3.27 WHERE order_id = 12;
        UPDATE orders SET tax = 3.77 WHERE order_id = 12""",
        [("line_tax_follows_order", "order 12 line 1", "3.6", "3.27")],
    ),
    "a discount shared unfairly": (
        """INSERT INTO orders (
            order_id, customer_id, status, subtotal, discount, coupon_code, cancelled_at
        ) OVERRIDING SYSTEM VALUE VALUES (99, 11, 'cancelled', 20.00, 10.00, 'THANKS20', now());
        INSERT INTO order_items (
            order_id, line_no, product_id, sku, product_name, quantity, unit_price, discount
        ) VALUES (99, 1, 1, 'A', 'A', 1, 10.00, 6.00), (99, 2, 2, 'B', 'B', 1, 10.00, 4.00);
        INSERT INTO order_audit (order_id, action) VALUES (99, 'placed'), (99, 'expired')""",
        [
            ("discount_is_shared_fairly", "order 99 line 1", "5", "6"),
            ("discount_is_shared_fairly", "order 99 line 2", "5", "4"),
        ],
    ),
    "a paid order with nothing left to ship": (
        "UPDATE orders SET status = 'paid' WHERE order_id = 40",
        [("status_fits_units", "order 40", "paid", "0 open, 1 shipped, 0 cancelled")],
    ),
    "a paid order without money": (
        """UPDATE orders SET status = 'paid' WHERE order_id = 45;
        INSERT INTO order_audit (order_id, action) VALUES (45, 'paid')""",
        [("status_fits_money", "order 45", "paid", "0.00 paid, 0.00 refunded of 78.56")],
    ),
    "a delivered order of which no money is left": (
        "UPDATE orders SET status = 'delivered' WHERE order_id = 18",
        [("status_fits_money", "order 18", "delivered", "264.00 paid, 264.00 refunded of 264.00")],
    ),
    "a shipped order that has arrived": (
        "UPDATE orders SET status = 'shipped' WHERE order_id = 39",
        [("status_fits_parcels", "order 39", "shipped", "0 parcels under way")],
    ),
    "a delivered order that is under way": (
        """UPDATE orders SET status = 'delivered' WHERE order_id = 40""",
        [("status_fits_parcels", "order 40", "delivered", "1 parcels under way")],
    ),
    "a product without a stock row": (
        "DELETE FROM inventory WHERE product_id = 20",
        [("product_has_stock_row", "product 20", "1", "0")],
    ),
    "a price without a history": (
        "UPDATE products SET price = 121.00 WHERE product_id = 1",
        [("price_equals_latest_in_history", "product 1", "120.00", "121.00")],
    ),
    "a coupon used by no order": (
        "UPDATE coupons SET times_used = 1 WHERE coupon_code = 'DUTCHMAN'",
        [("coupon_uses_equal_orders", "coupon DUTCHMAN", "0", "1")],
    ),
    "a category under its own grandchild": (
        "UPDATE categories SET parent_id = 3 WHERE category_id = 1",
        [("categories_have_no_cycle", "category 1", "a way to a root", "1 in 3 in 2 in 1")],
    ),
    "a feed that ends elsewhere": (
        "UPDATE order_event_state SET last_position = 7",
        [("feed_ends_at_last_position", "event feed", "0", "7")],
    ),
    "a consumer ahead of the feed": (
        """INSERT INTO order_event_consumers (consumer, acknowledged_position)
        VALUES ('shipping desk', 3)""",
        [("consumers_stand_within_feed", "consumer shipping desk", "at most 0", "3")],
    ),
    "an address of an erased customer": (
        """INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
        VALUES (10, 'Griffin', 'The Coach and Horses', 'Iping', 'GB')""",
        [("erased_customer_has_no_address", "customer 10", "0", "1")],
    ),
    "an erased customer's key on an order": (
        "UPDATE orders SET idempotency_key = 'griffin-1' WHERE order_id = 26",
        [("erased_customer_orders_are_anonymous", "customer 10", "0", "1")],
    ),
    "an erased customer who still waits": (
        """DELETE FROM addresses WHERE customer_id = 13;
        UPDATE orders SET ship_to = NULL WHERE customer_id = 13;
        UPDATE customers SET
            email = 'erased-13@erased.invalid', first_name = NULL, last_name = NULL,
            erased_at = now()
        WHERE customer_id = 13""",
        [("erased_customer_has_no_open_order", "customer 13", "0", "1")],
    ),
}

# An order of the seed that has such a row, and how many its life calls for.
AUDITED = {
    "placed": (45, 1),
    "payment": (44, 1),
    "paid": (44, 1),
    "shipped": (25, 2),
    "delivered": (39, 1),
    "cancelled": (24, 1),
    "returned": (31, 1),
    "refund": (10, 1),
    "chargeback": (18, 1),
    "refunded": (13, 1),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_told_and_nothing_else(what, superuser):
    """One fact is changed behind the store's back: exactly its rows appear, and go with it."""
    statement, told = BROKEN[what]
    with broken(superuser, statement):
        assert violations(superuser) == told
    assert violations(superuser) == []


@pytest.mark.parametrize("action", AUDITED)
def test_an_order_without_its_audit_row_is_told(action, superuser):
    """What happened to an order has its row in the audit trail, one a payment and a parcel."""
    order_id, count = AUDITED[action]
    delete = f"""DELETE FROM order_audit WHERE id = (
        SELECT min(id) FROM order_audit WHERE order_id = {order_id} AND action = '{action}'
    )"""
    expected, actual = f"{count} x {action}", f"{count - 1} x {action}"
    with broken(superuser, delete):
        assert violations(superuser) == [
            ("order_is_audited", f"order {order_id}", expected, actual)
        ]
    assert violations(superuser) == []


def test_an_expired_order_counts_as_cancelled_in_the_audit_trail(superuser):
    """Order 12's hold ran out: its audit row says expired, and without it something is missing."""
    with broken(superuser, "DELETE FROM order_audit WHERE order_id = 12 AND action = 'expired'"):
        assert violations(superuser) == [
            ("order_is_audited", "order 12", "1 x cancelled", "0 x cancelled")
        ]


def test_a_sale_moved_behind_the_reports_back_is_told(seeded_store, superuser):
    """daily_sales trusts its picture for untouched days; order 2 of 3 November moves unseen."""
    seeded_store.execute("SELECT refresh_daily_sales()")
    with broken(superuser, "UPDATE orders SET created_at = '2024-11-20 12:00-05' WHERE order_id = 2"):
        assert violations(superuser) == [
            (
                "daily_sales_equals_live", "day 2024-11-03",
                "1 orders, 171.60, 1 customers", "2 orders, 197.90, 2 customers",
            ),
            (
                "daily_sales_equals_live", "day 2024-11-20",
                "2 orders, 71.38, 2 customers", "1 orders, 45.08, 1 customers",
            ),
        ]
        assert violations(superuser, since="2024-11-21 00:00-05") == []
    assert violations(superuser) == []


def test_every_invariant_is_broken_above():
    """An invariant nobody has seen fail may be one that cannot."""
    named = set()
    for file in VIEWS.glob("*_violations.sql"):
        named |= set(re.findall(r"'([a-z]+(?:_[a-z]+){2,})'", file.read_text()))
    broken_ones = {row[0] for _, rows in BROKEN.values() for row in rows}
    elsewhere = {"order_is_audited", "daily_sales_equals_live"}
    assert named - {"items_cancelled"} == broken_ones | elsewhere


def test_the_books_of_an_empty_store_are_sound(store, superuser):
    """Nothing is wrong where nothing is."""
    assert violations(superuser) == []


def test_a_bounded_check_leaves_what_is_older_alone(superuser):
    """Only orders placed or audited since are read; the catalogue always is."""
    old_order = "UPDATE orders SET paid_amount = 46.00 WHERE order_id = 12"  # audited until 9 Feb
    new_order = "UPDATE orders SET paid_amount = 1.00 WHERE order_id = 45"
    stock = "UPDATE inventory SET on_hand = on_hand + 1 WHERE product_id IN (2, 9)"
    coupon = "UPDATE coupons SET times_used = 1 WHERE coupon_code = 'DUTCHMAN'"
    with broken(superuser, ";".join([old_order, new_order, stock, coupon])):
        assert violations(superuser, since="2025-12-15 00:00-05") == [
            ("coupon_uses_equal_orders", "coupon DUTCHMAN", "0", "1"),
            ("on_hand_equals_movements", "product 9", "9", "10"),  # order 45 has a Moby-Dick
            ("paid_equals_payments", "order 45", "0.00", "1.00"),
        ]
        assert ("paid_equals_payments", "order 12", "45.10", "46.00") in violations(
            superuser, since="2025-02-09 00:00-05"
        )


def test_without_a_bound_everything_is_checked(superuser):
    """NULL must not quietly check nothing."""
    with broken(superuser, "UPDATE inventory SET reserved = 1 WHERE product_id = 1"):
        assert len(violations(superuser, since=None)) == 1


@contextmanager
def broken(superuser, statement):
    """Run a statement with triggers off, and mend what it broke in the end."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(statement)
        yield


def violations(superuser, since="-infinity"):
    """What the check tells, in order."""
    return superuser.execute(
        'SELECT * FROM check_integrity(%s) ORDER BY invariant COLLATE "C", object', [since]
    ).fetchall()
