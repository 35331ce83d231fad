"""From an empty server to a store with logins, as the page says, and on to another server."""

import psycopg
import pytest

from tests.operations.manual import blocks
from tests.security.sales_traffic import DIFFERENCES
from tests.templates import run_deploy

PLACE = """SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]')"""
POWERS = """
    SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'shop_owner'
"""
EVENTS = "SELECT order_id, action, details FROM read_order_events('feed', 1000)"


def test_install_upgrade_and_move(start, directory):
    """Two servers of which the second ends with what the first had."""
    first, second = start("first"), start("second")
    (directory / "backup").mkdir()
    make_roles(first)
    first.run_as_operator(blocks("Install", "sh")[0])
    first.psql(blocks("Install", "sql")[2])
    run_deploy("--dsn", first.dsn("shop", "shop_owner"), "--demo")
    assert_everyone_is_in_place(first)
    first.run_as_operator(blocks("Upgrade", "sh")[0])
    with first.connect(user="shop_owner") as owner:
        owner.execute("SELECT run_maintenance()")
        owner.execute("SELECT acknowledge_order_events('feed', 50) FROM read_order_events('feed', 50) LIMIT 1")
        owner.execute(PLACE)
        unread = owner.execute(EVENTS).fetchall()

    make_roles(second)
    second.run_as_operator(create_group_roles())
    dump, restore = (
        block.replace("/backup", f"{directory}/backup") for block in blocks("Move a store to another server", "sh")
    )
    first.run_as_operator(dump)
    second.run_as_operator(restore)
    second.psql(blocks("Install", "sql")[2])
    assert_everyone_is_in_place(second)
    with second.connect(user="shop_owner") as owner:
        assert owner.execute(DIFFERENCES).fetchall() == []
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        assert owner.execute("SELECT * FROM verify_audit()").fetchall() == []
        assert owner.execute(EVENTS).fetchall()[: len(unread)] == unread
    assert "Nothing to do" in second.run_as_operator("PGUSER=shop_owner python deploy.py")


def make_roles(server):
    """The owner, its database, the groups, the logins; the DBA's part."""
    owner, logins, _ = blocks("Install", "sql")
    server.psql(owner, "postgres")
    server.run_as_operator(create_group_roles())
    server.psql(logins)


def create_group_roles():
    """The first of the two commands that install."""
    return blocks("Install", "sh")[0].splitlines()[0]


def assert_everyone_is_in_place(server):
    """The owner is a plain role; each login finds the store and does its own, and no more."""
    with server.connect() as superuser:
        assert superuser.execute(POWERS).fetchone() == (False,) * 4
    with connect(server, "web") as shopper:
        shopper.execute("SELECT set_config('app.customer_id', '2', FALSE)")
        order = shopper.execute(PLACE).fetchone()[0]
        shopper.execute("SELECT cancel_order(%s, 'a drill')", [order])
        refused(shopper, "SELECT * FROM daily_sales")
    with connect(server, "back_office") as staff:
        assert staff.execute("SELECT count(*) FROM orders").fetchone()[0] > 45
        refused(staff, "UPDATE orders SET status = 'paid'")
    with connect(server, "reports") as analyst:
        assert len(analyst.execute("SELECT * FROM daily_sales").fetchall()) >= 40
        refused(analyst, "SELECT email FROM customers")
    with connect(server, "auditor") as auditor:
        assert auditor.execute("SELECT * FROM verify_audit()").fetchall() == []
        refused(auditor, "SELECT * FROM orders")


def connect(server, login):
    """A session with nothing set but what the login's role sets."""
    return psycopg.connect(server.dsn("shop", login), autocommit=True)


def refused(session, statement):
    """It lacks the right."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)
