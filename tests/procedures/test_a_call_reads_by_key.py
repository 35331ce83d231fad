"""No call of an order's life reads a whole table, not even one small enough for the planner to think that cheap.

A catalogue of a thousand or two is where that happens: joined to a list of items alone, it is read whole for every
order, which once was the greater part of what an order cost.
"""

import pytest

PRODUCTS = CUSTOMERS = 1_500

CATALOGUE = f"""
UPDATE store_settings SET max_pending_orders = 5;
INSERT INTO customers (email) SELECT number || '@example.com' FROM generate_series(1, {CUSTOMERS}) AS number;
INSERT INTO products (sku, name, price) SELECT number, 'Product', 10 FROM generate_series(1, {PRODUCTS}) AS number;
UPDATE inventory SET on_hand = 5000;
-- A sale that is over of each product, past the guard that has them made for what is to come.
ALTER TABLE sale_prices DISABLE TRIGGER USER;
INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
SELECT product_id, 9, now() - INTERVAL '2 days', now() - INTERVAL '1 day' FROM products;
ALTER TABLE sale_prices ENABLE TRIGGER USER;
INSERT INTO coupons (coupon_code, kind, value, per_customer_limit)
SELECT 'C' || number, 'percent', 10, 5 FROM generate_series(1, {PRODUCTS}) AS number;
SELECT place_order(number, '[{{"product_id": 7, "quantity": 1}}]') FROM generate_series(1, {CUSTOMERS}) AS number;
"""
ITEMS = '[{"product_id": 1, "quantity": 2}, {"product_id": 5, "quantity": 1}, {"product_id": 9, "quantity": 1}]'
PLACE = f"SELECT place_order(1, '{ITEMS}', 'key', 'C5')"
LIFE = [  # of order 1501: 40.00 less a tenth, 36.00
    f"SELECT quote_order('{ITEMS}', 'C5', 1)",
    PLACE,
    PLACE,  # the same order again, by its key
    "SELECT change_hold(1501, now() + INTERVAL '1 hour')",
    "SELECT record_payment(1501, 'bank', 'charge', 36)",
    """SELECT cancel_order(1501, 'one less', '[{"line_no": 2, "quantity": 1}]')""",
    """SELECT ship_order(1501, 'Post', 'T1', '[{"line_no": 1, "quantity": 1}]')""",
    "SELECT ship_order(1501, 'Post', 'T2')",
    "SELECT deliver_order(1501)",
    """SELECT return_items(1501, '[{"line_no": 1, "quantity": 1}]', TRUE)""",
    "SELECT refund_order(1501, 'bank', 'refund', 5)",
    "SELECT grant_allowance(1501, 1, 'late', NULL, 'allowance')",
    "SELECT release_order(3, 'on account')",
    "SELECT write_off(3, 'moved away')",
    "SELECT record_payment(4, 'bank', 'wrong', 10)",
    "SELECT reverse_payment(3, 'wrong order', 3)",
    "SELECT record_chargeback(1501, 'bank', 'dispute', 1)",
    "SELECT cancel_order(2, 'not wanted')",
    "SELECT receive_stock(3, 5, 'note')",
    "SELECT register_customer('new@example.com', NULL, 'New', NULL)",
]
READ_WHOLE = "SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables"
READ_AT_ALL = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables"


@pytest.fixture
def wide_store(store, superuser):
    """Fifteen hundred each of products, sales, customers, coupons and orders."""
    store.execute(CATALOGUE)
    superuser.execute("VACUUM ANALYZE")
    return store


def test_every_call_of_an_orders_life_finds_its_rows_by_key(wide_store):
    read_whole = {call: rows for call in LIFE if (rows := rows_read(wide_store, call, READ_WHOLE)) >= 100}
    assert read_whole == {}


def test_who_has_ordered_a_thousand_times_orders_as_cheaply(wide_store, superuser):
    """Of all a customer's orders those that are open are counted, by key."""
    wide_store.execute("""
        INSERT INTO orders (customer_id, status, subtotal, paid_amount, ship_to_country)
        SELECT 1, 'delivered', 10, 10, 'US' FROM generate_series(1, 1000)
    """)
    superuser.execute("VACUUM ANALYZE")
    assert rows_read(wide_store, PLACE, READ_AT_ALL) < 100


def rows_read(connection, call, counter):
    """How many rows the call reads: at all, or in tables it goes through from end to end."""
    with connection.transaction():
        (before,) = connection.execute(counter).fetchone()
        connection.execute(call)
        (after,) = connection.execute(counter).fetchone()
    return after - before
