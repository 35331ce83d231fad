"""`--demo` loads the demo store once, and never over somebody's orders."""

import shlex

import psycopg
import pytest

from tests.database import PASSWORD
from tests.deploy.made_up_tree import relations, scalar

REVENUE = """CREATE OR REPLACE VIEW monthly_revenue AS
SELECT
    DATE '2024-01-01' AS month, count(*) AS total_orders, sum(total) AS revenue, 0.00 AS credits,
    sum(total) AS net_revenue, NULL::NUMERIC AS growth_pct
FROM orders;
"""


@pytest.fixture
def tree_with_demo(tree):
    (tree.root / "demo").mkdir()
    (tree.root / "demo" / "seed.sql").write_text("INSERT INTO orders (total) VALUES (1), (2.5);\n")
    tree.write("02_analytics/010_monthly_revenue.sql", REVENUE)
    return tree


def test_the_demo_is_loaded_once(tree_with_demo, store):
    """The second time says so and succeeds; each time the store's answer is shown."""
    answer = "2024-01-01             2     3.50     0.00         3.50"
    first = tree_with_demo.deployed("--demo")
    assert answer in first.out
    second = tree_with_demo.deployed("--demo")
    assert "The demo store was loaded before; it is not loaded again." in second.out
    assert answer in second.out
    assert scalar(store, "SELECT count(*) FROM orders") == 2
    assert scalar(store, "SELECT array_agg(action ORDER BY action) FROM deploy_log") == [
        "demo",
        "deploy",
    ]


def test_the_demo_may_follow_a_deploy(tree_with_demo, store):
    """As long as there are no orders."""
    tree_with_demo.deployed()
    tree_with_demo.deployed("--demo")
    assert scalar(store, "SELECT count(*) FROM orders") == 2


def test_the_demo_is_foretold(tree_with_demo, store):
    """With the other files, or when they are deployed; loaded, it is not to be loaded again."""
    fresh = tree_with_demo.deploy("--plan", "--demo")
    assert fresh.out.endswith("    demo/seed.sql (demo)\nNothing was changed.\n")
    tree_with_demo.deployed()
    alone = tree_with_demo.deploy("--plan", "--demo")
    assert alone.exit_code == 3
    assert alone.out == "1 of 6 files would run.\n    demo/seed.sql (demo)\nNothing was changed.\n"
    assert tree_with_demo.deploy("--plan").exit_code == 0
    assert scalar(store, "SELECT count(*) FROM orders") == 0
    tree_with_demo.deployed("--demo")
    assert tree_with_demo.deploy("--plan", "--demo").exit_code == 0


@pytest.mark.parametrize("mode", ["--plan", "--wait=1s"])
def test_a_store_with_orders_is_left_alone(tree_with_demo, store, mode):
    """They are somebody's."""
    tree_with_demo.deployed()
    store.execute("INSERT INTO orders (total) VALUES (7)")
    outcome = tree_with_demo.deploy("--demo", mode)
    assert outcome.exit_code == 1
    assert outcome.err.startswith("ERROR: --demo: this store has orders of its own\n")
    assert scalar(store, "SELECT count(*) FROM orders") == 1


def test_a_demo_that_fails_leaves_no_store(tree_with_demo, store):
    """Deploy and demo are one transaction."""
    seed = tree_with_demo.root / "demo" / "seed.sql"
    seed.write_text("INSERT INTO orders (total) VALUES (1);\nINSERT INTO orders VALUES ('ü');\n")
    outcome = tree_with_demo.deploy("--demo")
    assert outcome.exit_code == 1
    assert "demo/seed.sql:2: ERROR 22P02: " in outcome.err
    assert relations(store) == set()


def test_the_last_lines_say_what_stands_and_how_to_connect(tree_with_demo):
    """Without the password of the connection string."""
    told = tree_with_demo.deployed("--demo").out
    assert "Schema store holds 5 tables, 3 views, 2 functions, 2 orders.\n" in told
    assert "password" not in told
    (line,) = [line for line in told.splitlines() if line.startswith("    psql ")]
    with psycopg.connect(shlex.split(line)[1], password=PASSWORD) as connection:  # whatever options were given
        assert scalar(connection, "SELECT total_orders FROM monthly_revenue") == 2
        assert scalar(connection, "SHOW TimeZone") == "UTC"
