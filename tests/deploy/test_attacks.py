"""Whoever may create something beside the store, or on one of its tables, gets none of the deployer's rights."""

import pytest

from tests.database import OWNER
from tests.deploy.made_up_tree import OPEN_ORDERS, ORDER_TOTAL, deployed, scalar


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


PLANTED = {
    "countries": "CREATE VIEW store.countries AS SELECT evils.called() AS country_code, 'x' AS name",
    "orders": "CREATE VIEW store.orders AS SELECT evils.called() AS order_id",
    "tax_classes": """CREATE TABLE store.tax_classes (tax_class TEXT);
        INSERT INTO store.tax_classes VALUES ('zero');
        CREATE POLICY p ON store.tax_classes USING (evils.called() > '');
        ALTER TABLE store.tax_classes ENABLE ROW LEVEL SECURITY""",
}


@pytest.mark.parametrize("relation", PLANTED)
@pytest.mark.parametrize("mode", [[], ["--plan"], ["--verify"], ["--repair"], ["--adopt"], ["--demo"]])
def test_a_planted_relation_is_not_read(tree, evil, relation, mode):
    """By the name of one of ours: what it calls would run as the deployer."""
    evil.execute(f"CREATE SCHEMA store AUTHORIZATION {OWNER}; GRANT USAGE, CREATE ON SCHEMA store TO evil")
    as_evil(
        evil,
        "CREATE FUNCTION evils.called() RETURNS TEXT LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$",
        "GRANT USAGE ON SCHEMA evils TO PUBLIC",
        PLANTED[relation],
        f"GRANT ALL ON store.{relation} TO PUBLIC",
    )
    (tree.root / "demo").mkdir()
    (tree.root / "demo/seed.sql").write_text("INSERT INTO coupons VALUES ('DEMO');\n")
    outcome = tree.deploy(*mode)
    assert "called as" not in outcome.out + outcome.err


NEW = "04_views/100_new.sql"
TAKEN = {
    "CREATE VIEW store.new_one AS SELECT 1 AS a": "CREATE OR REPLACE VIEW new_one AS SELECT 1 AS a",
    "CREATE TABLE store.new_one (a INT)": "CREATE TABLE IF NOT EXISTS new_one (a INT, b INT)",
    "CREATE VIEW store.new_one AS SELECT 2 AS a": "CREATE TABLE new_one (a INT)",
    "CREATE MATERIALIZED VIEW store.new_one AS SELECT 1 AS a": "CREATE MATERIALIZED VIEW IF NOT EXISTS new_one"
    " AS SELECT 2 AS a",
    "CREATE SEQUENCE store.new_one": "CREATE SEQUENCE IF NOT EXISTS new_one",
    "CREATE FUNCTION store.order_total(TEXT) RETURNS INT RETURN 1": ORDER_TOTAL.replace("p_order_id", "p_order").strip(
        ";\n"
    ),
    "CREATE FUNCTION store.new_one(TEXT, INT = 1) RETURNS INT RETURN 1": "CREATE OR REPLACE FUNCTION"
    " new_one(p_a TEXT, p_b INTEGER) RETURNS INT LANGUAGE sql RETURN 2",
    "CREATE PROCEDURE store.new_one(NUMERIC[]) BEGIN ATOMIC END": "CREATE OR REPLACE PROCEDURE"
    " new_one(p_a DECIMAL(3)[]) LANGUAGE sql BEGIN ATOMIC END",
    "CREATE AGGREGATE store.new_one(INT) (SFUNC = int4pl, STYPE = INT)": "CREATE OR REPLACE AGGREGATE"
    " new_one(INT) (SFUNC = int4mi, STYPE = INT)",
    "CREATE TRIGGER new_one BEFORE TRUNCATE ON store.orders EXECUTE FUNCTION evils.f()": "CREATE OR REPLACE"
    " TRIGGER new_one BEFORE UPDATE ON orders EXECUTE FUNCTION suppress_redundant_updates_trigger()",
}


@deployed
@pytest.mark.parametrize("planted", TAKEN)
def test_what_others_have_made_is_not_taken_over(tree, evil, planted, empty_database):
    """It would keep its owner, who could make something else of it, and whoever he let in."""
    evil.execute("GRANT USAGE, CREATE ON SCHEMA store TO evil; GRANT TRIGGER ON store.orders TO evil")
    function = "CREATE FUNCTION evils.f() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    as_evil(evil, function, planted)
    tree.write("03_procedures/010_order_total.sql" if "order_total" in planted else NEW, TAKEN[planted] + ";\n")
    tree.dsn = empty_database.dsn(None, search_path="pg_catalog")
    planned, outcome = tree.deploy("--plan", "--role", OWNER), tree.deploy("--role", OWNER)
    assert (planned.exit_code, outcome.exit_code) == (1, 1)
    assert "stands already, and no file has made it\n" in planned.err
    assert outcome.err.startswith(planned.err)


@deployed
def test_what_is_not_taken_over_does_not_stand_in_the_way(tree, store):
    """A function beside one of ours, what a schema file has renamed, and what a file drops first."""
    store.execute("CREATE FUNCTION order_total(TEXT) RETURNS INT LANGUAGE sql RETURN 1")
    store.execute("CREATE VIEW new_view AS SELECT 1 AS a")
    store.execute("CREATE POLICY p ON orders USING (FALSE); CREATE STATISTICS s ON order_id, total FROM orders")
    tree.write("01_schema/020_renamed.sql", "CREATE FUNCTION early(p INT) RETURNS INT LANGUAGE sql RETURN 1;\n")
    tree.write("01_schema/030_renamed.sql", "ALTER FUNCTION early(INT) RENAME TO late;\n")
    tree.deployed()
    tree.write(
        "03_procedures/020_new.sql",
        "CREATE OR REPLACE FUNCTION late(p INT) RETURNS INT LANGUAGE sql RETURN 2;\n"
        "DROP VIEW IF EXISTS new_view;\nCREATE OR REPLACE VIEW new_view AS SELECT 2 AS b;\n"
        "DROP POLICY IF EXISTS p ON orders;\nCREATE POLICY p ON orders USING (TRUE);\n"
        "DROP STATISTICS IF EXISTS s;\nCREATE STATISTICS s ON order_id, total FROM orders;\n",
    )
    tree.write("03_procedures/010_order_total.sql", ORDER_TOTAL + "COMMENT ON FUNCTION order_total(INT) IS 'Sum';\n")
    tree.deployed()
    assert scalar(store, "SELECT late(1) + b FROM new_view") == 4


@deployed
def test_an_online_file_finds_nothing_planted_on_the_logins_path(tree, evil, store, empty_database):
    """It runs outside the transaction, where the path is the login's: public, on many servers everybody's."""
    store.execute("ALTER TABLE coupons ALTER COLUMN coupon_code TYPE VARCHAR(20)")
    store.execute("INSERT INTO coupons VALUES ('Aa')")
    as_evil(
        evil,
        "CREATE FUNCTION evils.lower(VARCHAR) RETURNS TEXT IMMUTABLE LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$",
        "CREATE FUNCTION evils.join(VARCHAR, VARCHAR) RETURNS TEXT IMMUTABLE LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$",
        "CREATE OPERATOR evils.|| (LEFTARG = VARCHAR, RIGHTARG = VARCHAR, FUNCTION = evils.join)",
        "GRANT USAGE ON SCHEMA evils TO PUBLIC",
    )
    tree.write(
        "01_schema/020_idx.sql",
        "-- deploy: online\nCREATE INDEX CONCURRENTLY coupons_idx ON coupons (lower(coupon_code))"
        " WHERE coupon_code || coupon_code > '';\n",
    )
    tree.dsn = empty_database.dsn(search_path="evils,public")
    tree.deployed()
    told = "SELECT pg_get_indexdef('coupons_idx'::REGCLASS)"
    assert "evils" not in scalar(store, told)
