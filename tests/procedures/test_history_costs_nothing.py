"""What a minute's upkeep and a poll of the feed read does not grow with the store's history.

Rows read are counted by the server, in the transaction that reads them.
"""

import pytest

HISTORY, OVERDUE = 20_000, 10

ADD_HISTORY = [
    "INSERT INTO customers (email) VALUES ('ada@example.com')",
    f"""INSERT INTO orders (customer_id, status, subtotal, ship_to_country, expires_at)
    SELECT 1, 'delivered', 10, 'US', now() - INTERVAL '1 day' FROM generate_series(1, {HISTORY})""",
    "INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders",
    f"""INSERT INTO orders (customer_id, status, subtotal, ship_to_country, expires_at)
    SELECT 1, 'pending', 10, 'US', now() - INTERVAL '1 second' FROM generate_series(1, {OVERDUE})""",
    # As in a store that was restored here: transaction numbers this cluster has yet to give.
    "INSERT INTO order_audit (order_id, action, transaction_id) SELECT order_id, 'cancelled', '4000000000' FROM orders",
    "SELECT count(*) FROM read_order_events('warehouse')",
    "SELECT refresh_daily_sales()",
    "SELECT seal_audit()",
    "INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders WHERE status = 'pending'",
]
ROWS_READ = """
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)
    FROM pg_stat_xact_user_tables
    WHERE relname IN ('orders', 'order_audit', 'order_event_positions')
"""


@pytest.fixture
def old_store(store, superuser):
    """Twenty thousand orders that are over and told of twice, and ten whose hold ran out just now."""
    for statement in ADD_HISTORY:  # a transaction each
        store.execute(statement)
    superuser.execute("VACUUM ANALYZE")
    return store


@pytest.mark.parametrize(
    ("call", "most"),
    [
        ("SELECT expire_unpaid_orders()", 20 * OVERDUE),
        ("SELECT count(*) FROM read_order_events('warehouse', 10)", 20 * OVERDUE),
        ("SELECT acknowledge_order_events('warehouse', 20000)", 20),
        ("SELECT count(*) FROM sales_days_since_refresh()", 5 * OVERDUE),
        ("SELECT seal_audit()", 5 * OVERDUE),
    ],
)
def test_a_call_reads_what_is_new(old_store, call, most):
    assert rows_read(old_store, call) <= most


def test_a_consumer_that_is_up_to_date_reads_next_to_nothing(old_store):
    old_store.execute("SELECT count(*) FROM read_order_events('warehouse')")
    old_store.execute("SELECT acknowledge_order_events('warehouse', %s)", [2 * HISTORY + OVERDUE * 2])
    assert rows_read(old_store, "SELECT FROM read_order_events('warehouse')") <= 10


def rows_read(connection, call):
    """How many rows of the growing tables the call reads."""
    with connection.transaction():
        (before,) = connection.execute(ROWS_READ).fetchone()
        connection.execute(call)
        (after,) = connection.execute(ROWS_READ).fetchone()
    return after - before
