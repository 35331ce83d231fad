"""`--plan` foretells what the deploy then does, and changes nothing."""

import pytest

from tests.deploy.made_up_tree import ORDER_COUNT, ORDER_TOTAL, TREE, relations, scalar

LINES = "CREATE OR REPLACE VIEW order_lines AS SELECT order_id, total FROM orders;\n"
LARGE = "CREATE OR REPLACE VIEW large_orders AS SELECT * FROM order_lines WHERE total > 9;\n"
STORED = "CREATE MATERIALIZED VIEW stored AS SELECT sum(total) AS s FROM large_orders;\n"
GRANTS = "GRANT SELECT ON order_lines, stored TO pg_monitor;\n"
PLAIN = "CREATE FUNCTION plain() RETURNS INT LANGUAGE sql RETURN 1;\n"
FUNCTION = "03_procedures/010_order_total.sql"


@pytest.fixture
def chain(tree):
    tree.write("03_procedures/020_plain.sql", PLAIN)
    tree.write("04_views/030_order_lines.sql", LINES)
    tree.write("04_views/040_large_orders.sql", LARGE)
    tree.write("05_security/010_stored.sql", STORED)
    tree.write("05_security/020_grants.sql", GRANTS)
    tree.deployed()
    return tree


def test_a_fresh_store(tree, store):
    """Every file is new; not even the schema is made."""
    outcome = tree.deploy("--plan")
    assert outcome.exit_code == 3
    assert outcome.out.splitlines() == [
        "4 of 4 files would run.",
        *(f"    sql/{name} (new)" for name in TREE),
        "Nothing was changed.",
    ]
    assert scalar(store, "SELECT to_regnamespace('store') IS NULL")


def test_nothing_to_do(chain):
    outcome = chain.deploy("--plan")
    assert outcome.exit_code == 0
    assert outcome.out == "0 of 9 files would run.\nThere is nothing to do.\n"


CHANGES = {
    "a view keeps its columns": ("04_views/020_order_count.sql", ORDER_COUNT + "\n"),
    "a view gains one at its end": (
        "04_views/030_order_lines.sql",
        LINES.replace("total FROM", "total, 1 AS one FROM"),
    ),
    "a view gains one in the middle": (
        "04_views/030_order_lines.sql",
        LINES.replace("total FROM", "1 AS one, total FROM"),
    ),
    "a column changes its type": (
        "04_views/030_order_lines.sql",
        LINES.replace("total FROM", "total::NUMERIC(20, 3) AS total FROM"),
    ),
    "a materialised view changes": ("05_security/010_stored.sql", STORED.replace("sum", "max")),
    "a function's body changes": (FUNCTION, ORDER_TOTAL.replace("> 0", "> 1")),
    "a function's result changes": (FUNCTION, ORDER_TOTAL.replace("NUMERIC", "BIGINT")),
    "a function's argument is renamed": (FUNCTION, ORDER_TOTAL.replace("p_order_id", "p_id")),
    "a function's spelling changes": (FUNCTION, ORDER_TOTAL.replace("INT)", "INTEGER)")),
    "a function without OR REPLACE changes": ("03_procedures/020_plain.sql", PLAIN.replace("1", "2")),
    "its file changes around it": ("03_procedures/020_plain.sql", f"-- One.\n{PLAIN}"),
    "a function becomes a procedure": (
        "03_procedures/020_plain.sql",
        "CREATE PROCEDURE plain() LANGUAGE sql BEGIN ATOMIC SELECT 1; END;\n",
    ),
    "an object leaves its file": ("04_views/020_order_count.sql", "-- gone\n"),
    "a new file": ("04_views/050_new.sql", "CREATE OR REPLACE VIEW new AS SELECT 1 AS one;\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_it_foretells_comes_true(chain, store, change):
    """The files that run; what is made anew, by its object number; what is dropped."""
    name, text = CHANGES[change]
    chain.write(name, text)
    objects = "SELECT oid, relname FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE"
    objects += " AND relkind IN ('v', 'm') UNION ALL SELECT oid, proname FROM pg_proc"
    objects += " WHERE pronamespace = 'store'::REGNAMESPACE"

    told = chain.deploy("--plan", "--json").json
    before = dict(store.execute(objects).fetchall())
    applied = chain.deployed("--json").applied
    after = dict(store.execute(objects).fetchall())

    foretold = [f"{one['directory']}/{one['file']}" for one in told["files"] if one["action"] == "apply"]
    assert foretold == applied
    lost = {before[oid] for oid in before.keys() - after.keys()}
    named = {one.split(" ")[-1].split("(")[0] for one in told["rebuilds"] + told["drops"]}
    assert named == lost
    assert {one.split(" ")[-1] for one in told["drops"]} == lost - set(after.values())


def test_a_strangers_view_is_named(chain, superuser):
    """Before anything is done to it; a stranger's other object is the error that the deploy
    would be.
    """
    superuser.execute("SET search_path = store")
    superuser.execute("SET ROLE store_owner")
    superuser.execute("CREATE VIEW theirs AS SELECT order_id FROM order_lines")
    chain.write("04_views/030_order_lines.sql", LINES.replace("total FROM", "1 AS one, total FROM"))
    outcome = chain.deploy("--plan")
    assert outcome.exit_code == 3
    assert "Views of others that would be made anew as they are:\n    view theirs\n" in outcome.out

    superuser.execute("CREATE MATERIALIZED VIEW their_copy AS SELECT order_id FROM order_lines")
    outcome = chain.deploy("--plan")
    assert outcome.exit_code == 1
    assert "materialized view their_copy" in outcome.err


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_without_create_on_the_database_it_says_how_far_it_saw(chain, superuser, arguments):
    """The files and their reasons, all the same; what they would rebuild shows beside a fresh store only."""
    name, text = CHANGES["a view gains one in the middle"]
    chain.write(name, text)
    superuser.execute("ALTER DATABASE test_empty OWNER TO CURRENT_USER")
    outcome = chain.deploy("--plan", *arguments)
    assert outcome.exit_code == 3
    why = "Which views would be made anew could not be looked at: store_owner lacks CREATE on the database."
    if arguments:
        assert outcome.applied == [name]
        assert outcome.json["notices"] == [why]
    else:
        assert f"1 of 9 files would run.\n    sql/{name} (changed)\n" in outcome.out
        assert outcome.err == why + "\n"


def test_it_asks_for_no_lock_that_a_writer_would_feel(chain, superuser, empty_database):
    """It goes through while a table is held against everything but readers."""
    chain.write("04_views/030_order_lines.sql", LINES.replace("total FROM", "1 AS one, total FROM"))
    with empty_database.connect() as writer:
        writer.execute("BEGIN")
        writer.execute("LOCK TABLE orders IN EXCLUSIVE MODE")
        assert chain.deploy("--plan", "--wait", "0s").exit_code == 3
        writer.execute("ROLLBACK")
    assert "order_lines" in relations(superuser)
