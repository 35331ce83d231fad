"""An online file runs beside the application: after the commit, restartable, in nobody's way."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg.errors import QueryCanceled

from tests.deploy.made_up_tree import BUILDING, ORDERS, deployed, relations, scalar, wait_until

INDEX = "-- deploy: online\nCREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n"
ONLINE = "01_schema/020_orders_total_idx.sql"
STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('orders_total_idx')"


def test_a_new_store_makes_it_with_all_the_rest(tree, store):
    """In the one transaction: a failure after it leaves nothing."""
    tree.write(ONLINE, INDEX)
    broken = tree.write("04_views/030_broken.sql", "SELECT 1 / 0;\n")
    assert tree.deploy().exit_code == 1
    assert relations(store) == set()
    broken.unlink()
    tree.deployed()
    assert scalar(store, STATE)
    assert tree.deploy("--verify").exit_code == 0


@deployed
def test_a_live_store_makes_it_while_the_application_writes(tree, store, empty_database):
    """A writer's open transaction makes it wait; the writer itself waits for nothing."""
    tree.write(ONLINE, INDEX)
    with empty_database.connect() as writer:
        writer.execute("BEGIN")
        writer.execute("INSERT INTO orders (total) VALUES (1)")
        process = tree.start()
        wait_until(lambda: scalar(store, BUILDING) == 1, "the index build never began")
        writer.execute("INSERT INTO orders (total) VALUES (2)")
        with empty_database.connect() as other:
            other.execute("SET lock_timeout = '1s'")
            other.execute("INSERT INTO orders (total) VALUES (3)")
        writer.execute("COMMIT")
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert scalar(store, STATE)
    assert tree.deployed("--json").json["outcome"] == "unchanged"
    assert tree.deploy("--verify").exit_code == 0


@deployed
def test_an_invalid_index_is_dropped_and_built_again(tree, store):
    """What a failed build leaves behind."""
    store.execute("INSERT INTO orders (total) VALUES (1), (1)")
    tree.write(ONLINE, INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX"))
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert f"sql/{ONLINE}:2: ERROR 23505: " in outcome.err
    assert outcome.err.endswith(f"What came before is committed. Still to do: sql/{ONLINE}. Run again.\n")
    assert scalar(store, STATE) is False
    store.execute("DELETE FROM orders WHERE order_id = 1")
    assert tree.deployed("--json").applied == [ONLINE]
    assert scalar(store, STATE)


def test_an_index_that_is_to_be_another_is_built_again(tree, store):
    """Whatever stands there under its name; an unchanged one stays."""
    name, text = (
        "05_security/090_totals.sql",
        "-- deploy: online\nCREATE INDEX CONCURRENTLY totals ON orders (total);\n",
    )
    tree.write(name, text)
    tree.deployed()
    first = scalar(store, "SELECT 'totals'::REGCLASS::OID")
    tree.write(name, text + "-- As it was.\n")
    tree.deployed()
    assert scalar(store, "SELECT 'totals'::REGCLASS::OID") == first
    tree.write(name, text.replace("(total)", "(total, order_id)"))
    tree.deployed()
    assert scalar(store, "SELECT indnatts FROM pg_index WHERE indexrelid = 'totals'::REGCLASS") == 2
    assert tree.deploy("--verify").exit_code == 0


@deployed
def test_killed_during_the_build_the_next_deploy_finishes_it(tree, store, empty_database):
    """Whether the server finished the index itself or gave it up."""
    tree.write(ONLINE, INDEX)
    with empty_database.connect() as writer:
        writer.execute("BEGIN")
        writer.execute("INSERT INTO orders (total) VALUES (1)")
        process = tree.start()
        wait_until(lambda: scalar(store, BUILDING) == 1, "the index build never began")
        process.kill()
        process.communicate()
        writer.execute("COMMIT")
    assert tree.deployed("--json").applied == [ONLINE]
    assert scalar(store, STATE)


@deployed
def test_an_index_another_session_builds_is_left_to_it(tree, store, empty_database):
    """Invalid as it is until then, it is waited for, and not dropped to be built a second time."""
    tree.write(ONLINE, INDEX)
    made = "SELECT to_regclass('orders_total_idx')::OID"
    at_it = "query ~ 'indisvalid|^DROP INDEX' AND application_name = 'deploy.py'"
    with empty_database.connect() as writer, empty_database.connect() as builder, ThreadPoolExecutor(1) as background:
        writer.execute("BEGIN")
        writer.execute("INSERT INTO orders (total) VALUES (1)")
        built = background.submit(builder.execute, INDEX)
        wait_until(lambda: scalar(store, made), "the index build never began")
        theirs = scalar(store, made)
        process = tree.start()
        looks = f"SELECT count(*) FROM pg_stat_activity WHERE {at_it}"
        wait_until(lambda: scalar(store, looks) == 1, "the deploy never looked at it")
        writer.execute("COMMIT")
        built.result()
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert scalar(store, made) == theirs
    assert tree.deployed("--json").json["outcome"] == "unchanged"


@deployed
def test_two_deploys_of_one_online_file(tree, store):
    """The one waits until the other has built it."""
    tree.write(ONLINE, INDEX)
    processes = [tree.start(), tree.start()]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert scalar(store, STATE)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (
            "ALTER TABLE orders VALIDATE CONSTRAINT orders_cheap;",
            "SELECT convalidated FROM pg_constraint WHERE conname = 'orders_cheap'",
        ),
        (
            "DROP INDEX CONCURRENTLY IF EXISTS orders_idx;",
            "SELECT to_regclass('orders_idx') IS NULL",
        ),
        ("REINDEX INDEX CONCURRENTLY orders_idx;", "SELECT to_regclass('orders_idx') IS NOT NULL"),
        (
            "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY;",
            "SELECT NOT relispartition FROM pg_class WHERE relname = 'part'",
        ),
    ],
)
def test_what_else_may_be_online(tree, store, text, holds):
    """On a live store and, in the transaction, on a new one."""
    tree.write(
        "01_schema/015_more.sql",
        "ALTER TABLE orders ADD CONSTRAINT orders_cheap CHECK (total < 99) NOT VALID;\n"
        "CREATE INDEX orders_idx ON orders (total);\n"
        "CREATE TABLE parts (x INT) PARTITION BY LIST (x);\n"
        "CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);\n",
    )
    tree.deployed()
    tree.write(ONLINE, f"-- deploy: online\n-- Later.\n{text}\n")
    assert tree.deployed("--json").applied == [ONLINE]
    assert scalar(store, holds)
    tree.deployed("--schema", "second")


@pytest.mark.parametrize("done", ["all", "half"])
@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total)",
        "DROP INDEX CONCURRENTLY orders_idx",
        "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY",
    ],
)
def test_what_a_deploy_has_done_and_did_not_come_to_record(tree, store, empty_database, text, done):
    """It was killed; the next one takes it as it finds it."""
    tree.write(
        "01_schema/015_more.sql",
        "CREATE INDEX orders_idx ON orders (order_id);\nCREATE TABLE parts (x INT) PARTITION BY LIST (x);\n"
        "CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);\n",
    )
    tree.deployed()
    with empty_database.connect() as reader:
        if done == "half":
            reader.execute("BEGIN")
            reader.execute("SELECT FROM orders, parts")
            store.execute("SET statement_timeout = '300ms'")
        try:
            store.execute(text)
        except QueryCanceled:
            store.execute("RESET statement_timeout")
    tree.write(ONLINE, f"-- deploy: online\n{text};\n")
    assert tree.deployed("--json").applied == [ONLINE]
    assert tree.deployed("--json").json["outcome"] == "unchanged"
    assert scalar(store, "SELECT count(*) FROM pg_inherits") == ("DETACH" not in text)


@deployed
@pytest.mark.parametrize(
    "counts_on_it",
    [
        "ALTER TABLE orders ADD CONSTRAINT total_is_known UNIQUE USING INDEX orders_total_idx",
        "ALTER TABLE orders ADD UNIQUE USING INDEX orders_total_idx",
        "COMMENT ON INDEX orders_total_idx IS 'Known by it.'",
        "DROP INDEX orders_total_idx",
        "CREATE INDEX orders_before_idx ON orders (order_id)",
    ],
)
def test_a_schema_file_that_counts_on_one_of_its_own_release(tree, store, counts_on_it):
    """A new store runs both in turn, a live one the online file last: it is told to take a release at a time."""
    after = "01_schema/025_after.sql"
    tree.write("01_schema/015_before.sql", "CREATE INDEX orders_before_idx ON orders (order_id);\n")
    tree.deployed()
    tree.write(ONLINE, INDEX.replace("INDEX CON", "UNIQUE INDEX CON"))
    tree.write("01_schema/022_gone.sql", "-- deploy: online\nDROP INDEX CONCURRENTLY orders_before_idx;\n")
    path = tree.write(after, f"-- orders_total_idx is new\n{counts_on_it};\n")
    which = (ONLINE, "orders_total_idx") if "total" in counts_on_it else ("01_schema/022_gone.sql", "orders_before_idx")
    told = f"sql/{after}:2: ERROR: {which[1]} is not yet as sql/{which[0]} makes it, on a live store after the commit\n"
    for mode in ("--plan", "--verbose"):
        outcome = tree.deploy(mode)
        assert (outcome.exit_code, outcome.err[: len(told)]) == (1, told)
        assert "HINT: Deploy a release that ends with that file first." in outcome.err
    path.unlink()
    tree.deployed()
    tree.write(after, f"{counts_on_it};\n")
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0


@deployed
def test_what_an_online_file_drops_is_there_or_a_file_makes_it(tree):
    """With a slip in its name every new store would fail at that file, which must not change once it was applied."""
    tree.write(ONLINE, "-- deploy: online\nDROP INDEX CONCURRENTLY orders_totl_idx;\n")
    told = f"sql/{ONLINE}:2: ERROR: index orders_totl_idx is not there, and no file makes it\n"
    for mode in ("--plan", "--verbose"):
        outcome = tree.deploy(mode)
        assert (outcome.exit_code, outcome.err[: len(told)]) == (1, told)
    tree.write(ONLINE, "-- deploy: online\nDROP INDEX CONCURRENTLY IF EXISTS orders_totl_idx;\n")
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CREATE INDEX CONCURRENTLY parts_idx ON parts (x)", "parts is partitioned: "),
        ("ALTER TABLE parts DETACH PARTITION part CONCURRENTLY", "parts is partitioned and has a default partition: "),
    ],
)
def test_what_goes_well_in_a_transaction_alone_is_refused(tree, text, why):
    """Also where a new store is made, lest a live one have it to do for ever."""
    parts = tree.write(
        "01_schema/015_parts.sql",
        "CREATE TABLE parts (x INT) PARTITION BY LIST (x);\nCREATE TABLE rest PARTITION OF parts DEFAULT;\n"
        "CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);\n",
    )
    online = tree.write(ONLINE, f"-- deploy: online\n{text};\n")
    told = f"sql/{ONLINE}:2: ERROR: {why}PostgreSQL does that to none beside the application\n"
    assert tree.deploy().err.startswith(told)
    online.unlink()
    assert parts.exists()
    tree.deployed()
    tree.write(ONLINE, f"-- deploy: online\n{text};\n")
    for mode in ("--plan", "--wait=1s"):
        outcome = tree.deploy(mode)
        assert outcome.exit_code == 1
        assert outcome.err.startswith(told)
    assert "Rolled back: nothing has changed." in outcome.err


@deployed
def test_another_index_of_its_name_is_not_taken_for_it(tree, store):
    """A DBA's, made in need, say; the same one is."""
    store.execute("CREATE INDEX orders_total_idx ON orders (order_id)")
    tree.write(ONLINE, INDEX)
    for mode in (["--plan"], []):
        outcome = tree.deploy(*mode)
        assert outcome.exit_code == 1
        assert "ERROR: index orders_total_idx stands already, and no file has made it\n" in outcome.err
    store.execute("DROP INDEX orders_total_idx; CREATE INDEX orders_total_idx ON orders (total)")
    made = scalar(store, "SELECT 'orders_total_idx'::REGCLASS::OID")
    assert tree.deploy("--plan").exit_code == 3
    tree.deployed()
    assert scalar(store, "SELECT 'orders_total_idx'::REGCLASS::OID") == made
    assert tree.deploy("--verify").exit_code == 0


@deployed
@pytest.mark.parametrize("is_seen", [True, False])
def test_a_view_of_its_name_ends_the_deploy(tree, store, monkeypatch, is_seen):
    """Before anything is committed, or, made in the last moment, without being tried for ever."""
    store.execute("CREATE VIEW orders_total_idx AS SELECT 1 AS one")
    tree.write(ONLINE, INDEX)
    if not is_seen:
        monkeypatch.setattr("deployment.decision.refuse_to_take_over", lambda *_: None)
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert ("view orders_total_idx stands already" if is_seen else "ERROR 42P07: ") in outcome.err
    assert ("Rolled back: nothing has changed." if is_seen else f"Still to do: sql/{ONLINE}. Run again.") in outcome.err


INDEXES = """UNIQUE|(order_id) INCLUDE (total)
|(total DESC NULLS LAST, order_id) WITH (fillfactor = 70) WHERE total > 9.5 AND order_id <> 3
UNIQUE|(code) NULLS NOT DISTINCT
|(code COLLATE "C" text_pattern_ops)
|USING hash (lower(code))
|USING gin (to_tsvector('english', coalesce(code, ' it''s WHERE; ')))
|((CASE WHEN total > 1 THEN 'a'::VARCHAR(3) ELSE code || 'b' END)) WHERE code IS DISTINCT FROM 'x'
|USING gist (int4range(order_id, NULL) range_ops)"""


def test_it_is_what_the_file_says(tree):
    """Whatever can be said of an index is said of the one that a live store builds."""
    tree.write("01_schema/012_code.sql", "ALTER TABLE orders ADD COLUMN code TEXT;\n")
    tree.deployed()
    for number, line in enumerate(INDEXES.splitlines()):
        kind, rest = line.split("|", 1)
        text = f"-- deploy: online\nCREATE {kind} INDEX CONCURRENTLY IF NOT EXISTS orders_{number} ON orders {rest};\n"
        tree.write(f"01_schema/1{number}0_index.sql", text)
    tree.deployed()
    verified = tree.deploy("--verify")
    assert verified.exit_code == 0, verified.out


def test_its_expression_may_speak_of_the_stores_functions_and_types(tree, store):
    """Without naming the schema, as in any file."""
    tree.write(
        "01_schema/015_grade.sql",
        "CREATE TYPE grade AS ENUM ('low', 'high');\n"
        "CREATE FUNCTION grade_of(p_total NUMERIC) RETURNS GRADE IMMUTABLE\n"
        "RETURN CASE WHEN p_total > 9 THEN 'high' ELSE 'low' END::GRADE;\n",
    )
    tree.deployed()
    store.execute("INSERT INTO orders (total) VALUES (8), (10), (12)")
    tree.write(
        ONLINE,
        "-- deploy: online\nCREATE INDEX CONCURRENTLY orders_total_idx /* größer */ ON orders\n"
        "    (grade_of(total), lower(order_id::TEXT)) WHERE grade_of(total) = 'high'::grade;\n",
    )
    assert tree.deployed("--json").applied == [ONLINE]
    assert scalar(store, STATE)
    assert tree.deploy("--verify").exit_code == 0
    tree.deployed("--schema", "second")
    assert scalar(store, "SELECT to_regclass('second.orders_total_idx') IS NOT NULL")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX orders_idx ON orders (total);",
        "ALTER TABLE orders ADD COLUMN note TEXT;",
        "ALTER TABLE orders VALIDATE CONSTRAINT a, DROP COLUMN total;",
        "SELECT 1; SELECT 2;",
        "CREATE INDEX CONCURRENTLY ON orders (total);",
        "",
    ],
)
def test_what_would_lock_out_somebody_is_refused(tree, store, text):
    """Before anything has run."""
    tree.write(ONLINE, f"-- deploy: online\n{text}\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "an online file holds one statement that locks out nobody" in outcome.err
    assert relations(store) == set()


def test_concurrently_in_another_file_is_an_error_at_its_line(tree):
    """Nothing decides by itself what runs outside the transaction."""
    tree.write("01_schema/010_orders.sql", ORDERS + INDEX.split("\n")[1])
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "sql/01_schema/010_orders.sql:7: ERROR 25001: " in outcome.err
    assert "that begins with the line: -- deploy: online\n" in outcome.err
