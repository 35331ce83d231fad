"""The other directories: a file runs again when it has changed or when what it made is gone."""

import pytest

from tests.deploy.made_up_tree import OPEN_ORDERS, ORDER_COUNT, relations, scalar, wait_until

POLICIES = """ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_read ON orders FOR SELECT TO PUBLIC USING (TRUE);
CREATE POLICY orders_write ON orders FOR INSERT TO PUBLIC WITH CHECK (total > 0);
"""
TOTALS = """CREATE MATERIALIZED VIEW totals AS SELECT sum(total) AS total FROM orders;
CREATE UNIQUE INDEX totals_total_idx ON totals (total);
"""
GRANTS = "GRANT SELECT ON totals, order_count TO pg_monitor;\n"


def oid(store, name):
    return scalar(store, "SELECT to_regclass(%s)::OID", [name])


@pytest.mark.parametrize(
    ("drop", "file"),
    [
        ("DROP VIEW order_count", "04_views/020_order_count.sql"),
        ("DROP FUNCTION order_total", "03_procedures/010_order_total.sql"),
        ("DROP POLICY orders_read ON orders", "05_security/020_orders.sql"),
        ("DROP INDEX totals_total_idx", "05_security/030_totals.sql"),
        ("DROP MATERIALIZED VIEW totals", "05_security/030_totals.sql"),
    ],
)
def test_what_is_gone_is_made_again(tree, store, drop, file):
    """By the file that made it, and by no other."""
    tree.write("05_security/020_orders.sql", POLICIES)
    tree.write("05_security/030_totals.sql", TOTALS)
    tree.deployed()
    store.execute(drop)
    assert tree.deployed("--json").applied == [file]
    assert tree.deployed("--json").applied == []


def test_a_changed_view_touches_that_view_only(tree, store, superuser, empty_database):
    """No lock above ACCESS SHARE on any table: the same one a reader takes."""
    tree.deployed()
    before = {name: oid(store, name) for name in relations(store)}
    pause = "DO $$ BEGIN PERFORM pg_sleep(600); END $$;\n"
    tree.write("04_views/020_order_count.sql", ORDER_COUNT + "\n")
    slow = tree.write("04_views/030_pause.sql", pause)
    process = tree.start()
    paused = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$ BEGIN PERFORM pg_sleep%'"
    )
    wait_until(lambda: scalar(superuser, paused) == 1, "the deploy never came to the pause")

    locks = store.execute(
        "SELECT relation::REGCLASS::TEXT, mode FROM pg_locks INNER JOIN pg_class ON oid = relation"
        " WHERE relnamespace = 'store'::REGNAMESPACE AND relkind = 'r' AND pid <> pg_backend_pid()"
        " AND relation::REGCLASS::TEXT NOT LIKE 'deploy%'"
    ).fetchall()
    process.kill()
    process.communicate()
    slow.unlink()

    assert set(locks) <= {("orders", "AccessShareLock")}
    assert tree.deployed("--json").applied == ["04_views/020_order_count.sql"]
    assert {name: oid(store, name) for name in relations(store)} == before


def test_an_unchanged_policy_is_left_alone_and_a_changed_one_is_made_anew(tree, store):
    """The file need not drop what it makes."""
    tree.write("05_security/020_orders.sql", POLICIES)
    tree.deployed()
    policies = "SELECT polname, oid, pg_get_expr(polwithcheck, polrelid) FROM pg_policy ORDER BY 1"
    before = store.execute(policies).fetchall()
    tree.write("05_security/020_orders.sql", POLICIES.replace("total > 0", "total > 1"))
    assert tree.deployed("--json").applied == ["05_security/020_orders.sql"]
    after = store.execute(policies).fetchall()
    assert after[0] == before[0]
    assert after[1][1] != before[1][1]
    assert "1" in after[1][2]


def test_a_materialised_view_is_rebuilt_only_when_its_definition_changes(tree, store):
    """Not when a comment in its file does."""
    tree.write("05_security/030_totals.sql", TOTALS)
    tree.deployed()
    before = oid(store, "totals"), oid(store, "totals_total_idx")
    tree.write("05_security/030_totals.sql", "-- The grand total.\n" + TOTALS)
    assert tree.deployed("--json").applied == ["05_security/030_totals.sql"]
    assert (oid(store, "totals"), oid(store, "totals_total_idx")) == before

    tree.write("05_security/030_totals.sql", TOTALS.replace("sum(", "max("))
    tree.deployed()
    assert oid(store, "totals") != before[0]
    assert oid(store, "totals_total_idx") is not None


def test_an_object_made_anew_is_granted_again(tree, store):
    """By the file that grants on it, although that has not changed."""
    tree.write("05_security/030_totals.sql", TOTALS)
    tree.write("05_security/040_grants.sql", GRANTS)
    tree.write("05_security/050_other_grants.sql", "GRANT SELECT ON open_orders TO pg_monitor;\n")
    tree.deployed()
    tree.write("05_security/030_totals.sql", TOTALS.replace("sum(", "max("))
    applied = tree.deployed("--json").applied
    assert applied == ["05_security/030_totals.sql", "05_security/040_grants.sql"]
    assert scalar(store, "SELECT has_table_privilege('pg_monitor', 'totals', 'SELECT')")


def test_a_changed_function_is_replaced_in_place(tree, store):
    """What depends on it keeps it."""
    tree.deployed()
    function = "SELECT 'order_total'::REGPROC::OID"
    before = scalar(store, function)
    path = tree.root / "sql/03_procedures/010_order_total.sql"
    path.write_text(path.read_text().replace("total > 0", "total > 1"))
    assert tree.deployed("--json").applied == ["03_procedures/010_order_total.sql"]
    assert scalar(store, function) == before


def test_a_late_file_runs_in_its_place(tree, store):
    """A view may be put before those that stand already."""
    tree.deployed()
    tree.write("04_views/015_between.sql", OPEN_ORDERS.replace("open_orders", "between_orders"))
    assert tree.deployed("--json").applied == ["04_views/015_between.sql"]


def test_what_a_do_block_makes_is_its_files_own(tree, store):
    """It stays when the file runs again and finds it there, and goes with the file."""
    block = "DO $do$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW made AS SELECT 1 AS one'; END $do$;\n"
    path = tree.write("04_views/030_made.sql", block)
    tree.deployed()
    tree.write("04_views/030_made.sql", "-- again\n" + block)
    tree.deployed()
    assert "made" in relations(store)
    store.execute("DROP VIEW made")
    assert tree.deployed("--json").applied == ["04_views/030_made.sql"]
    path.unlink()
    tree.deployed()
    assert "made" not in relations(store)
