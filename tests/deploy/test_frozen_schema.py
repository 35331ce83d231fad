"""A schema file is applied once, in order, and never changes again."""

import hashlib
import re

import pytest

from tests.deploy.made_up_tree import ORDERS, deployed, relations, scalar


@deployed
def test_a_changed_schema_file_is_refused_with_both_hashes_and_the_way_out(tree, store):
    """Whatever else is new in the tree does not run either."""
    tree.write("01_schema/010_orders.sql", ORDERS + "-- later\n")
    tree.write("01_schema/020_notes.sql", "CREATE TABLE notes (note TEXT);\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    for text in (ORDERS, ORDERS + "-- later\n"):
        assert hashlib.sha256(text.encode()).hexdigest() in outcome.err
    assert outcome.err.startswith("sql/01_schema/010_orders.sql: ERROR: ")
    assert "into a new file numbered after 010_orders.sql" in outcome.err
    assert "notes" not in relations(store)


@deployed
@pytest.mark.parametrize("rewrite", [lambda text: text.replace("\n", "\r\n"), lambda t: "\ufeff" + t])
def test_line_ends_and_a_byte_order_mark_are_no_change(tree, rewrite):
    """A checkout on another system is the same tree."""
    path = tree.root / "sql/01_schema/010_orders.sql"
    path.write_bytes(rewrite(ORDERS).encode())
    assert tree.deployed("--json").json["outcome"] == "unchanged"


@deployed
def test_a_new_schema_file_at_the_end_is_applied(tree, store):
    """The rest is left alone."""
    tree.write("01_schema/020_notes.sql", "CREATE TABLE notes (note TEXT);\n")
    assert tree.deployed("--json").applied == ["01_schema/020_notes.sql"]
    assert "notes" in relations(store)


@pytest.mark.parametrize("name", ["005_notes.sql", "015_notes.sql"])
def test_a_new_schema_file_before_an_applied_one_is_refused(tree, store, name):
    """Before the first or between two: else two stores would have seen two orders."""
    tree.write("01_schema/020_gifts.sql", "CREATE TABLE gifts (gift TEXT);\n")
    tree.deployed()
    tree.write(f"01_schema/{name}", "CREATE TABLE notes (note TEXT);\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert outcome.err.startswith(f"sql/01_schema/{name}: ERROR: the file is new, but 020_")
    assert "notes" not in relations(store)


@deployed
def test_a_missing_schema_file_is_refused(tree):
    """A fresh store made from such a tree would lack it."""
    (tree.root / "sql/01_schema/010_orders.sql").unlink()
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "sql/01_schema/010_orders.sql was applied and is missing now" in outcome.err


@deployed
def test_the_ledger_is_the_owners_alone(tree, store):
    """No privilege is granted on it, and the log refuses to be rewritten."""
    granted = "SELECT count(*) FROM information_schema.role_table_grants WHERE table_name = %s"
    granted += " AND grantee <> 'store_owner'"
    for table in ("deployed_files", "deploy_log"):
        assert scalar(store, granted, [table]) == 0
    for change in ("UPDATE deploy_log SET action = 'demo'", "DELETE FROM deploy_log"):
        with pytest.raises(Exception, match="deploy_log is append-only"):
            store.execute(change)
    with pytest.raises(Exception, match="deploy_log is append-only"):
        store.execute("TRUNCATE deploy_log")


@deployed
def test_a_store_of_a_newer_deploy_is_refused(tree, store):
    """Its ledger may say what this one does not understand."""
    store.execute("INSERT INTO deploy_log (action, files, ledger_format, duration) VALUES ('deploy', '{}', 3, '1 s')")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "newer deploy.py (its ledger has format 3, this one knows 2)" in outcome.err


@pytest.mark.parametrize("keeps", [False, True], ids=["gone", "a view"])
def test_a_table_that_is_renamed_keeps_what_stands_on_it(tree, store, keeps):
    """Policy, trigger, index, grants and row security, which files say of its new name; a view may have the old."""
    tree.write(
        "05_security/010_orders.sql",
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON orders USING (total > 0);\n"
        "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();\n"
        "CREATE INDEX i ON orders (total);\nGRANT SELECT ON orders TO pg_monitor;\nCOMMENT ON TABLE orders IS 'o';\n",
    )
    tree.deployed()
    tree.write("01_schema/020_purchases.sql", "ALTER TABLE orders RENAME TO purchases;\n")
    for path in [*(tree.root / "sql").glob("0[345]*/*.sql")]:
        path.write_text(re.sub(r"(?<!AS )\borders\b", "purchases", path.read_text()))
    if keeps:
        tree.write("04_views/030_orders.sql", "CREATE VIEW orders AS SELECT order_id, total FROM purchases;\n")
    planned, done = tree.deploy("--plan", "--json").json, tree.deployed("--json").json
    for told in ("drops", "rebuilds", "regrants"):
        assert planned[told] == done[told] == []
    assert scalar(store, "SELECT count(*) FROM pg_policy") == 1
    verified = tree.deploy("--verify")
    assert verified.exit_code == 0, verified.out
    assert tree.deployed("--json").applied == []


def test_a_value_of_an_enum_type_counts_from_the_next_deploy_on(tree):
    """PostgreSQL would have it so; the hint says what can be done, which its own does not."""
    tree.write("01_schema/020_sizes.sql", "CREATE TYPE size AS ENUM ('small');\n")
    tree.deployed()
    tree.write("01_schema/030_larger.sql", "ALTER TYPE size ADD VALUE 'large';\n")
    tree.write("04_views/030_larger.sql", "CREATE OR REPLACE VIEW larger AS SELECT 'large'::SIZE AS size;\n")
    outcome = tree.deploy()
    assert outcome.err.startswith("sql/04_views/030_larger.sql:1: ERROR 55P04: ")
    assert "HINT: Deploy what adds the value by itself, then what uses it." in outcome.err
    (tree.root / "sql/04_views/030_larger.sql").rename(tree.root / "later.sql")
    tree.deployed()
    (tree.root / "later.sql").rename(tree.root / "sql/04_views/030_larger.sql")
    tree.deployed()
