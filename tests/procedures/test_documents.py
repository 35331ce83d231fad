"""A store that moves in brings its documents along; whatever keeps one from being issued loses nothing."""

import psycopg
import pytest

SELLER = """
    UPDATE store_settings SET
        legal_name = 'A Store', legal_address = '{"line1": "1 High Street", "city": "Town", "country_code": "US"}'
"""
SHOP = """
    INSERT INTO customers (email, first_name, last_name) VALUES ('ada@example.com', 'Ada', 'Lovelace');
    INSERT INTO products (sku, name, price) VALUES ('KETTLE', 'Kettle', 10);
    SELECT receive_stock(1, 1000, 'note 1');
"""
# An invoice of the parcel, as another system had numbered it.
IMPORT = """
    WITH brought AS (
        INSERT INTO documents (
            kind, series, number, order_id, shipment_id, issued_at, issued_on, country_code, seller, buyer, buyer_until
        )
        SELECT 'invoice', 'INV', %s, order_id, shipment_id, shipped_at, (shipped_at AT TIME ZONE 'UTC')::DATE, 'US',
            '{"name": "A Store", "line1": "1 Old Street", "city": "Town"}', '{"recipient": "Ada"}', '2050-12-31'
        FROM shipments WHERE order_id = %s
        RETURNING *
    )
    INSERT INTO order_audit (order_id, action, details)
    SELECT order_id, 'document', jsonb_build_object(
        'document_id', document_id, 'kind', kind, 'series', series, 'number', number
    )
    FROM brought
"""


@pytest.fixture
def shop(store):
    store.execute(SHOP)
    yield store
    assert store.execute("SELECT * FROM integrity_violations").fetchall() == []


def test_a_store_that_issues_none_has_none(shop):
    """Nor does it remember what it would have to look at: once it issues, everything since then is due."""
    sell(shop)
    assert shop.execute("SELECT issue_documents()").fetchone() == (0,)
    shop.execute(SELLER)
    shop.execute("UPDATE store_settings SET documents_from = now() - INTERVAL '1 hour'")
    assert shop.execute("SELECT issue_documents()").fetchone() == (1,)


def test_nobody_issues_without_a_name(shop):
    with pytest.raises(psycopg.errors.CheckViolation, match="documents_say_who_sells"):
        shop.execute("UPDATE store_settings SET documents_from = now()")


def test_a_series_goes_on_after_what_was_brought_along(shop):
    brought = [sell(shop) for _ in range(3)]
    for number, order in enumerate(brought, start=1):
        shop.execute(IMPORT, [number, order])
    shop.execute(SELLER)
    shop.execute("UPDATE store_settings SET documents_from = '2020-01-01 00:00+00'")
    new = sell(shop)
    assert shop.execute("SELECT issue_documents()").fetchone() == (1,)
    query = "SELECT number, seller ->> 'line1' FROM documents WHERE order_id = %s"
    assert shop.execute(query, [new]).fetchall() == [(4, "1 High Street")]
    assert shop.execute(query, brought[:1]).fetchall() == [(1, "1 Old Street")]


def test_whatever_makes_a_document_due_the_next_call_issues_it(shop):
    """Each call in a transaction of its own: what the one before has looked at, it need not look at again."""
    shop.execute(SELLER)
    shop.execute("""UPDATE store_settings SET shipping_fee = 5, documents_from = '2020-01-01 00:00+00'""")
    shop.execute("INSERT INTO products (sku, name, price) VALUES ('CUP', 'Cup', 4)")
    shop.execute("SELECT receive_stock(2, 100, 'note 2')")
    items = """'[{"product_id": 1, "quantity": 3}, {"product_id": 2, "quantity": 1}]'"""
    for call, issued in [
        (f"place_order(1, {items})", 0),
        ("record_payment(1, 'bank', 'all', 39)", 0),
        ("""ship_order(1, 'Post', NULL, '[{"line_no": 1, "quantity": 1}]')""", 1),
        ("""ship_order(1, 'Post', NULL, '[{"line_no": 1, "quantity": 1}]')""", 1),
        ("grant_allowance(1, 1, 'late')", 1),
        ("refund_order(1, 'bank', 'a part', 2, 'later still', p_allowance => TRUE)", 1),
        ("deliver_order(1)", 0),
        ("""return_items(1, '[{"line_no": 1, "quantity": 2}]')""", 1),
        ("""cancel_order(1, 'enough', '[{"line_no": 1, "quantity": 1}]')""", 0),
        ("""cancel_order(1, 'enough', '[{"line_no": 2, "quantity": 1}]')""", 1),  # which gives the delivery back
        ("refund_order(1, 'bank', 'the rest', 37)", 0),
    ]:
        shop.execute(f"SELECT {call}")
        assert shop.execute("SELECT issue_documents()").fetchone() == (issued,), call
    sums = "SELECT sum(net), sum(tax) FROM document_lines"
    assert shop.execute(sums).fetchone() == (0, 0)


def test_an_order_dated_into_the_time_of_documents_gets_its_own(shop):
    shop.execute(SELLER)
    shop.execute("UPDATE store_settings SET documents_from = '2020-01-01 00:00+00'")
    order = sell(shop)
    dated = "UPDATE orders SET created_at = %s WHERE order_id = %s"
    shop.execute(dated, ["2019-12-31 00:00+00", order])
    assert shop.execute("SELECT issue_documents()").fetchone() == (0,)
    shop.execute(dated, ["2020-01-02 00:00+00", order])
    assert shop.execute("SELECT issue_documents()").fetchone() == (1,)


def test_a_failure_gives_the_numbers_back_and_the_next_call_goes_on(shop, superuser):
    """Somebody's own constraint refuses the second of three: none is numbered, and later all are."""
    shop.execute(SELLER)
    shop.execute("UPDATE store_settings SET documents_from = '2020-01-01 00:00+00'")
    orders = [sell(shop) for _ in range(3)]
    shop.execute(f"ALTER TABLE documents ADD CONSTRAINT own CHECK (order_id <> {orders[1]})")
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.execute("SELECT issue_documents()")
    assert shop.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    shop.execute("ALTER TABLE documents DROP CONSTRAINT own")
    assert shop.execute("SELECT issue_documents(2)").fetchone() == (2,)
    assert shop.execute("SELECT issue_documents(2)").fetchone() == (1,)
    numbered = "SELECT order_id, number FROM documents ORDER BY number"
    assert shop.execute(numbered).fetchall() == [(order, number) for number, order in enumerate(orders, start=1)]


def test_a_call_that_finds_nothing_new_reads_next_to_nothing(shop):
    """However many orders there are: what is new, the audit trail's index tells. Planned as where the tables are large."""
    for other in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"]:
        shop.execute(f"SET enable_{other} = off")
    shop.execute(SELLER)
    shop.execute("UPDATE store_settings SET documents_from = '2020-01-01 00:00+00'")
    for _ in range(60):
        sell(shop)
    shop.execute("SELECT issue_documents()")
    shop.execute("SELECT issue_documents()")
    few = buffers(shop)
    for _ in range(240):
        sell(shop)
    shop.execute("SELECT issue_documents()")
    shop.execute("SELECT issue_documents()")
    assert buffers(shop) <= few + 20


def buffers(shop):
    """Pages a call reads, once its plans are made; the least of a few, since an ANALYZE has them made anew."""
    explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT issue_documents()"
    plans = [shop.execute(explain).fetchone()[0][0]["Plan"] for _ in range(5)]
    return min(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)


def sell(shop):
    """An order that leaves at once, by its number."""
    (order,) = shop.execute("""SELECT place_order(1, '[{"product_id": 1, "quantity": 1}]')""").fetchone()
    shop.execute("SELECT record_payment(%s, 'bank', %s, 10)", [order, f"charge {order}"])
    shop.execute("SELECT ship_order(%s, 'Post', NULL)", [order])
    return order
