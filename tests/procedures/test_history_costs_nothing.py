"""What a minute's upkeep and a poll of the feed read does not grow with the store's history.

Rows read are counted by the server, in the transaction that reads them.
"""

import pytest

from tests.database import copy_of

HISTORY, OVERDUE = 20_000, 10

ADD_HISTORY = [
    "INSERT INTO customers (email) VALUES ('ada@example.com')",
    f"""INSERT INTO orders (customer_id, status, subtotal, paid_amount, ship_to_country, created_at, expires_at)
    SELECT 1, 'delivered', 10, 10, 'US', now() - INTERVAL '3 days', now() - INTERVAL '2 days'
    FROM generate_series(1, {HISTORY})""",
    "INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders",
    f"""INSERT INTO orders (customer_id, status, subtotal, ship_to_country, expires_at)
    SELECT 1, 'pending', 10, 'US', now() - INTERVAL '1 second' FROM generate_series(1, {OVERDUE})""",
    # As in a store that was restored here: transaction numbers this cluster has yet to give.
    "INSERT INTO order_audit (order_id, action, transaction_id) SELECT order_id, 'cancelled', '4000000000' FROM orders",
    "SELECT acknowledge_order_events('up to date', max(position)) FROM read_order_events('warehouse', 1000000)",
    "SELECT refresh_daily_sales()",
    "SELECT seal_audit()",
    "INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders WHERE status = 'pending'",
]
ADD_SEALS = f"""
    INSERT INTO audit_seals
    SELECT (jsonb_populate_record(last, jsonb_build_object(
        'batch', last.batch + n, 'order_audit_ids', format('{{[%s,%s)}}', 1000000 + n, 1000001 + n)))).*
    FROM audit_seals AS last, generate_series(1, {HISTORY}) AS n WHERE batch = (SELECT max(batch) FROM audit_seals)
"""
ROWS_READ = """
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)
    FROM pg_stat_xact_user_tables
    WHERE relname IN (
        'orders', 'order_audit', 'order_event_positions', 'documents', 'order_items', 'shipment_items', 'returns'
    )
"""
# Twenty thousand things of one product in as many parcels, each sent back, and what was received to send them.
SELL_FOR_YEARS = f"""
    CREATE TEMPORARY TABLE sold AS SELECT 100000 + n AS id FROM generate_series(1, {HISTORY}) AS n;
    INSERT INTO orders (order_id, customer_id, status, subtotal, ship_to_country, created_at)
    OVERRIDING SYSTEM VALUE SELECT id, 1, 'returned', 10, 'US', now() - INTERVAL '1 year' FROM sold;
    INSERT INTO order_items (
        order_id, line_no, product_id, sku, product_name, unit_price, quantity, shipped_quantity, returned_quantity
    ) SELECT id, 1, 9, 'MOBY', 'Moby-Dick', 10, 1, 1, 1 FROM sold;
    INSERT INTO shipments (shipment_id, order_id, carrier, shipped_at)
    OVERRIDING SYSTEM VALUE SELECT id, id, 'DHL', now() - INTERVAL '1 year' FROM sold;
    INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax) SELECT id, id, 1, 1, 10, 0 FROM sold;
    INSERT INTO returns (order_id, line_no, shipment_id, quantity, restocked) SELECT id, 1, id, 1, id % 2 = 0 FROM sold;
    INSERT INTO stock_adjustments (product_id, quantity, reason, created_at)
    VALUES (9, {HISTORY // 2}, 'receipt', now() - INTERVAL '1 year');
    UPDATE watermarks SET system_identifier = 0 WHERE name = 'product_sales' AND snapshot IS NOT NULL;
    SELECT refresh_reports();
"""
STOCK_WRONG = """
    SELECT object, expected, actual FROM check_integrity(now() - INTERVAL '1 hour')
    WHERE invariant = 'on_hand_equals_movements'
"""


@pytest.fixture(scope="module")
def history(deployed):
    """Twenty thousand orders of another day that are over and told of twice, and ten whose hold ran out just now."""
    with copy_of(deployed, "test_history") as database, database.connect() as owner:
        for statement in ADD_HISTORY:  # a transaction each
            owner.execute(statement)
        with database.connect(None) as superuser:
            superuser.execute("VACUUM ANALYZE")
        yield owner


@pytest.fixture
def old_store(history):
    """The same, which a test leaves as it found it."""
    with history.transaction(force_rollback=True):
        yield history


@pytest.mark.parametrize(
    ("call", "most"),
    [
        ("SELECT expire_unpaid_orders()", 20 * OVERDUE),
        ("SELECT count(*) FROM read_order_events('up to date', 10)", 20 * OVERDUE),
        ("SELECT acknowledge_order_events('warehouse', 20000)", 20),
        ("SELECT count(*) FROM sales_days_since_refresh()", 5 * OVERDUE),
        ("SELECT refresh_daily_sales()", 20 * OVERDUE),
        ("SELECT seal_audit()", 5 * OVERDUE),
    ],
)
def test_a_call_reads_what_is_new(old_store, call, most):
    assert rows_read(old_store, call) <= most


def test_a_consumer_that_is_up_to_date_reads_next_to_nothing(old_store):
    old_store.execute("SELECT count(*) FROM read_order_events('warehouse', 1000000)")
    old_store.execute("SELECT acknowledge_order_events('warehouse', %s)", [2 * HISTORY + OVERDUE * 2])
    assert rows_read(old_store, "SELECT FROM read_order_events('warehouse')") <= 10


def test_a_look_at_the_last_hour_adds_up_no_product_s_past(seeded_store, superuser):
    """Unless its stock looks wrong: then every movement is asked, and they decide."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(SELL_FOR_YEARS)
    superuser.execute("RESET session_replication_role")
    superuser.execute("VACUUM ANALYZE")
    [(on_hand,)] = seeded_store.execute("SELECT on_hand FROM inventory WHERE product_id = 9").fetchall()
    seeded_store.execute("""SELECT place_order(2, '[{"product_id": 9, "quantity": 1}]')""")
    with seeded_store.transaction(force_rollback=True):
        assert rows_read(seeded_store, STOCK_WRONG) <= 1_000
        assert seeded_store.execute(STOCK_WRONG).fetchall() == []
        superuser.execute("UPDATE inventory SET on_hand = on_hand + 1 WHERE product_id = 9")
        assert rows_read(seeded_store, STOCK_WRONG) > HISTORY
        assert seeded_store.execute(STOCK_WRONG).fetchall() == [("product 9", str(on_hand), str(on_hand + 1))]


def test_issuing_reads_no_document_but_the_last(store, superuser):
    """Of twenty thousand there are, written past the keys of the orders they would be of."""
    store.execute("""
        UPDATE store_settings SET legal_name = 'A Store', documents_from = now() - INTERVAL '1 year',
        legal_address = '{"line1": "1 Street", "city": "Town", "country_code": "US"}'
    """)
    store.execute("SELECT issue_documents()")
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(f"""
        INSERT INTO documents (
            kind, series, number, order_id, credit_no, issued_at, issued_on, country_code, seller, buyer_until
        )
        SELECT
            'credit_note', 'N', number, number, 1, now(), (now() AT TIME ZONE 'UTC')::DATE, 'US',
            '{{"name": "A Store", "line1": "1 Street", "city": "Town"}}', (now() AT TIME ZONE 'UTC')::DATE
        FROM generate_series(1, {HISTORY}) AS number
    """)
    superuser.execute("VACUUM ANALYZE documents")
    assert rows_read(store, "SELECT issue_documents()") <= 20


def rows_read(connection, call):
    """How many rows of the growing tables the call reads."""
    with connection.transaction():
        (before,) = connection.execute(ROWS_READ).fetchone()
        connection.execute(call)
        (after,) = connection.execute(ROWS_READ).fetchone()
    return after - before


def test_upkeep_that_finds_nothing_new_reads_as_little_in_an_old_store_as_in_a_new_one(store, superuser):
    """All tables and all pages, whoever looks there; every part looks, also for documents."""
    store.execute("""
        UPDATE store_settings SET legal_name = 'A Store', documents_from = now() - INTERVAL '1 year',
        legal_address = '{"line1": "1 Street", "city": "Town", "country_code": "US"}'
    """)
    new = pages_of_idle_upkeep(store)
    for statement in [*ADD_HISTORY, ADD_SEALS]:
        store.execute(statement)
    superuser.execute("VACUUM ANALYZE")
    assert pages_of_idle_upkeep(store) < new + 20  # an index is deeper, a seal names more


def pages_of_idle_upkeep(connection):
    """What the server reads for a call that has nothing to do, once others have done it."""
    for _ in range(OVERDUE + 2):  # each expires one order at least
        done = connection.execute("SELECT run_maintenance()").fetchone()[0]
    assert (done["expired"], done["documents"], done["reports"], done["failed"]) == (0, 0, [], [])
    plan = connection.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT run_maintenance()").fetchone()[0][0][
        "Plan"
    ]
    assert plan["Shared Dirtied Blocks"] + plan["Temp Read Blocks"] < 10
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
