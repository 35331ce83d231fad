"""Documents are numbered without a gap, whoever dies over it, and no order ever waits for a number.

pytest -m long tests/concurrency/test_issuing.py     eight sessions, 150 orders each; a tenth by default
"""

import json
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event, Timer

import psycopg
import pytest

from tests.concurrency.conftest import TOTAL, placing

SHOPKEEPERS, ORDERS, PRODUCTS = 8, 150, 5
ISSUING = """
    UPDATE store_settings SET
        legal_name = 'A Store', documents_from = '2020-01-01 00:00+00', max_pending_orders = NULL,
        legal_address = '{"line1": "1 High Street", "city": "Town", "country_code": "US"}'
"""
STOCK = f"""
    UPDATE store_settings SET shipping_fee = 4.90;
    INSERT INTO tax_rates VALUES ('standard', 'US', '', '2020-01-01', 0.0825);
    INSERT INTO customers (email) SELECT n || '@example.com' FROM generate_series(1, {SHOPKEEPERS}) AS n;
    INSERT INTO products (sku, name, price)
    SELECT 'P' || n, 'Thing ' || n, 3.33 * (n - 1) FROM generate_series(1, {PRODUCTS}) AS n;
    SELECT receive_stock(product_id, 1000000, 'note 1') FROM products
"""
GAPS = """
    SELECT series FROM documents GROUP BY series
    HAVING (min(number), max(number)) <> (1, count(*))"""
FALLS = """
    SELECT series, number FROM (
        SELECT series, number, issued_at < lag(issued_at) OVER (PARTITION BY series ORDER BY number) AS falls
        FROM documents) AS in_order
    WHERE falls"""
PARCELS = """
    SELECT shipment_id FROM shipments LEFT JOIN documents USING (shipment_id)
    GROUP BY shipment_id HAVING count(document_id) <> 1"""
CREDITS = """
    SELECT order_id, credit_no
    FROM (SELECT DISTINCT order_id, credit_no FROM credits WHERE is_supplied) AS event
    LEFT JOIN documents USING (order_id, credit_no)
    GROUP BY order_id, credit_no HAVING count(document_id) <> 1"""
SUMS = """
    SELECT order_id, kept.net, kept.tax, said.net, said.tax
    FROM orders
    CROSS JOIN LATERAL (SELECT sum(kept_net), sum(kept_tax) FROM _order_worth(order_id)) AS kept (net, tax)
    LEFT JOIN LATERAL (
        SELECT sum(net), sum(tax) FROM document_lines JOIN documents USING (document_id)
        WHERE documents.order_id = orders.order_id) AS said (net, tax) ON TRUE
    WHERE (kept.net, kept.tax) IS DISTINCT FROM (coalesce(said.net, 0), coalesce(said.tax, 0))"""
# A note that was issued before the invoice of a parcel its units left in would correct nothing.
UNCORRECTED = """
    SELECT document_id FROM documents LEFT JOIN document_corrections USING (document_id)
    WHERE kind = 'credit_note' AND corrects_document_id IS NULL"""


@pytest.mark.long
def test_eight_sell_and_two_issue_one_of_whom_is_killed_again_and_again(store, database, superuser, repetitions):
    store.execute(ISSUING)
    store.execute(STOCK)
    closed = Event()
    with ThreadPoolExecutor(SHOPKEEPERS + 2) as pool:
        selling = [pool.submit(sell, database.dsn(), seed, repetitions(ORDERS)) for seed in range(SHOPKEEPERS)]
        issuing = pool.submit(issue, database.dsn(), closed)
        dying = pool.submit(issue_and_die, database.dsn(), superuser, closed)
        try:
            for session in selling:
                session.result(timeout=600)
        finally:
            closed.set()
        issued, killed = issuing.result(timeout=60), dying.result(timeout=60)
    store.execute("SELECT issue_documents(1000000)")

    documents, notes = store.execute("SELECT count(*), count(credit_no) FROM documents").fetchone()
    print(
        f"{documents} documents, {notes} of them credit notes; {issued} issued by the one, {killed} lost by the other"
    )
    assert notes > 0 and issued > 0 and killed > 0
    for wrong in (GAPS, FALLS, PARCELS, CREDITS, SUMS, UNCORRECTED, "SELECT * FROM integrity_violations"):
        assert store.execute(wrong).fetchall() == [], wrong
    assert store.execute("SELECT count(*) FROM order_audit WHERE action = 'document'").fetchone() == (documents,)


def sell(dsn, seed, orders):
    """Place, pay, ship in parts, take back and allow."""
    random = Random(seed)
    with psycopg.connect(dsn, autocommit=True) as session:
        for turn in range(orders):
            products = random.sample(range(1, PRODUCTS + 1), 3)
            items = json.dumps([{"product_id": product, "quantity": 2} for product in sorted(products)])
            (order,) = session.execute("SELECT place_order(%s, %s)", [seed + 1, items]).fetchone()
            session.execute(
                "SELECT record_payment(order_id, 'bank', order_id::TEXT, balance) FROM orders WHERE order_id = %s",
                [order],
            )
            some = '[{"line_no": 1, "quantity": 1}, {"line_no": 3, "quantity": 2}]'
            session.execute("SELECT ship_order(%s, 'Post', NULL, %s)", [order, some])
            if random.random() < 0.5:
                session.execute("SELECT grant_allowance(%s, 1.11, 'late')", [order])
            if random.random() < 0.7:
                session.execute('SELECT return_items(%s, \'[{"line_no": 3, "quantity": 1}]\')', [order])
            if random.random() < 0.7:
                session.execute("SELECT ship_order(%s, 'Post', NULL)", [order])


def issue(dsn, closed):
    """A few at a time, until the shop is closed."""
    issued = 0
    with psycopg.connect(dsn, autocommit=True) as session:
        while not closed.is_set():
            issued += session.execute("SELECT issue_documents(5)").fetchone()[0]
    return issued


def issue_and_die(dsn, superuser, closed):
    """Killed with the numbers in hand, or while they are given; how often it had some that were lost."""
    random, lost = Random(0), 0
    while not closed.is_set():
        session = psycopg.connect(dsn)
        try:
            kill = [superuser.execute, "SELECT pg_terminate_backend(%s)", [session.info.backend_pid]]
            if random.random() < 0.5:
                killing = Timer(random.random() * 0.01, kill[0], kill[1:])
                killing.start()
                session.execute("SELECT issue_documents(5)")
                killing.join()
            else:
                lost += session.execute("SELECT issue_documents(5)").fetchone()[0] > 0
                kill[0](*kill[1:])
            session.execute("SELECT 1")
        except psycopg.OperationalError:
            pass
        finally:
            session.close()
    return lost


@pytest.fixture
def documented_order(shop, shipped_order):
    """An order of which one parcel has left and has its invoice."""
    shop.execute(ISSUING)
    shop.execute("SELECT issue_documents()")
    return shipped_order


def test_no_order_waits_for_a_document(shop, documented_order, open_session):
    """All that may happen to it happens while its documents are being issued, and elsewhere."""
    shop.execute("SELECT grant_allowance(%s, 1, 'late')", [documented_order])
    issuer, shopkeeper = open_session(), open_session()
    assert issuer.execute("SELECT issue_documents()") == [(1,)]
    shopkeeper.execute("SET lock_timeout = '1ms'")  # whoever waits at all fails
    for call in [
        f"deliver_order({documented_order})",
        f'return_items({documented_order}, \'[{{"line_no": 1, "quantity": 1}}]\')',
        f"grant_allowance({documented_order}, 1, 'later still')",
        f"refund_order({documented_order}, 'bank', 'refund 1', 1)",
        placing(1, {1: 2}),
        f"record_payment({documented_order + 1}, 'bank', 'charge 2', {TOTAL})",
        f"ship_order({documented_order + 1}, 'Post', NULL)",
    ]:
        shopkeeper.execute("SELECT " + call)
        shopkeeper.commit()
    issuer.commit()
    assert issuer.execute("SELECT issue_documents()") == [(3,)]
    issuer.commit()


def test_a_document_waits_for_no_order(shop, documented_order, open_session):
    """What is not committed gets its document when it is."""
    shop.execute("SELECT grant_allowance(%s, 1, 'late')", [documented_order])
    issuer, shopkeeper = open_session(), open_session()
    shopkeeper.execute("SELECT grant_allowance(%s, 1, 'later')", [documented_order])
    issuer.execute("SET lock_timeout = '1ms'")
    assert issuer.execute("SELECT issue_documents()") == [(1,)]
    issuer.commit()
    shopkeeper.commit()
    assert issuer.execute("SELECT issue_documents()") == [(1,)]
    issuer.commit()


def test_issuers_take_turns_and_the_second_goes_on_after_the_first(shop, documented_order, open_session):
    shop.execute("SELECT grant_allowance(%s, 1, 'late')", [documented_order])
    shop.execute("SELECT grant_allowance(%s, 1, 'later')", [documented_order])
    first, second = open_session(), open_session()
    assert first.execute("SELECT issue_documents(1)") == [(1,)]
    second.start("SELECT issue_documents()")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == [(1,)]
    second.commit()
    assert shop.execute(GAPS).fetchall() == []
    assert shop.execute("SELECT max(number) FROM documents WHERE kind = 'credit_note'").fetchone() == (2,)


def test_numbers_given_back_are_given_again(shop, documented_order, open_session):
    shop.execute("SELECT grant_allowance(%s, 1, 'late')", [documented_order])
    first, second = open_session(), open_session()
    first.execute("SELECT issue_documents()")
    second.start("SELECT issue_documents()")
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.result() == [(1,)]
    second.commit()
    assert shop.execute("SELECT number FROM documents WHERE kind = 'credit_note'").fetchall() == [(1,)]


def test_what_a_transaction_does_after_it_issued_is_found_too(shop, documented_order, open_session):
    """The snapshot it looked with does not name itself, and others have ended since it began."""
    one, another = open_session(), open_session()
    one.execute("SELECT grant_allowance(%s, 1, 'late')", [documented_order])
    another.execute("SELECT register_customer('new@example.com', NULL, NULL)")
    another.commit()
    assert one.execute("SELECT issue_documents()") == [(1,)]
    one.execute("SELECT grant_allowance(%s, 1, 'later')", [documented_order])
    one.commit()
    assert shop.execute("SELECT issue_documents()").fetchone() == (1,)


def test_an_order_is_not_dated_anew_while_its_document_is_issued(shop, shipped_order, open_session):
    """Who dates it anew waits, and no order waits with him: he has not locked it yet."""
    shop.execute(ISSUING)
    issuer, owner, shopkeeper = open_session(), open_session(), open_session()
    issuer.execute("SELECT issue_documents()")
    owner.start("UPDATE orders SET created_at = created_at - INTERVAL '1 day' WHERE order_id = %s", [shipped_order])
    owner.wait_until_blocked_by(issuer)
    shopkeeper.execute("SET lock_timeout = '1ms'")
    shopkeeper.execute("SELECT deliver_order(%s)", [shipped_order])
    shopkeeper.commit()
    issuer.commit()
    assert owner.sqlstate() == "55000"
    owner.rollback()


def test_no_document_is_issued_while_orders_are_dated_anew(shop, shipped_order, open_session):
    shop.execute(ISSUING)
    owner, issuer = open_session(), open_session()
    owner.execute("UPDATE orders SET created_at = '2019-12-31' WHERE order_id = %s", [shipped_order])
    issuer.start("SELECT issue_documents()")
    issuer.wait_until_blocked_by(owner)
    owner.commit()
    assert issuer.result() == [(0,)]  # it is of before the store issues any
    issuer.commit()


def test_the_first_document_fixes_since_when_there_are_any(shop, shipped_order, open_session):
    """Who would change it meanwhile is refused at once: others would wait for the settings with him."""
    shop.execute(ISSUING)
    issuer, owner = open_session(), open_session()
    issuer.execute("SELECT issue_documents()")
    owner.execute("SET lock_timeout = '1ms'")
    owner.commit()
    for state in ("55P03", "55000"):
        owner.start("UPDATE store_settings SET documents_from = NULL")
        assert owner.sqlstate() == state
        owner.rollback()
        issuer.commit()


def test_a_store_begins_to_issue_beside_an_issuer_that_finds_nothing(shop, open_session):
    issuer, owner = open_session(), open_session()
    assert issuer.execute("SELECT issue_documents()") == [(0,)]
    owner.execute(ISSUING)
    owner.commit()
    issuer.commit()
