"""No update in an order's life, nor of the stock it moves, writes an index: each is heap-only, whatever the order comes to.

Whole waves of orders move at a time, as the packers' morning does, not one after the other.
"""

import pytest

WAVE = 60  # orders: more than a page of them
LIVES = {
    "placed, paid, shipped, delivered": ["record_payment", "ship_order", "deliver_order"],
    "placed, paid, shipped, delivered, returned": ["record_payment", "ship_order", "deliver_order", "return_items"],
    "placed, released, shipped, delivered, paid": ["release_order", "ship_order", "deliver_order", "record_payment"],
    "placed, cancelled": ["cancel_order"],
    "placed, paid, cancelled, refunded": ["record_payment", "cancel_order", "refund_order"],
}
CALLS = {
    "record_payment": "record_payment(order_id, 'bank', 'in ' || order_id, total)",
    "release_order": "release_order(order_id, 'on account')",
    "ship_order": "ship_order(order_id, 'Post', NULL)",
    "deliver_order": "deliver_order(order_id)",
    "return_items": """return_items(order_id, '[{"line_no": 1, "quantity": 2}, {"line_no": 2, "quantity": 1}]')""",
    "cancel_order": "cancel_order(order_id, 'changed their mind')",
    "refund_order": "refund_order(order_id, 'bank', 'out ' || order_id, total)",
}
PLACE = """SELECT place_order(1, '[{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 1}]')"""


@pytest.fixture
def nobody_looks_back(superuser):
    """No statistics are made meanwhile: rows that whoever makes them may still see keep their place on the page."""
    superuser.execute("ALTER SYSTEM SET autovacuum = off")
    superuser.execute("SELECT pg_reload_conf()")
    yield
    superuser.execute("ALTER SYSTEM RESET autovacuum")
    superuser.execute("SELECT pg_reload_conf()")


@pytest.mark.usefixtures("nobody_looks_back")
def test_every_update_of_orders_and_stock_is_heap_only(store):
    store.execute("UPDATE store_settings SET max_pending_orders = NULL")
    store.execute("INSERT INTO customers (email) VALUES ('ada@example.com')")
    store.execute(
        "INSERT INTO addresses (customer_id, recipient, line1, city, postal_code, country_code)"
        " VALUES (1, 'Ada Lovelace', '12 St James Square', 'London', 'SW1Y 4JH', 'US')"
    )
    store.execute("UPDATE customers SET default_address_id = 1")
    store.execute("INSERT INTO products (sku, name, price) VALUES ('A', 'A', 1), ('B', 'B', 2)")
    store.execute("SELECT receive_stock(product_id, 10000, 'a delivery') FROM products")
    before = updates(store)
    for life in LIVES.values():
        orders = [store.execute(PLACE).fetchone()[0] for _ in range(WAVE)]
        for call in life:
            for order in orders:
                store.execute(f"SELECT {CALLS[call]} FROM orders WHERE order_id = %s", [order])
    after = updates(store)
    for table, least in {"orders": WAVE * sum(map(len, LIVES.values())), "inventory": 2 * WAVE * len(LIVES)}.items():
        made, heap_only = (now - then for now, then in zip(after[table], before[table]))
        assert made >= least
        assert (table, heap_only) == (table, made)


def updates(store):
    """Of each table, how many updates there were, and how many of them heap-only."""
    store.execute("SELECT pg_stat_force_next_flush()")
    query = "SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = 'store'"
    return {table: counts for table, *counts in store.execute(query)}
