"""Where no fresh store can be made, on a standby or without CREATE on the database, `--verify`
compares with what the last deploy left, and says so.
"""

from contextlib import contextmanager

import pytest
from psycopg.conninfo import make_conninfo

import deploy
from tests.analytics.test_standby import Standby
from tests.database import OWNER
from tests.deploy.made_up_tree import OPEN_ORDERS, Tree, deployed, scalar, wait_until

GROWN = {  # the next release: a table altered, a view with a column in its midst, a function gone
    "01_schema/020_orders_note.sql": """ALTER TABLE orders ADD COLUMN note TEXT;
ALTER TABLE orders ADD CONSTRAINT orders_total_is_positive CHECK (total >= 0);
CREATE TABLE parts (part_id INT) PARTITION BY LIST (part_id);
CREATE TABLE parts_default PARTITION OF parts DEFAULT;
CREATE INDEX parts_idx ON parts (part_id);
""",
    "01_schema/030_orders_total_idx.sql": "-- deploy: online\n"
    "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n",
    "04_views/010_open_orders.sql": OPEN_ORDERS.replace("total", "note, total"),
    "04_views/030_notes.sql": """DO $$ BEGIN
    CREATE OR REPLACE VIEW notes AS SELECT note FROM orders;
    COMMENT ON VIEW order_count IS 'How many.';
END $$;
""",
    "05_security/010_grants.sql": "GRANT SELECT ON open_orders, coupons TO pg_monitor;\n",
}
BY_HAND = {
    "ALTER TABLE orders ADD COLUMN more TEXT": ("table orders", "column more"),
    "ALTER TABLE orders DROP CONSTRAINT orders_total_is_positive": (
        "table orders",
        "constraint orders_total_is_positive",
    ),
    "DROP INDEX orders_total_idx": ("table orders", "index orders_total_idx"),
    "ALTER VIEW open_orders SET (security_barrier = TRUE)": (
        "view open_orders",
        "option security_barrier",
    ),
    "DROP VIEW order_count": ("view order_count", "missing"),
    "REVOKE SELECT ON coupons FROM pg_monitor": (
        "table coupons",
        "privilege SELECT for pg_monitor",
    ),
    "ALTER FUNCTION order_total(INT) VOLATILE": ("function order_total(integer)", "definition"),
    "GRANT UPDATE ON deploy_log TO PUBLIC": ("table deploy_log", "privilege UPDATE for PUBLIC"),
    "GRANT CREATE ON SCHEMA store TO PUBLIC": ("schema", "privilege CREATE for PUBLIC"),
}


@contextmanager
def no_create_on_the_database(superuser):
    """The owner of the store loses it, until the block ends."""
    superuser.execute("ALTER DATABASE test_empty OWNER TO CURRENT_USER")
    try:
        yield
    finally:
        superuser.execute(f"ALTER DATABASE test_empty OWNER TO {OWNER}")


@pytest.fixture
def drift(tree, superuser):
    """What `--verify` finds without CREATE on the database, as (object, what)."""

    def drift() -> list[tuple[str, str]]:
        with no_create_on_the_database(superuser):
            return drift_of(tree)

    return drift


def drift_of(tree: Tree) -> list[tuple[str, str]]:
    outcome = tree.deploy("--verify", "--json")
    told = outcome.json
    assert told["error"] is None
    assert told["compared_with"].startswith("what the deploy of ")
    assert outcome.exit_code == (3 if told["drift"] else 0)
    return [(one["object"], one["what"]) for one in told["drift"]]


def grow(tree: Tree) -> None:
    for name, text in GROWN.items():
        tree.write(name, text)
    tree.deployed()


@deployed
def test_it_says_with_what_it_compares(tree, superuser):
    """And why."""
    outcome = tree.deploy("--verify", "--json")
    assert outcome.json["compared_with"] == "a fresh store"
    with no_create_on_the_database(superuser):
        outcome = tree.deploy("--verify")
    assert outcome.exit_code == 0, outcome.out + outcome.err
    first, *_, last = outcome.out.splitlines()  # between them, who is a member of the group roles
    assert first.startswith("Compared with what the deploy of 20")
    assert first.endswith(f" left: {OWNER} lacks CREATE on the database.")
    assert last.startswith("The store is as it was deployed, in ")


@deployed
def test_a_german_calendar_is_no_matter(tree, superuser):
    """As little as for one who may make a fresh store."""
    superuser.execute("ALTER ROLE store_owner SET DateStyle = 'German, DMY'")
    try:
        with no_create_on_the_database(superuser):
            assert drift_of(tree) == []
    finally:
        superuser.execute("ALTER ROLE store_owner RESET DateStyle")


@deployed
def test_no_false_alarm_whatever_a_deploy_did(tree, drift):
    """New, grown, shrunk, and rebuilt by hand in between."""
    assert drift() == []
    grow(tree)
    assert drift() == []
    tree.write("01_schema/040_drop.sql", "-- deploy: online\nDROP INDEX CONCURRENTLY orders_total_idx;\n")
    tree.write("01_schema/050_rename.sql", "ALTER TABLE coupons RENAME TO vouchers;\n")
    (tree.root / "sql/05_security/010_grants.sql").unlink()
    (tree.root / "sql/04_views/020_order_count.sql").unlink()
    tree.deployed()
    assert drift() == []
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS + "COMMENT ON VIEW open_orders IS 'Ü';\n")
    tree.deployed()
    assert drift() == []
    tree.write(
        "01_schema/060_detach.sql",
        "-- deploy: online\nALTER TABLE parts DETACH PARTITION parts_default CONCURRENTLY;\n",
    )
    assert tree.deploy().exit_code == 1  # a default partition cannot
    assert drift() == []


@deployed
@pytest.mark.parametrize("statement", BY_HAND)
def test_a_change_by_hand_is_found(tree, store, drift, statement):
    """Also when a deploy has come in between that had nothing to do with it."""
    grow(tree)
    store.execute(statement)
    assert drift() == [BY_HAND[statement]]
    if "DROP VIEW" in statement:
        return  # which a deploy makes again
    tree.write("03_procedures/020_one.sql", "CREATE FUNCTION one() RETURNS INT RETURN 1;\n")
    tree.write("04_views/040_two.sql", "DO $$ BEGIN CREATE VIEW two AS SELECT 2 AS two; END $$;\n")
    tree.deployed()
    assert drift() == [BY_HAND[statement]]


@deployed
def test_a_deploy_of_one_view_stores_that_view_alone(tree, store):
    """A megabyte of facts is not written again for it."""
    mine = "SELECT array_agg(object) FROM deployed_objects WHERE xmin = %s::TEXT::XID"
    last = "SELECT xmin::TEXT FROM deploy_log ORDER BY deploy_id DESC LIMIT 1"
    assert len(scalar(store, mine, [scalar(store, last)])) > 5
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("FROM", "/* all */ FROM"))
    tree.deployed()
    assert scalar(store, mine, [scalar(store, last)]) is None
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace(";", " WHERE total > 0;"))
    tree.deployed()
    assert scalar(store, mine, [scalar(store, last)]) == ["view store.open_orders"]


@deployed
def test_a_replaced_view_keeps_what_replacing_leaves(tree, store, drift):
    """What was granted on it by hand is drift as before, what its file says is not."""
    grow(tree)
    store.execute("GRANT DELETE ON open_orders TO PUBLIC")
    store.execute("ALTER VIEW order_count SET (security_barrier = TRUE)")
    text = GROWN["04_views/010_open_orders.sql"].replace("FROM", "/* all */ FROM")
    tree.write("04_views/010_open_orders.sql", text + "COMMENT ON VIEW open_orders IS 'All.';\n")
    tree.deployed()
    assert sorted(drift()) == [
        ("view open_orders", "privilege DELETE for PUBLIC"),
        ("view order_count", "option security_barrier"),
    ]
    text = text.replace("note", "lower(note) AS note").replace("/* all */", "")
    tree.write("04_views/010_open_orders.sql", text)
    tree.deployed()
    assert ("view open_orders", "privilege DELETE for PUBLIC") in drift()
    store.execute("REVOKE DELETE ON open_orders FROM PUBLIC")
    store.execute("ALTER VIEW order_count RESET (security_barrier)")
    assert drift() == []


def test_what_others_have_here_is_not_taken_for_the_stores(tree, store, drift):
    """Whether it stood there first, came later, or is rebuilt by a deploy."""
    store.execute("CREATE SCHEMA store")
    store.execute("CREATE TABLE before (x INT)")
    tree.deployed()
    store.execute("CREATE VIEW theirs AS SELECT order_id FROM open_orders")
    store.execute("CREATE VIEW codes AS SELECT coupon_code FROM coupons")
    grow(tree)
    assert scalar(store, "SELECT to_regclass('theirs') IS NOT NULL")
    assert drift() == []
    tree.write("01_schema/040_code.sql", "ALTER TABLE coupons RENAME coupon_code TO code;\n")
    tree.deployed()  # which their view follows by itself
    assert drift() == []
    store.execute("DROP VIEW theirs, codes")
    store.execute("DROP TABLE before")
    assert drift() == []


@deployed
def test_repair_stores_what_should_be(tree, store, drift):
    """What it leaves to the owner stays drift."""
    store.execute("ALTER TABLE coupons ADD COLUMN note TEXT")
    store.execute("COMMENT ON VIEW order_count IS 'by hand'")
    store.execute("DELETE FROM deployed_objects")
    assert tree.deploy("--repair").exit_code == 3
    assert drift() == [("table coupons", "column note")]


def test_an_adopted_store_is_stored_too(tree, store, drift):
    store.execute("CREATE SCHEMA store")
    for path in sorted((tree.root / "sql").glob("*/*.sql")):
        store.execute(path.read_text())
    tree.deployed("--adopt")
    assert drift() == []
    store.execute("DROP VIEW order_count")
    assert drift() == [("view order_count", "missing")]


@deployed
def test_words_of_another_major_are_not_compared(tree, store, superuser):
    """Nor is a store that nothing is known of; both are told what to do."""
    with no_create_on_the_database(superuser):
        store.execute("UPDATE deployed_objects SET server_major = 14 WHERE object = 'table store.orders'")
        outcome = tree.deploy("--verify")
        assert outcome.exit_code == 1
        assert "what the last deploy left was described by PostgreSQL 14, whose" in outcome.err
        store.execute("DELETE FROM deployed_objects")
        outcome = tree.deploy("--verify")
        assert outcome.exit_code == 1
        assert "lacks CREATE on the database, and what the last deploy left was not stored" in outcome.err
        assert "HINT: Run python deploy.py --repair on the primary" in outcome.err
    assert tree.deploy("--repair").exit_code == 0
    with no_create_on_the_database(superuser):
        assert tree.deploy("--verify").exit_code == 0


@deployed
def test_on_a_hot_standby(tree, store, superuser, empty_database):
    """Fresh, after an upgrade, and each drift as it arrives there."""
    with Standby(superuser, empty_database) as standby:
        at_standby = {"host": str(standby.directory), "port": standby.primary["port"]}
        there = Tree(tree.root, make_conninfo(tree.dsn, **at_standby), tree.capsys)
        outcome = there.deploy("--verify")
        assert outcome.exit_code == 0, outcome.out + outcome.err
        assert " left: this server is a standby.\n" in outcome.out
        with standby.connect(None) as reader:

            def catch_up() -> None:
                superuser.execute("SELECT pg_logical_emit_message(TRUE, 'all before it', '')")
                here = scalar(superuser, "SELECT pg_current_wal_flush_lsn()::TEXT")
                replayed = "SELECT pg_last_wal_replay_lsn() >= %s::PG_LSN"
                wait_until(lambda: scalar(reader, replayed, [here]), "the standby lags")

            superuser.execute("SET synchronous_commit = on")
            grow(tree)
            catch_up()
            assert drift_of(there) == []
            for statement, found_at in BY_HAND.items():
                store.execute("SET synchronous_commit = on")
                store.execute(statement)
                catch_up()
                assert drift_of(there) == [found_at]
                tree.deploy("--repair")
                for one in tree.deploy("--verify", "--json").json["drift"]:
                    store.execute(one["fix"])
                catch_up()
                assert drift_of(there) == []


def test_the_real_store_with_its_demo(database, superuser, capsys):
    """All its objects; the demo was loaded after them."""
    superuser.execute(f"ALTER DATABASE {database.name} OWNER TO CURRENT_USER")
    exit_code = deploy.main(["--dsn", database.dsn(), "--verify"])
    out, err = capsys.readouterr()
    assert exit_code == 0, out + err
    assert "lacks CREATE on the database" in out
