"""`--verify` has no false alarm, names what is not ours, and stands in nobody's way."""

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

import deploy
from embedded_server import EmbeddedServer
from tests.database import OWNER
from tests.deploy.made_up_tree import OPEN_ORDERS, deployed, relations, scalar


def run(dsn: str, *arguments: str) -> int:
    """Deploy this project's own tree."""
    return deploy.main(["--dsn", dsn, *arguments])


def test_the_store_with_its_demo_is_as_its_files_make_it(database, capsys):
    """Orders and partitions of later months are no drift."""
    with database.connect() as owner:
        owner.execute("SELECT add_audit_log_partition(DATE '2031-05-01')")
    assert run(database.dsn(), "--verify") == 0, capsys.readouterr().out


def test_a_store_beside_another(database, capsys):
    """In one database; its schema's name is part of no fact."""
    assert run(database.dsn(), "--schema", "second") == 0
    capsys.readouterr()
    for schema in ("store", "second"):
        assert run(database.dsn(), "--schema", schema, "--verify") == 0, capsys.readouterr().out


def test_a_dumped_and_restored_store(database, empty_database, capsys):
    """By pg_dump and psql, into a database of another name."""
    dump = [EmbeddedServer.bin / "pg_dump", "--schema=store", database.dsn(None)]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    restore = [EmbeddedServer.bin / "psql", "-qX", empty_database.dsn(None, search_path="public")]
    subprocess.run(restore, input=text, check=True, capture_output=True, text=True)
    assert run(empty_database.dsn(), "--verify") == 0, capsys.readouterr().out
    assert run(empty_database.dsn()) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_it_asks_for_no_lock_beyond_a_readers(database, capsys):
    """It goes through while every table is held against all but readers."""
    with database.connect() as holder:
        holder.execute("BEGIN")
        tables = holder.execute(
            "SELECT string_agg(oid::REGCLASS::TEXT, ', ') FROM pg_class"
            " WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p')"
        ).fetchone()[0]
        holder.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        assert run(database.dsn(lock_timeout="50ms"), "--verify") == 0, capsys.readouterr().out
        holder.execute("ROLLBACK")


def test_the_one_partition_that_differs_is_named(tree, store):
    """Among all the months of years; also one that lacks what the others have, as a guard that is not inherited."""
    tree.write(
        "01_schema/020_log.sql",
        "CREATE TABLE log (x INT) PARTITION BY LIST (x);\nCREATE TABLE log_rest PARTITION OF log DEFAULT;\n"
        "CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);\n"
        "CREATE FUNCTION stays() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n"
        "CREATE TRIGGER stays BEFORE TRUNCATE ON log_rest EXECUTE FUNCTION stays();\n"
        "CREATE TRIGGER stays BEFORE TRUNCATE ON log_1 EXECUTE FUNCTION stays();\n",
    )
    tree.deployed()
    store.execute("CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2)")
    store.execute("CREATE TABLE log_3 PARTITION OF log FOR VALUES IN (3)")
    store.execute("CREATE TRIGGER stays BEFORE TRUNCATE ON log_3 EXECUTE FUNCTION stays()")
    found = tree.deploy("--verify", "--json").json["drift"]
    assert [(one["object"], one["what"], one["actual"]) for one in found] == [
        ("table log", "partition log_2: triggers", "none")
    ]


@deployed
def test_it_leaves_nothing_behind(tree, store):
    """The store beside is rolled back."""
    count = "SELECT count(*) FROM pg_class, (SELECT count(*) FROM pg_namespace) AS n"
    before = scalar(store, count)
    assert tree.deploy("--verify").exit_code == 0
    assert scalar(store, count) == before


@deployed
def test_after_an_upgrade(tree):
    """A store that came to its form in steps equals one that is made at once."""
    tree.write(
        "01_schema/020_orders_note.sql",
        "ALTER TABLE orders ADD COLUMN note TEXT;\nALTER TABLE orders ALTER note SET DEFAULT '';\n"
        "ALTER TABLE orders DROP COLUMN total;\nALTER TABLE orders ADD total INT;\n",
    )
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("total", "total, note"))
    tree.deployed()
    outcome = tree.deploy("--verify")
    assert outcome.exit_code == 0, outcome.out


@deployed
def test_what_others_have_here_is_named_and_no_drift(tree, store, superuser):
    """Their objects, their rights on ours; a deploy leaves both alone."""
    superuser.execute("CREATE ROLE reporting NOLOGIN")
    try:
        store.execute("CREATE TABLE scratch (x INT)")
        store.execute("CREATE VIEW theirs AS SELECT * FROM orders")
        store.execute("GRANT SELECT, INSERT ON orders TO reporting")
        store.execute("GRANT SELECT (total) ON orders TO reporting")
        outcome = tree.deploy("--verify", "--json")
        assert outcome.exit_code == 0
        named = [(one["object"], one["what"]) for one in outcome.json["unmanaged"]]
        assert [one for one in named if not one[0].startswith("role ")] == [
            ("table orders", "column total: privilege SELECT for reporting"),
            ("table orders", "privilege INSERT for reporting"),
            ("table orders", "privilege SELECT for reporting"),
            ("table scratch", "made by others"),
            ("view theirs", "made by others"),
        ]
        assert tree.deploy("--repair").exit_code == 0
        assert {"scratch", "theirs"} <= relations(store)
        assert scalar(store, "SELECT has_table_privilege('reporting', 'orders', 'INSERT')")
    finally:
        superuser.execute("DROP OWNED BY reporting")
        superuser.execute("DROP ROLE reporting")


def test_a_group_role_that_is_a_member_of_something(database, capsys):
    """Through it, every customer would have more than the files say."""
    with database.connect(None) as superuser:
        superuser.execute("GRANT pg_read_all_data TO shop_customer")
        try:
            assert run(database.dsn(), "--verify") == 3
        finally:
            superuser.execute("REVOKE pg_read_all_data FROM shop_customer")
    out = capsys.readouterr().out
    assert "role shop_customer: member of pg_read_all_data" in out
    assert "repair    REVOKE pg_read_all_data FROM shop_customer;" in out


@deployed
def test_repair_leaves_tables_to_their_owner(tree, store):
    """It prints the statement; the rest it heals. A column's name is no matter."""
    store.execute("ALTER TABLE coupons ADD COLUMN note_or_comment TEXT")
    store.execute("ALTER TABLE coupons ENABLE ROW LEVEL SECURITY")
    store.execute("COMMENT ON TABLE coupons IS 'by hand'")
    store.execute("CREATE OR REPLACE VIEW order_count AS SELECT 7::BIGINT AS orders")
    outcome = tree.deploy("--repair")
    assert outcome.exit_code == 3
    assert "    repair    ALTER TABLE store.coupons DROP COLUMN note_or_comment;\n" in outcome.out
    assert "4 differences found, 1 left to you." in outcome.out
    assert scalar(store, "SELECT orders FROM order_count") == 0
    store.execute("ALTER TABLE coupons DROP COLUMN note_or_comment")
    assert tree.deploy("--verify").exit_code == 0
    actions = "SELECT array_agg(action ORDER BY deploy_id) FROM deploy_log"
    assert scalar(store, actions) == ["deploy", "repair"]


def applied_by_other_means(tree, store: psycopg.Connection) -> None:
    store.execute("CREATE SCHEMA store")
    for path in sorted((tree.root / "sql").glob("*/*.sql")):
        store.execute(path.read_text())


def test_a_store_made_by_other_means_is_adopted(tree, store):
    """Once it is the same; afterwards it is deployed to as any other."""
    applied_by_other_means(tree, store)
    assert tree.deploy("--adopt").exit_code == 0
    assert tree.deployed("--json").json["outcome"] == "unchanged"
    assert tree.deploy("--verify").exit_code == 0
    store.execute("DROP VIEW order_count")
    assert tree.deployed("--json").applied == ["04_views/020_order_count.sql"]
    assert tree.deploy("--adopt").exit_code == 1


def test_a_store_that_differs_is_not_adopted(tree, store):
    """The ledger must not say what is not so."""
    applied_by_other_means(tree, store)
    store.execute("ALTER TABLE orders ADD COLUMN note TEXT")
    outcome = tree.deploy("--adopt")
    assert outcome.exit_code == 1
    assert "differs from the tree in 1 ways, first table orders: column note" in outcome.err
    assert "deploy_log" not in relations(store)


def test_nothing_to_verify(tree):
    outcome = tree.deploy("--verify")
    assert outcome.exit_code == 1
    assert outcome.err == "ERROR: no store was deployed in schema store\n"


@deployed
@pytest.mark.parametrize("mode", ["--repair", "--adopt"])
def test_without_the_right_to_make_a_fresh_store_nothing_is_healed(tree, superuser, mode):
    """CREATE on the database is what it takes; what the last deploy left is good for looking."""
    superuser.execute("ALTER DATABASE test_empty OWNER TO CURRENT_USER")
    outcome = tree.deploy(mode)
    assert outcome.exit_code == 1
    assert "a fresh store cannot be made beside this one to compare it with" in outcome.err
    assert "HINT: Do it as a role that has CREATE on the database." in outcome.err


@deployed
@pytest.mark.parametrize("mode", ["--verify", "--plan"])
def test_it_may_be_asked_by_a_superuser_for_the_owner(tree, empty_database, mode):
    """With --role, as a deploy."""
    tree.dsn = empty_database.dsn(None, search_path="pg_catalog")
    assert tree.deploy(mode, "--role", OWNER).exit_code == 0


@pytest.mark.parametrize("mode", ["--verify", "--plan"])
def test_another_role_than_the_owner_is_told_so(tree, empty_database, mode):
    """It would find every owner changed, and plan what a deploy refuses."""
    tree.deployed()
    tree.dsn = empty_database.dsn(None, search_path="pg_catalog")
    outcome = tree.deploy(mode)
    assert outcome.exit_code == 1
    assert f"belongs to {OWNER}, not to " in outcome.err
    assert f"HINT: Do it as its owner: --role {OWNER}\n" in outcome.err


def test_a_reader_compares_as_the_owner_would(tree, store, empty_database):
    """Who may make no store to compare with, and is no member of the owner, as whoever watches it."""
    tree.deployed()
    store.execute("GRANT USAGE ON SCHEMA store TO pg_monitor")
    store.execute("GRANT SELECT ON deployed_objects, deploy_log TO pg_monitor")
    tree.dsn = empty_database.dsn("pg_monitor", search_path="pg_catalog")
    drift = tree.deploy("--verify", "--json").json["drift"]
    assert {one["what"] for one in drift} == {"privilege USAGE for pg_monitor", "privilege SELECT for pg_monitor"}


def test_the_tree_is_this_projects(database):
    """The tests above that name no tree speak of the real one."""
    assert Path(deploy.__file__).parent.joinpath("sql/01_schema").is_dir()


def copied_without_rows(dump_from, database) -> None:
    dump = [EmbeddedServer.bin / "pg_dump", "--schema-only", "--schema=store", dump_from]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    restore = [EmbeddedServer.bin / "psql", "-qX", database.dsn(None, search_path="public")]
    subprocess.run(restore, input=text, check=True, capture_output=True, text=True)


def test_a_copy_without_its_rows_is_adopted(database, empty_database, capsys):
    """What the files put into tables is filled in, and so are materialised views; a deploy says how."""
    copied_without_rows(database.dsn(None), empty_database)
    assert run(empty_database.dsn()) == 1
    told = capsys.readouterr().err
    assert "holds a copy of a store without its rows: its ledger is empty" in told
    assert "HINT: Run python deploy.py --adopt" in told
    assert run(empty_database.dsn(), "--adopt") == 0, capsys.readouterr()
    assert run(empty_database.dsn(), "--verify") == 0, capsys.readouterr()
    assert run(empty_database.dsn()) == 0
    assert "Nothing to do" in capsys.readouterr().out
    with empty_database.connect() as copy, database.connect() as owner:
        rows = "SELECT array_agg(t::TEXT ORDER BY t::TEXT) FROM order_transitions AS t"
        assert scalar(copy, rows) == scalar(owner, rows)


def test_a_copy_that_differs_is_not_adopted(tree, store, server, empty_database):
    """Nor does it get any row."""
    tree.write("01_schema/020_kinds.sql", "CREATE TABLE kinds (kind TEXT); INSERT INTO kinds VALUES ('a');\n")
    tree.deployed()
    store.execute("TRUNCATE deployed_files, deployed_objects")
    store.execute("ALTER TABLE deploy_log DISABLE TRIGGER USER")
    store.execute("TRUNCATE deploy_log, kinds")
    store.execute("ALTER TABLE deploy_log ENABLE TRIGGER USER")
    store.execute("ALTER TABLE coupons ADD COLUMN note TEXT")
    outcome = tree.deploy("--adopt")
    assert outcome.exit_code == 1
    assert "differs from the tree in 1 ways, first table coupons: column note" in outcome.err
    assert scalar(store, "SELECT count(*) FROM kinds") == 0
    store.execute("ALTER TABLE coupons DROP COLUMN note")
    tree.deployed("--adopt")
    assert scalar(store, "SELECT kind FROM kinds") == "a"


def test_what_is_long_is_shown_from_where_it_differs(tree, store):
    """Not two beginnings that are the same."""
    tree.write(
        "03_procedures/040_story.sql",
        f"CREATE OR REPLACE FUNCTION story() RETURNS TEXT LANGUAGE sql\nRETURN '{'word ' * 40}as told';\n",
    )
    tree.deployed()
    store.execute(f"CREATE OR REPLACE FUNCTION story() RETURNS TEXT LANGUAGE sql RETURN '{'word ' * 40}as heard'")
    told = tree.deploy("--verify").out
    assert re.search(
        r"\n    expected  …[word ]{20,60} as told'::text\n    actual    …[word ]{20,60} as heard'::text\n", told
    )
