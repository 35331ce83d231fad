"""A small shop to race in, whose books must balance when the race is over.

All races share one, whose rows are put back for each.
"""

from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.database import Database, copy_of

TOTAL = 22  # of every order below: two of product 1, with tax
# Customers 1 and 2; products 1 to 3, ten of each at 10.00.
SHOP = """
    INSERT INTO tax_rates VALUES ('standard', 'US', '', '2020-01-01', 0.1);
    INSERT INTO customers (email) VALUES ('ada@example.com'), ('bob@example.com');
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code) VALUES
    (1, 'Ada', '1 Street', 'Town', 'US'), (1, 'Ada', '2 Street', 'Town', 'US');
    INSERT INTO products (sku, name, price) VALUES ('KETTLE', 'Kettle', 10), ('TEAPOT', 'Teapot', 10), ('CUP', 'Cup', 10);
    SELECT receive_stock(product_id, 10, 'note 1') FROM products ORDER BY product_id;
"""
PUT_BACK = Path(__file__).with_name("put_back.sql")


class SharedShop(NamedTuple):
    """Its database, its owner's connection, and the superuser's, who puts back its rows."""

    database: Database
    owner: psycopg.Connection
    superuser: psycopg.Connection


@pytest.fixture(scope="session")
def shared_shop(deployed):
    with (
        copy_of(deployed, "test_shop") as database,
        database.connect() as owner,
        database.connect(None) as superuser,
    ):
        owner.execute(SHOP)
        superuser.execute(PUT_BACK.read_text())
        yield SharedShop(database, owner, superuser)


@pytest.fixture
def database(request):
    """Of a test that asks for the shop, the shop's; else its own."""
    if "shared_shop" in request.fixturenames:
        return request.getfixturevalue("shared_shop").database
    return request.getfixturevalue("database")


@pytest.fixture
def shop(shared_shop):
    """The owner's connection to it; checked once the test is over."""
    shared_shop.superuser.execute("CALL kept.put_back()")
    shared_shop.owner.execute("RESET ALL")
    yield shared_shop.owner
    check_books(shared_shop.owner)


@pytest.fixture
def shop_of_its_own(store):
    """The same in a store of the test's own, for one that leaves more than rows behind."""
    store.execute(SHOP)
    yield store
    check_books(store)


def check_books(shop):
    assert shop.execute("SELECT * FROM integrity_violations", prepare=True).fetchall() == []


@pytest.fixture
def pending_order(shop):
    """Customer 1's order of two kettles."""
    return shop.execute(f"SELECT {placing(1, {1: 2})}").fetchone()[0]


@pytest.fixture
def paid_order(shop, pending_order):
    """The same, paid."""
    shop.execute("SELECT record_payment(%s, 'bank', 'charge 1', %s)", [pending_order, TOTAL])
    return pending_order


@pytest.fixture
def shipped_order(shop, paid_order):
    """The same, on its way."""
    shop.execute("SELECT ship_order(%s, 'Post', NULL)", [paid_order])
    return paid_order


@pytest.fixture
def returned_order(shop, shipped_order):
    """The same, come back: its money is due."""
    shop.execute('SELECT return_items(%s, \'[{"line_no": 1, "quantity": 2}]\')', [shipped_order])
    return shipped_order


@pytest.fixture
def race(open_session):
    """Run two statements in two transactions; the second must wait for the first. Both commit."""

    def race(first_statement, second_statement, **of_sessions):
        """The SQLSTATE the second statement ends with."""
        first, second = open_session(), open_session(**of_sessions)
        first.execute(f"SELECT {first_statement}")
        second.start(f"SELECT {second_statement}")
        second.wait_until_blocked_by(first)
        first.commit()
        outcome = second.sqlstate()
        second.commit()
        return outcome

    return race


def placing(customer_id, units_of, more=""):
    """A call of place_order for so many units of each product, in the order given."""
    items = ", ".join(f'{{"product_id": {product}, "quantity": {units}}}' for product, units in units_of.items())
    return f"place_order({customer_id}, '[{items}]'{more})"


def status_of(shop, order_id):
    return shop.execute("SELECT status FROM orders WHERE order_id = %s", [order_id]).fetchone()[0]


def balance_of(shop, order_id):
    return shop.execute("SELECT balance FROM orders WHERE order_id = %s", [order_id]).fetchone()[0]


def actions_of(shop, order_id):
    """What the audit trail tells of an order."""
    query = "SELECT action FROM order_audit WHERE order_id = %s ORDER BY id"
    return [action for (action,) in shop.execute(query, [order_id])]


def stock_of(shop, product_id=1):
    """Units on hand, and those of them reserved."""
    return shop.execute("SELECT on_hand, reserved FROM inventory WHERE product_id = %s", [product_id]).fetchone()
