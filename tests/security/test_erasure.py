"""A person can be forgotten: nothing of them is left, and the books do not change."""

import subprocess

import psycopg
import pytest

from embedded_server import EmbeddedServer
from tests.security.refusals import sqlstate

EMAIL, FIRST, LAST, PHONE = "ferdinand.von@zeppelin.example", "Ferdinand", "Zeppelin", "+49 7541 38"
ADDRESS = ("Graf Zeppelin", "Luftschiffbau GmbH", "DE811111111", "Schlossgasse 17", "Hinterhaus", "Friedrichshafen",
           "Bodensee", "88046-Z")  # fmt: skip
BILLING = ("Hugo Eckener", "Deutsche Reederei AG", "DE822222222", "Seestrasse 9", "Kontor", "Meersburg",
           "Oberschwaben", "88709-E")  # fmt: skip
KEY = "zeppelin-basket-1"
CALL_KEYS = ["zeppelin-soggy", "zeppelin-moustache", "zeppelin-mind"]  # of which no word is ever kept
# A word of each reason that somebody gives in the fixture.
REASONS = {
    "cancel": "Count Ferdinand changed his mind",
    "release": "the airman is good for it",
    "write off": "his hangar burnt down",
    "return": "the countess found it soggy",
    "allowance": "for his moustache",
    "refund": "back to his bank in Konstanz",
    "reversal": "his brother Eberhard had paid",
}
TRACES = [EMAIL, FIRST, LAST, PHONE, *ADDRESS, *BILLING, KEY, *REASONS.values()]

RELATIONS = """
    SELECT oid::REGCLASS::TEXT FROM pg_class
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p', 'v', 'm')
    AND relname <> 'monitor_statements'
"""
# Whatever stands in a row, as text, and what its bytes would be if they were text.
FOUND = """
    WITH found AS MATERIALIZED (SELECT lower(one::TEXT) AS text FROM {relation} AS one)
    SELECT array_agg(DISTINCT trace) FROM found, unnest(%s::TEXT[]) AS trace
    WHERE strpos(text, lower(trace)) > 0 OR strpos(text, encode(convert_to(trace, 'UTF8'), 'hex')) > 0
"""
# Every report that names no person.
REPORTS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('v', 'm')
    AND relname !~ '^(monitor_|customer_overview)' ORDER BY relname
"""


# The columns of a ledger that erasing leaves as they are.
LEFT = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped AND attname <> 'reason'
"""


@pytest.fixture
def gone(seeded_store):
    """A customer whose orders are done with, in every way that leaves words of or about the person."""
    customer = one(seeded_store, "SELECT register_customer(%s, %s, %s, %s)", EMAIL, FIRST, LAST, PHONE)
    home, billing = (
        one(
            seeded_store,
            """
            INSERT INTO addresses (
                customer_id, recipient, company, vat_id, line1, line2, city, region, postal_code, country_code
            ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'US') RETURNING address_id
            """,
            customer, *address,
        )
        for address in (ADDRESS, BILLING)
    )  # fmt: skip
    seeded_store.execute(
        "UPDATE customers SET default_address_id = %s, is_vip = TRUE WHERE customer_id = %s", [home, customer]
    )
    items = '[{"product_id": 5, "quantity": 2}]'
    line = '[{"line_no": 1, "quantity": 1}]'
    place = "SELECT place_order(%s, %s, %s, p_billing_address_id => %s)"
    returned, cancelled, lost = (one(seeded_store, place, customer, items, key, billing) for key in (KEY, None, None))
    total = one(seeded_store, "SELECT total FROM orders WHERE order_id = %s", returned)
    mistaken = one(seeded_store, "SELECT record_payment(%s, 'card', 'z-0', 7.00)", cancelled)
    for call, *arguments in [
        ("record_payment(%s, 'card', 'z-1', %s)", returned, total),
        ("ship_order(%s, 'Pony Express', 'Z0001')", returned),
        ("deliver_order(%s)", returned),
        ("return_items(%s, %s, TRUE, %s, NULL, %s)", returned, line, REASONS["return"], CALL_KEYS[0]),
        ("grant_allowance(%s, 1.00, %s, NULL, %s)", returned, REASONS["allowance"], CALL_KEYS[1]),
        ("cancel_order(%s, %s, NULL, %s)", cancelled, REASONS["cancel"], CALL_KEYS[2]),
        ("reverse_payment(%s, %s)", mistaken, REASONS["reversal"]),
        ("release_order(%s, %s)", lost, REASONS["release"]),
        ("ship_order(%s, 'Pony Express', 'Z0002')", lost),
        ("deliver_order(%s)", lost),
        ("write_off(%s, %s)", lost, REASONS["write off"]),
    ]:
        seeded_store.execute(f"SELECT {call}", arguments)
    due = one(seeded_store, "SELECT amount_due FROM refunds_due WHERE order_id = %s", returned)
    seeded_store.execute("SELECT refund_order(%s, 'card', 'z-2', %s, %s)", [returned, due, REASONS["refund"]])
    seeded_store.execute("SELECT read_order_events('feed', 1000)")
    seeded_store.execute("SELECT run_maintenance()")
    return customer


def test_nothing_of_the_person_is_left_in_the_store(seeded_store, gone, login):
    """In no column of any table or view, as text or as bytes; before it was in some, each word of it."""
    where = {"addresses", "credits", "customer_overview", "customers", "orders", "payments", "returns"}
    before = traced(seeded_store)
    assert before.keys() == where | {"documents"}
    assert set().union(*before.values()) == set(TRACES)
    login("shop_staff").execute("SELECT erase_customer(%s)", [gone])
    # Documents keep who bought, and only that, for as long as the law asks.
    assert traced(seeded_store).keys() == {"documents"}
    assert traced(seeded_store, [EMAIL, FIRST, PHONE, *ADDRESS[1:], KEY, *CALL_KEYS, *REASONS.values()]) == {}
    query = """
        SELECT email, num_nonnulls(first_name, last_name, phone, default_address_id), erased_at IS NULL
        FROM customers
    """
    row = seeded_store.execute(f"{query} WHERE customer_id = %s", [gone]).fetchone()
    assert row == (f"erased-{gone}@erased.invalid", 0, False)


def test_nothing_of_the_person_is_left_in_a_dump(seeded_store, gone, database):
    """Taken afterwards, of all there is: internal tables, sequences and large objects too."""
    words = [EMAIL, FIRST, PHONE, *ADDRESS[1:], KEY, *REASONS.values()]
    before = dumped(database)
    assert [word for word in words if word not in before] == []
    seeded_store.execute("SELECT erase_customer(%s)", [gone])
    after = dumped(database)
    assert [word for word in [*words, *CALL_KEYS] if word in after] == []


def test_the_books_are_what_they_were(seeded_store, gone):
    """Every report, to the cent; every ledger but for its reasons; the seals; nothing to complain of."""
    seeded_store.execute("SET app.report_now = '2026-12-15 12:00+00'")
    reports = [name for (name,) in seeded_store.execute(REPORTS)]
    ledgers = {
        name: f"SELECT {one(seeded_store, LEFT, name)} FROM {name}"
        for name in ["payments", "returns", "credits", "shipments", "shipment_items", "order_items"]
    }
    assert len(reports) > 25
    watched = {name: f"SELECT * FROM {name}" for name in reports} | ledgers
    before = {name: everything(seeded_store, query) for name, query in watched.items()}
    logged = len(everything(seeded_store, "SELECT * FROM audit_log"))
    events = seeded_store.execute("SELECT max(id) FROM order_audit").fetchone()
    seeded_store.execute("SELECT erase_customer(%s)", [gone])
    assert {name: everything(seeded_store, query) for name, query in watched.items()} == before
    assert everything(seeded_store, "SELECT * FROM integrity_violations") == []
    assert everything(seeded_store, "SELECT * FROM verify_audit()") == []
    # The customer's row and two addresses.
    assert len(everything(seeded_store, "SELECT * FROM audit_log")) == logged + 3
    told = "SELECT order_id, action, details FROM order_audit WHERE id > %s ORDER BY id"
    orders = [
        number for (number,) in seeded_store.execute(
            "SELECT order_id FROM orders WHERE customer_id = %s ORDER BY order_id", [gone]
        )
    ]  # fmt: skip
    assert len(orders) == 3
    assert seeded_store.execute(told, events).fetchall() == [(order, "erased", {}) for order in orders]


def test_who_reads_the_feed_is_told_and_told_no_word(seeded_store, gone):
    """From the first event to the last: that the customer's orders were erased, and nothing of before."""
    seeded_store.execute("SELECT erase_customer(%s)", [gone])
    events = seeded_store.execute("SELECT * FROM read_order_events('another', 1000)").fetchall()
    assert [event[2] for event in events].count("erased") == 3 + 2  # two orders of the tenth, long ago
    text = str(events).lower()
    assert [trace for trace in TRACES if trace.lower() in text] == []


def test_an_erased_customer_stays_erased(seeded_store, gone, login):
    """By a token that still holds: no name, no address, no order, no export."""
    session = login("shop_customer", **{"app.customer_id": gone})
    seeded_store.execute("SELECT erase_customer(%s)", [gone])
    for statement, refused in [
        ("UPDATE customers SET first_name = 'Ferdinand'", "23514"),
        (
            "INSERT INTO addresses (customer_id, recipient, line1, city, country_code) "
            f"VALUES ({gone}, 'A', 'B', 'C', 'US')",
            "ST002",
        ),
        (f"""SELECT place_order({gone}, '[{{"product_id": 5, "quantity": 1}}]')""", "ST002"),
        (f"""SELECT place_order({gone}, '[{{"product_id": 5, "quantity": 2}}]', '{KEY}')""", "ST002"),
        (f"SELECT export_customer({gone})", "ST002"),
    ]:
        assert sqlstate(session, statement) == refused, statement
    assert sqlstate(seeded_store, f"SELECT erase_customer({gone})") == "ST002"
    register = f"SELECT register_customer('{EMAIL}', 'F', 'Z')"
    assert one(seeded_store, register) > gone, "the address may come back, as somebody new"


def test_what_is_said_of_the_person_afterwards_is_not_kept(seeded_store, gone):
    """Late goodwill, a late return and its refund, money booked by mistake, a dispute and its end: booked without words."""
    seeded_store.execute("SELECT erase_customer(%s)", [gone])
    returned, cancelled, _ = [
        order for (order,) in seeded_store.execute(
            "SELECT order_id FROM orders WHERE customer_id = %s ORDER BY order_id", [gone]
        )
    ]  # fmt: skip
    mistaken = one(seeded_store, "SELECT record_payment(%s, 'card', 'z-3', 7.00)", cancelled)
    for call, *arguments in [
        ("reverse_payment(%s, %s)", mistaken, REASONS["reversal"]),
        ("grant_allowance(%s, 0.50, %s)", returned, REASONS["allowance"]),
        ("return_items(%s, %s, TRUE, %s)", returned, '[{"line_no": 1, "quantity": 1}]', REASONS["return"]),
        (
            "refund_order(order_id, 'card', 'z-4', amount_due, %s) FROM refunds_due WHERE order_id = %s",
            REASONS["refund"], returned,
        ),
        ("record_chargeback(%s, 'card', 'z-5', 1.00)", returned),
        ("write_off(%s, %s)", returned, REASONS["write off"]),
    ]:  # fmt: skip
        assert seeded_store.execute(f"SELECT {call}", arguments).rowcount == 1
    assert traced(seeded_store, [*REASONS.values()]) == {}
    assert one(seeded_store, "SELECT balance FROM orders WHERE order_id = %s", returned) == 1
    assert seeded_store.execute("TABLE integrity_violations").fetchall() == []


def test_who_has_open_business_is_not_erased(seeded_store):
    """All of it is listed: open orders, refunds due, what is owed; written off, it is no obstacle."""
    for customer, told, orders in [
        (2, (2, 0, 0), [(40, "shipped", 0), (42, "paid", 0)]),
        (3, (1, 0, 0), [(41, "shipped", 0)]),
        (4, (1, 0, 1), [(39, "delivered", 99.2), (44, "paid", 0)]),  # 18 is owed, and written off
        (5, (0, 1, 0), [(7, "delivered", -4.9)]),
        (8, (0, 1, 0), [(31, "delivered", -31.5)]),
        (12, (0, 1, 0), [(12, "cancelled", -45.1)]),
        (13, (1, 0, 0), [(43, "pending", 15)]),
    ]:
        with pytest.raises(psycopg.Error) as caught:
            seeded_store.execute("SELECT erase_customer(%s)", [customer])
        assert caught.value.sqlstate == "ST005"
        words = "customer {} has {} open orders, {} refunds due, {} amounts owed and 0 undocumented orders"
        assert caught.value.diag.message_primary == words.format(customer, *told)
        detail = one(seeded_store, "SELECT %s::JSONB", caught.value.diag.message_detail)
        listed = [(order["order_id"], order["status"], order["balance"]) for order in detail["orders"]]
        assert listed == orders
    for unknown in (None, 0, 999):
        assert sqlstate(seeded_store, "SELECT erase_customer(%s)", unknown) == "ST002"


def test_what_is_listed_is_bounded(seeded_store):
    """Of many orders the first hundred, however many there are."""
    seeded_store.execute("UPDATE store_settings SET max_pending_orders = NULL")
    seeded_store.execute("SELECT receive_stock(5, 101, 'note')")
    seeded_store.execute("""
        SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]') FROM generate_series(1, 101)
    """)
    with pytest.raises(psycopg.Error, match="has 101 open orders") as caught:
        seeded_store.execute("SELECT erase_customer(1)")
    assert caught.value.diag.message_detail.count("order_id") == 100


PLACE = """SELECT place_order(%s, '[{"product_id": 5, "quantity": 1}]')"""
ADD_ADDRESS = """
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
    VALUES (%s, 'A', 'B', 'C', 'US')
"""
PAY_AGAIN = "SELECT record_payment(min(order_id), 'card', 'z-9', 1.00) FROM orders WHERE customer_id = %s"
ERASE = "SELECT erase_customer(%s)"


@pytest.mark.parametrize(("other", "ended"), [(PLACE, "ST005"), (ADD_ADDRESS, "00000"), (PAY_AGAIN, "ST005")])
def test_an_erasure_waits_for_what_is_under_way(seeded_store, gone, open_session, other, ended):
    """An order or a payment makes it impossible; an address goes with the others."""
    first, second = open_session(), open_session()
    first.execute(other, [gone])
    second.start(ERASE, [gone])
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == ended
    second.commit()
    addresses = "SELECT count(*) FROM addresses WHERE customer_id = %s"
    assert one(seeded_store, addresses, gone) == (0 if ended == "00000" else 2)


@pytest.mark.parametrize(("other", "ended"), [(PLACE, "ST002"), (ADD_ADDRESS, "ST002"), (PAY_AGAIN, "00000")])
def test_what_comes_during_an_erasure_finds_it_done(seeded_store, gone, open_session, other, ended):
    """No order, no address; but money that came is recorded, for whomever."""
    first, second = open_session(), open_session()
    first.execute(ERASE, [gone])
    second.start(other, [gone])
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == ended
    second.commit()
    assert traced(seeded_store).keys() == {"documents"}


ALLOW = "SELECT grant_allowance(min(order_id), 0.10, 'late') FROM orders WHERE customer_id = %s"
EVERY_DOCUMENT = """
    SELECT buyer IS NULL FROM documents JOIN orders USING (order_id)
    WHERE customer_id = %s ORDER BY document_id
"""


def test_whose_document_is_still_to_be_issued_is_not_erased(seeded_store, gone):
    """A note corrects an invoice, and names the same buyer."""
    seeded_store.execute(ALLOW, [gone])
    seeded_store.execute(
        "SELECT refund_order(order_id, 'card', 'z-3', -balance) FROM orders WHERE customer_id = %s AND balance < 0",
        [gone],
    )
    with pytest.raises(psycopg.Error, match="0 amounts owed and 1 undocumented orders") as caught:
        seeded_store.execute(ERASE, [gone])
    assert caught.value.sqlstate == "ST005"
    seeded_store.execute("SELECT issue_documents()")
    seeded_store.execute(ERASE, [gone])


def test_a_document_forgets_the_buyer_when_its_time_is_over(seeded_store, superuser, gone):
    """On the last day it is still there; the day after, upkeep empties it, erased customer or not."""
    seeded_store.execute(ERASE, [gone])
    kept = seeded_store.execute(EVERY_DOCUMENT, [gone]).fetchall()
    assert kept == [(False,)] * 4  # two parcels, a return, an allowance
    age = "SET session_replication_role = replica; UPDATE documents SET buyer_until = {}, issued_on = '2015-01-01'"
    age += " WHERE document_id > 37; RESET session_replication_role"
    today = "(now() AT TIME ZONE 'America/New_York')::DATE"
    superuser.execute("ALTER TABLE documents DROP CONSTRAINT documents_issued_on_is_the_day_of_issued_at")
    superuser.execute(age.format(today))
    assert one(seeded_store, "SELECT run_maintenance() -> 'buyers_emptied'") == 0
    assert seeded_store.execute(EVERY_DOCUMENT, [gone]).fetchall() == kept
    superuser.execute(age.format(today + " - 1"))
    assert one(seeded_store, "SELECT run_maintenance() -> 'buyers_emptied'") == 4
    assert seeded_store.execute(EVERY_DOCUMENT, [gone]).fetchall() == [(True,)] * 4
    assert traced(seeded_store) == {}
    assert everything(seeded_store, "SELECT * FROM integrity_violations") == []


def test_an_erasure_and_a_default_address_that_goes_do_not_deadlock(seeded_store, gone, open_session):
    """While the erasure waits for an order, its customer deletes every address, the default among them."""
    payer, eraser, shopper = open_session(), open_session(), open_session()
    payer.execute("SELECT FROM orders WHERE customer_id = %s FOR UPDATE", [gone])
    eraser.start(ERASE, [gone])
    eraser.wait_until_blocked_by(payer)
    shopper.start("DELETE FROM addresses WHERE customer_id = %s", [gone])
    shopper.wait_until_blocked_by(eraser)
    payer.commit()
    assert eraser.sqlstate() == "00000"
    eraser.commit()
    assert shopper.sqlstate() == "00000"
    shopper.commit()
    assert traced(seeded_store).keys() == {"documents"}


def dumped(database):
    """The text of a dump of the whole database."""
    source = database.dsn(None, search_path="pg_catalog")
    dump = subprocess.run(
        [EmbeddedServer.bin / "pg_dump", "--dbname", source], check=True, capture_output=True, text=True
    )
    return dump.stdout


def traced(owner, traces=TRACES):
    """The relations in which something of the person stands, and what."""
    return {
        name: found
        for (name,) in owner.execute(RELATIONS).fetchall()
        if (found := one(owner, FOUND.format(relation=name), traces))
    }


def everything(session, query):
    """All rows, as text, in an order of their own."""
    return sorted(map(repr, session.execute(query).fetchall()))


def one(session, query, *parameters):
    """The one value of a query."""
    return session.execute(query, parameters).fetchone()[0]
