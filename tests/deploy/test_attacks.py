"""Whoever may create something beside the store, or on one of its tables, gets none of the deployer's rights."""

import pytest

from tests.database import OWNER
from tests.deploy.made_up_tree import OPEN_ORDERS, deployed, scalar



@pytest.fixture
def evil(superuser):
    """The superuser's session, and a role without rights that it becomes by SET ROLE."""
    superuser.execute("CREATE ROLE evil LOGIN")
    superuser.execute(f"GRANT evil TO {OWNER}")
    superuser.execute("CREATE SCHEMA evils AUTHORIZATION evil")
    yield superuser
    superuser.execute("RESET ROLE")
    superuser.execute("DROP OWNED BY evil CASCADE")
    superuser.execute("DROP ROLE evil")


def as_evil(session, *statements):
    session.execute("SET ROLE evil")
    for statement in statements:
        session.execute(statement)
    session.execute("RESET ROLE")


def is_superuser(session) -> bool:
    return scalar(session, "SELECT rolsuper FROM pg_roles WHERE rolname = 'evil'")


@deployed
def test_a_triggers_name_is_no_statement(tree, evil, empty_database):
    """Which may hold anything, made by whoever has TRIGGER on a table: it is quoted in what `--repair` runs."""
    name = "x: privilege SELECT for evil;ALTER ROLE evil SUPERUSER;--"
    evil.execute("GRANT USAGE ON SCHEMA store TO evil; GRANT TRIGGER ON store.orders TO evil")
    as_evil(
        evil,
        "CREATE FUNCTION evils.f() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        f'CREATE TRIGGER "{name}" AFTER TRUNCATE ON store.orders EXECUTE FUNCTION evils.f()',
    )
    (drift,) = tree.deploy("--verify", "--json").json["drift"]
    assert drift["fix"] == f'DROP TRIGGER "{name}" ON store.orders'
    tree.dsn = empty_database.dsn(None, search_path="pg_catalog")
    outcome = tree.deploy("--repair", "--role", OWNER)
    assert outcome.exit_code == 0, outcome.out + outcome.err
    assert not is_superuser(evil)


@deployed
@pytest.mark.parametrize(
    "name",
    [
        "x: privilege SELECT for evil;ALTER ROLE evil SUPERUSER;--",
        "x: comment: privilege SELECT for evil;RESET ROLE;SELECT 1/0;--",
        'x" a: option y = 1);RESET ROLE;ALTER ROLE evil SUPERUSER;--',
    ],
)
def test_a_columns_name_is_no_statement(tree, evil, empty_database, name):
    """Of a stranger's view, which is made again by a superuser who has taken its owner's role."""
    evil.execute("GRANT USAGE ON SCHEMA store TO evil; GRANT SELECT ON store.open_orders TO evil")
    column = '"{}"'.format(name.replace('"', '""'))
    as_evil(
        evil,
        f"CREATE VIEW evils.v AS SELECT order_id AS {column} FROM store.open_orders",
        f"GRANT SELECT ({column}) ON evils.v TO pg_monitor",
        f"COMMENT ON COLUMN evils.v.{column} IS 'x'",
    )
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("order_id, total", "total, order_id"))
    tree.dsn = empty_database.dsn(None, search_path="pg_catalog")
    tree.deployed("--role", OWNER)
    assert not is_superuser(evil)
    assert scalar(evil, "SELECT attname::TEXT FROM pg_attribute WHERE attrelid = 'evils.v'::REGCLASS") == name
