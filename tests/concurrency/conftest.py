"""A small shop to race in, whose books must balance when the race is over."""

import pytest

TOTAL = 22  # of every order below: two of product 1, with tax


@pytest.fixture
def shop(store):
    """Customers 1 and 2; products 1 to 3, ten of each at 10.00; checked once the test is over."""
    store.execute("""
        INSERT INTO tax_rates VALUES ('standard', 'US', '', '2020-01-01', 0.1);
        INSERT INTO customers (email) VALUES ('ada@example.com'), ('bob@example.com');
        INSERT INTO addresses (customer_id, recipient, line1, city, country_code) VALUES
        (1, 'Ada', '1 Street', 'Town', 'US'), (1, 'Ada', '2 Street', 'Town', 'US');
        INSERT INTO products (sku, name, price) VALUES ('KETTLE', 'Kettle', 10), ('TEAPOT', 'Teapot', 10), ('CUP', 'Cup', 10);
        SELECT receive_stock(product_id, 10, 'note 1') FROM products ORDER BY product_id;
    """)
    yield store
    assert store.execute("SELECT * FROM integrity_violations").fetchall() == []


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
