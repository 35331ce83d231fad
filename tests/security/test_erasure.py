"""A person can be forgotten: nothing of them is left, and the books do not change."""

import psycopg
import pytest

from tests.security.refusals import sqlstate

EMAIL, FIRST, LAST, PHONE = "ferdinand.von@zeppelin.example", "Ferdinand", "Zeppelin", "+49 7541 38"
ADDRESS = ("Graf Zeppelin", "Schlossgasse 17", "Hinterhaus", "Friedrichshafen", "Bodensee", "88046-Z")
KEY = "zeppelin-basket-1"
TRACES = [EMAIL, FIRST, LAST, PHONE, *ADDRESS, KEY]

RELATIONS = """
    SELECT oid::REGCLASS::TEXT FROM pg_class
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p', 'v', 'm')
    AND relname <> 'monitor_statements'
"""
# Whatever stands in a row, as text, and what its bytes would be if they were text.
FOUND = """
    SELECT count(*) FROM {relation} AS found, unnest(%s::TEXT[]) AS trace
    WHERE found::TEXT ILIKE '%%' || trace || '%%'
    OR found::TEXT LIKE '%%' || encode(convert_to(trace, 'UTF8'), 'hex') || '%%'
"""
# Every report that names no person.
REPORTS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('v', 'm')
    AND relname !~ '^(monitor_|customer_overview)' ORDER BY relname
"""


@pytest.fixture
def gone(seeded_store):
    """A customer whose orders are done with: one was delivered and in part returned, one cancelled."""
    customer = one(
        seeded_store, "SELECT register_customer(%s, %s, %s, %s)", EMAIL, FIRST, LAST, PHONE
    )
    one(
        seeded_store,
        """
        INSERT INTO addresses (
            customer_id, recipient, line1, line2, city, region, postal_code, country_code, is_default
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, 'US', TRUE) RETURNING address_id
        """,
        customer, *ADDRESS,
    )  # fmt: skip
    items = '[{"product_id": 5, "quantity": 2}]'
    order = one(seeded_store, "SELECT place_order(%s, %s, %s)", customer, items, KEY)
    total = one(seeded_store, "SELECT total FROM orders WHERE order_id = %s", order)
    line = '[{"line_no": 1, "quantity": 1}]'
    for call, *arguments in [
        ("record_payment(%s, 'card', 'z-1', %s)", order, total),
        ("ship_order(%s, 'Pony Express', 'Z0001')", order),
        ("deliver_order(%s)", order),
        ("return_items(%s, %s, TRUE, 'arrived soggy')", order, line),
    ]:
        seeded_store.execute(f"SELECT {call}", arguments)
    due = one(seeded_store, "SELECT amount_due FROM refunds_due WHERE order_id = %s", order)
    seeded_store.execute("SELECT refund_order(%s, 'card', 'z-2', %s)", [order, due])
    cancelled = one(seeded_store, "SELECT place_order(%s, %s)", customer, items)
    seeded_store.execute("SELECT cancel_order(%s, 'found another')", [cancelled])
    seeded_store.execute("UPDATE customers SET is_vip = TRUE WHERE customer_id = %s", [customer])
    seeded_store.execute("SELECT read_order_events('feed', 1000)")
    seeded_store.execute("SELECT run_maintenance()")
    return customer


def test_nothing_of_the_person_is_left_in_the_store(seeded_store, gone, login):
    """In no column of any table or view, as text or as bytes; before it was in some."""
    assert {"addresses", "customer_overview", "customers", "orders"} == traced(seeded_store)
    login("shop_staff").execute("SELECT erase_customer(%s)", [gone])
    assert traced(seeded_store) == set()
    query = "SELECT email, num_nonnulls(first_name, last_name, phone), erased_at IS NULL FROM customers"
    row = seeded_store.execute(f"{query} WHERE customer_id = %s", [gone]).fetchone()
    assert row == (f"erased-{gone}@erased.invalid", 0, False)


def test_the_books_are_what_they_were(seeded_store, gone):
    """Every report, to the cent; every order, payment and audit row; the seals; nothing to complain of."""
    seeded_store.execute("SET app.report_now = '2026-12-15 12:00+00'")
    reports = [name for (name,) in seeded_store.execute(REPORTS)]
    ledgers = ["order_audit", "payments", "returns", "shipments", "shipment_items", "order_items"]
    assert len(reports) > 25
    before = {name: everything(seeded_store, name) for name in reports + ledgers}
    logged = len(everything(seeded_store, "audit_log"))
    seeded_store.execute("SELECT erase_customer(%s)", [gone])
    assert {name: everything(seeded_store, name) for name in reports + ledgers} == before
    assert everything(seeded_store, "integrity_violations") == []
    assert everything(seeded_store, "verify_audit()") == []
    assert len(everything(seeded_store, "audit_log")) == logged + 2  # the customer's row, the address


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


def test_who_has_open_business_is_not_erased(seeded_store):
    """All of it is listed: open orders with their status, refunds due with their amount."""
    for customer, open_orders, refunds in [
        (2, [(40, "shipped"), (42, "paid")], []),
        (3, [(41, "shipped")], []),
        (5, [], [(7, 4.9)]),
        (8, [], [(31, 31.5)]),
        (13, [(43, "pending")], []),
    ]:
        with pytest.raises(psycopg.Error) as caught:
            seeded_store.execute("SELECT erase_customer(%s)", [customer])
        assert caught.value.sqlstate == "ST005"
        detail = one(seeded_store, "SELECT %s::JSONB", caught.value.diag.message_detail)
        assert [(order["order_id"], order["status"]) for order in detail["open_orders"]] == open_orders
        assert [(due["order_id"], due["amount_due"]) for due in detail["refunds_due"]] == refunds
    for unknown in (None, 0, 999):
        assert sqlstate(seeded_store, "SELECT erase_customer(%s)", unknown) == "ST002"


PLACE = """SELECT place_order(%s, '[{"product_id": 5, "quantity": 1}]')"""
ADD_ADDRESS = """
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
    VALUES (%s, 'A', 'B', 'C', 'US')
"""
PAY_AGAIN = "SELECT record_payment(max(order_id), 'card', 'z-9', 1.00) FROM orders WHERE customer_id = %s"
ERASE = "SELECT erase_customer(%s)"


@pytest.mark.parametrize(
    ("other", "ended"), [(PLACE, "ST005"), (ADD_ADDRESS, "00000"), (PAY_AGAIN, "ST005")]
)
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
    assert one(seeded_store, addresses, gone) == (0 if ended == "00000" else 1)


@pytest.mark.parametrize(
    ("other", "ended"), [(PLACE, "ST002"), (ADD_ADDRESS, "ST002"), (PAY_AGAIN, "00000")]
)
def test_what_comes_during_an_erasure_finds_it_done(seeded_store, gone, open_session, other, ended):
    """No order, no address; but money that came is recorded, for whomever."""
    first, second = open_session(), open_session()
    first.execute(ERASE, [gone])
    second.start(other, [gone])
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == ended
    second.commit()
    assert traced(seeded_store) == set()


def traced(owner):
    """The relations in which something of the person stands."""
    return {
        name
        for (name,) in owner.execute(RELATIONS).fetchall()
        if owner.execute(FOUND.format(relation=name), [TRACES]).fetchone()[0]
    }


def everything(session, relation):
    """All rows, as text, in an order of their own."""
    return sorted(map(repr, session.execute(f"SELECT * FROM {relation}").fetchall()))


def one(session, query, *parameters):
    """The one value of a query."""
    return session.execute(query, parameters).fetchone()[0]
