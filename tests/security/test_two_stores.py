"""Two stores in one database know nothing of each other, though roles and owner are the same."""

import psycopg
import pytest

from tests.security.refusals import sqlstate
from tests.security.tokens import KEY_ID, SECRET, token
from tests.templates import run_deploy

SECOND = "second_store"


@pytest.fixture
def second_store(seeded_store, superuser, database):
    """The owner of a second store, with one customer and one product; test_customer may enter it alone."""
    run_deploy("--dsn", database.dsn(search_path="pg_catalog"), "--schema", SECOND)
    superuser.execute(f"GRANT USAGE ON SCHEMA {SECOND} TO test_customer")
    superuser.execute("REVOKE USAGE ON SCHEMA store FROM test_customer")
    with database.connect(search_path=f"{SECOND},pg_temp") as owner:
        owner.execute("SELECT register_customer('ahab@pequod.example', 'Ahab', NULL)")
        owner.execute("INSERT INTO products (sku, name, price) VALUES ('LEG', 'Ivory Leg', 9.00)")
        owner.execute("SELECT receive_stock(1, 10, 'note')")
        yield owner


def test_a_login_of_one_store_does_not_even_find_the_other(second_store, login):
    """The group role says what one may do; only USAGE on the schema says where."""
    outsiders = [
        (login("shop_staff"), SECOND),
        (login("shop_customer", search_path=f"{SECOND},store", **{"app.customer_id": 1}), "store"),
    ]
    for session, schema in outsiders:
        for query in [
            f"SELECT * FROM {schema}.orders",
            f"SELECT * FROM {schema}.customers",
            f"SELECT {schema}.current_customer_id()",
            f"SELECT {schema}.export_customer(1)",
        ]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="for schema"):
                session.execute(query)


def test_a_customer_of_one_store_is_another_person_in_the_other(second_store, login):
    """Number 1 is Ahab here and Ishmael there; each is served what is of the own store."""
    session = login("shop_customer", search_path=f"{SECOND},store", **{"app.customer_id": 1})
    assert session.execute("SELECT first_name FROM customers").fetchall() == [("Ahab",)]
    assert session.execute("SELECT sku FROM storefront_products").fetchall() == [("LEG",)]
    session.execute("""SELECT place_order(1, '[{"product_id": 1, "quantity": 2}]')""")
    assert session.execute("SELECT order_id FROM orders").fetchall() == [(1,)]
    assert len(session.execute("SELECT export_customer(1)").fetchone()[0]["orders"]) == 1


def test_a_key_of_one_store_signs_nobody_in_to_the_other(seeded_store, second_store, login):
    """A store without a key goes on trusting its application; a token of the other's key is forged."""
    session = login("shop_customer", search_path=SECOND, **{"app.customer_id": 1})
    seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    customer = "SELECT current_customer_id()"
    assert session.execute(customer).fetchone() == (1,)
    second_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET[::-1]])
    session.execute("SELECT set_config('app.session_token', %s, FALSE)", [token()])
    assert sqlstate(session, customer) == "28000"
    session.execute("SELECT set_config('app.session_token', %s, FALSE)", [token(SECRET[::-1])])
    assert session.execute(customer).fetchone() == (1,)


def test_what_happens_in_one_store_leaves_no_trace_in_the_other(seeded_store, second_store):
    """No audit row, no seal, no day to compute, no figure."""
    watched = [
        "SELECT * FROM audit_log ORDER BY id",
        "SELECT * FROM order_audit ORDER BY id",
        "SELECT * FROM audit_seals",
        "SELECT * FROM watermarks ORDER BY name",
        "SELECT * FROM daily_sales ORDER BY 1",
        "SELECT * FROM integrity_violations",
    ]
    before = [second_store.execute(query).fetchall() for query in watched]
    seeded_store.execute("""SELECT place_order(1, '[{"product_id": 5, "quantity": 2}]')""")
    seeded_store.execute("UPDATE customers SET is_vip = NOT is_vip")
    seeded_store.execute("SELECT erase_customer(6)")
    seeded_store.execute("SELECT run_maintenance()")
    assert [second_store.execute(query).fetchall() for query in watched] == before


def test_one_store_does_not_wait_for_the_other(seeded_store, second_store, open_session):
    """A seal, a refresh and an order of the same key go on beside those of the other store."""
    session = open_session()
    for work in [
        "SELECT seal_audit()",
        "SELECT refresh_reports()",
        """SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]', 'the same key')""",
    ]:
        session.execute(work)
    second_store.execute("SET lock_timeout = '1s'")  # only so that a wait fails the test soon
    second_store.execute("SELECT seal_audit()")
    second_store.execute("SELECT refresh_reports()")
    second_store.execute("""SELECT place_order(1, '[{"product_id": 1, "quantity": 1}]', 'the same key')""")
