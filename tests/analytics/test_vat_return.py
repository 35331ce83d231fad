"""The tax return is what the documents say, to the cent, and a month that is over stays as it was.

pytest -m long tests/analytics/test_vat_return.py     100 random stores and 100 random lives
"""

from random import Random

import pytest

from tests.analytics.books import Books
from tests.analytics.comparison import differences, settle
from tests.analytics.random_store import RandomStore

DOCUMENTED = ["vat_return", "document_parts", "document_lines", "document_corrections"]
SUMS = """
    SELECT sum(vat_return.net), sum(vat_return.tax), lines.net, lines.tax
    FROM vat_return
    CROSS JOIN (SELECT sum(net), sum(tax) FROM document_lines) AS lines (net, tax)
    GROUP BY lines.net, lines.tax"""
SHOP = """
    UPDATE store_settings SET
        time_zone = 'Pacific/Auckland', shipping_fee = 4.90, legal_name = 'A Store',
        legal_address = '{"line1": "1 High Street", "city": "Town", "country_code": "US"}',
        documents_from = '2020-01-01 00:00+00', max_pending_orders = NULL;
    INSERT INTO tax_rates (tax_class, country_code, valid_from, rate) VALUES
    ('standard', 'US', '2020-01-01', 0.19), ('reduced', 'US', '2020-01-01', 0.07);
    INSERT INTO customers (email, first_name, last_name) VALUES ('ada@store.example', 'Ada', 'L');
    INSERT INTO products (sku, name, price, tax_class) VALUES
    ('A', 'A', 9.99, 'standard'), ('B', 'B', 0.03, 'reduced'), ('C', 'C', 33.33, 'standard');
    SELECT receive_stock(product_id, 10000, 'note 1') FROM products"""
# What may happen to an order, and only where it may: the others do nothing.
ANYTHING = {
    "pay": "SELECT record_payment(order_id, 'bank', 'c' || order_id || ' ' || paid_amount, balance) "
    "FROM orders WHERE order_id = %(order)s AND balance > 0",
    "ship": "SELECT ship_order(order_id, 'Post', NULL, jsonb_build_array(jsonb_build_object("
    "'line_no', line_no, 'quantity', 1))) FROM order_items JOIN orders USING (order_id) "
    "WHERE order_id = %(order)s AND status = 'paid' AND balance <= 0 "
    "AND quantity > shipped_quantity + cancelled_quantity ORDER BY line_no LIMIT 1",
    "ship all": "SELECT ship_order(order_id, 'Post', NULL) FROM orders "
    "WHERE order_id = %(order)s AND status = 'paid' AND balance <= 0",
    "take back": "SELECT return_items(order_id, jsonb_build_array(jsonb_build_object("
    "'line_no', line_no, 'quantity', 1))) FROM order_items "
    "WHERE order_id = %(order)s AND shipped_quantity > returned_quantity ORDER BY line_no DESC LIMIT 1",
    "allow": "SELECT grant_allowance(order_id, round((total - credited_amount) / 7, 2) + 0.01, 'late') "
    "FROM orders WHERE order_id = %(order)s AND status <> 'cancelled' AND total - credited_amount > 0.01",
    "cancel": "SELECT cancel_order(order_id, 'changed my mind', jsonb_build_array(jsonb_build_object("
    "'line_no', line_no, 'quantity', 1))) FROM order_items JOIN orders USING (order_id) "
    "WHERE order_id = %(order)s AND status = 'paid' AND quantity > shipped_quantity + cancelled_quantity "
    "ORDER BY line_no LIMIT 1",
    "issue": "SELECT issue_documents(3) FROM orders WHERE order_id = %(order)s",
}
PLACE = """
    SELECT place_order(1, '[{"product_id": 1, "quantity": 3}, {"product_id": 2, "quantity": 2},
        {"product_id": 3, "quantity": 1}]')"""


def test_of_the_demo_store(seeded_store):
    books = Books.of(seeded_store, seeded_store.execute("SELECT now()").fetchone()[0])
    assert len(books.documents) == 37
    assert differences(seeded_store, books.now, DOCUMENTED) == []
    assert seeded_store.execute(SUMS).fetchone() is not None
    net, tax, *of_lines = seeded_store.execute(SUMS).fetchone()
    assert [net, tax] == of_lines


@pytest.mark.long
def test_of_any_store(store, repetitions):
    issued = 0
    for seed in range(repetitions(100)):
        made_up = RandomStore(seed)
        with store.transaction(force_rollback=True):
            made_up.insert_into(store)
            settle(store, made_up.now, "Pacific/Kiritimati", "SELECT 1")
            assert differences(store, made_up.now, DOCUMENTED) == [], f"store {seed}"
            assert all(net == lines_net and tax == lines_tax for net, tax, lines_net, lines_tax in store.execute(SUMS))
            issued += store.execute("SELECT count(*) FROM documents").fetchone()[0]
    assert issued > 100


@pytest.mark.long
def test_of_any_life(store, repetitions):
    """Documents issued while orders live, a few at a time; in the end every cent kept is on one of them."""
    store.execute(SHOP)
    notes = 0
    for seed in range(repetitions(100)):
        with store.transaction(force_rollback=True):
            live(store, Random(seed))
            store.execute("SELECT issue_documents()")
            assert differences(store, *now_and(store, DOCUMENTED)) == [], f"life {seed}"
            assert store.execute("SELECT * FROM integrity_violations").fetchall() == [], f"life {seed}"
            worth = """
                SELECT coalesce(sum(lines.net), 0), coalesce(sum(lines.tax), 0) FROM document_lines AS lines
                UNION ALL
                SELECT coalesce(sum(kept_net), 0), coalesce(sum(kept_tax), 0)
                FROM orders CROSS JOIN LATERAL _order_worth(order_id)"""
            on_documents, kept = store.execute(worth).fetchall()
            assert on_documents == kept, f"life {seed}"
            notes += store.execute("SELECT count(*) FROM document_corrections").fetchone()[0]
    assert notes > 10


def test_a_month_that_is_over_stays_as_it_was(store, superuser):
    """Whatever happens to its orders afterwards, to the settings, and to whoever bought."""
    store.execute(SHOP)
    live(store, Random(1))
    store.execute("SELECT issue_documents()")
    # Time goes by: what was issued was issued forty days ago.
    superuser.execute(
        """SET session_replication_role = replica;
        UPDATE documents SET issued_at = issued_at - INTERVAL '40 days', issued_on = issued_on - 40;
        RESET session_replication_role"""
    )
    (month,) = store.execute("SELECT DISTINCT month FROM vat_return").fetchall()
    handed_in = store.execute("SELECT * FROM vat_return ORDER BY 1, 2, 3, 4, 5").fetchall()
    lines = store.execute("SELECT * FROM document_lines ORDER BY 1, 2").fetchall()
    corrections = store.execute("SELECT * FROM document_corrections ORDER BY 1, 2").fetchall()
    assert len(handed_in) >= 2 and corrections

    live(store, Random(2))
    for name in ("ship all", "take back", "take back", "allow", "issue") * 3:
        for (order,) in store.execute("SELECT order_id FROM orders").fetchall():
            store.execute(ANYTHING[name], {"order": order})
    store.execute(
        """UPDATE store_settings SET time_zone = 'America/New_York', invoice_series = 'I', credit_note_series = 'C',
            prices_include_tax = TRUE, legal_name = 'Another', vat_id = 'X';
        UPDATE tax_rates SET rate = 0.25;
        UPDATE products SET name = name || ' (new)', tax_class = 'zero';
        UPDATE customers SET first_name = 'Augusta';
        SELECT issue_documents()"""
    )
    later = store.execute("SELECT count(*) FROM vat_return WHERE month > %s", month).fetchone()[0]
    assert later > 0
    closed = "SELECT * FROM vat_return WHERE month = %s ORDER BY 1, 2, 3, 4, 5"
    assert store.execute(closed, month).fetchall() == handed_in
    closed = f"SELECT * FROM document_lines WHERE document_id <= {max(row[0] for row in lines)} ORDER BY 1, 2"
    assert store.execute(closed).fetchall() == lines
    closed = f"SELECT * FROM document_corrections WHERE document_id <= {max(row[0] for row in lines)} ORDER BY 1, 2"
    assert store.execute(closed).fetchall() == corrections


def live(store, random):
    """A few orders through whatever comes."""
    placed = [store.execute(PLACE).fetchone()[0] for _ in range(3)]
    for order in placed:
        store.execute(ANYTHING["pay"], {"order": order})
    for _ in range(40):
        store.execute(ANYTHING[random.choice(list(ANYTHING))], {"order": random.choice(placed)})


def now_and(store, names):
    return store.execute("SELECT now()").fetchone()[0], names
