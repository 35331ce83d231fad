"""The other directories: a file runs again when it has changed or when what it made is gone."""

import psycopg
import pytest

from tests.database import OWNER
from tests.deploy.made_up_tree import OPEN_ORDERS, ORDER_COUNT, deployed, relations, scalar, wait_until

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


@deployed
def test_a_changed_view_touches_that_view_only(tree, store, superuser, empty_database):
    """No lock above ACCESS SHARE on any table: the same one a reader takes."""
    before = {name: oid(store, name) for name in relations(store)}
    pause = "DO $$ BEGIN PERFORM pg_sleep(600); END $$;\n"
    tree.write("04_views/020_order_count.sql", ORDER_COUNT + "\n")
    slow = tree.write("04_views/030_pause.sql", pause)
    process = tree.start()
    paused = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$ BEGIN PERFORM pg_sleep%'"
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


@deployed
def test_a_changed_function_is_replaced_in_place(tree, store):
    """What depends on it keeps it."""
    function = "SELECT 'order_total'::REGPROC::OID"
    before = scalar(store, function)
    path = tree.root / "sql/03_procedures/010_order_total.sql"
    path.write_text(path.read_text().replace("total > 0", "total > 1"))
    assert tree.deployed("--json").applied == ["03_procedures/010_order_total.sql"]
    assert scalar(store, function) == before


def test_an_object_has_one_name_on_every_major(tree, store):
    """The server's own changes from one to the next: 15 calls an argument `pg_catalog.json`."""
    tree.write("01_schema/020_mood.sql", "CREATE TYPE mood AS ENUM ('good');\n")
    tree.write(
        "03_procedures/020_told.sql",
        "CREATE OR REPLACE FUNCTION told(p_what JSON, p_at TIMESTAMPTZ[], p_mood MOOD) RETURNS INT RETURN 1;\n",
    )
    tree.deployed()
    made = "SELECT array_agg(name) FROM deployed_files, jsonb_object_keys(objects) AS name WHERE file = '020_told.sql'"
    assert scalar(store, made) == ["function told(json,timestamp with time zone[],mood)"]
    assert tree.deployed("--json").json["outcome"] == "unchanged"


@deployed
def test_a_late_file_runs_in_its_place(tree, store):
    """A view may be put before those that stand already."""
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


SMALL = "CREATE DOMAIN small AS INT DEFAULT 1 CONSTRAINT small_is_small CHECK (value < 10);\n"


@pytest.mark.parametrize(
    ("changed", "default", "largest"),
    [
        (SMALL.replace("< 10", "< 20"), 1, 19),
        (SMALL.replace("DEFAULT 1 ", ""), None, 9),
        ("CREATE DOMAIN small AS INT DEFAULT 2 NOT NULL CHECK (value < 30) CHECK (value > 0);\n", 2, 29),
    ],
)
def test_a_domain_changes_in_place(tree, store, changed, default, largest):
    """Tables hold values of it; the files' word on it is the last."""
    tree.write("03_procedures/005_small.sql", SMALL)
    tree.deployed()
    store.execute("CREATE TABLE sizes (id INT, size small)")
    store.execute("INSERT INTO sizes VALUES (1, 3)")
    tree.write("03_procedures/005_small.sql", changed)
    assert tree.deployed("--json").applied == ["03_procedures/005_small.sql"]
    store.execute("INSERT INTO sizes (id) VALUES (2)")
    assert scalar(store, "SELECT size FROM sizes WHERE id = 2") == default
    store.execute("UPDATE sizes SET size = %s", [largest])
    with pytest.raises(psycopg.errors.CheckViolation):
        store.execute("UPDATE sizes SET size = %s", [largest + 1])
    assert tree.deploy("--verify").exit_code == 0


def test_a_domain_changes_where_nothing_temporary_may_be_made(tree, superuser, empty_database):
    """As on many a database that is closed to PUBLIC."""
    tree.write("03_procedures/005_small.sql", SMALL)
    tree.deployed()
    superuser.execute(f"ALTER DATABASE {empty_database.name} OWNER TO postgres")
    superuser.execute(f"REVOKE TEMP ON DATABASE {empty_database.name} FROM PUBLIC")
    superuser.execute(f"GRANT CREATE ON DATABASE {empty_database.name} TO {OWNER}")
    tree.write("03_procedures/005_small.sql", SMALL.replace("10", "11"))
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0


def test_what_is_made_anew_is_spoken_of_by_files_of_any_directory(tree):
    """Comments and grants, wherever they stand, go with a view that is dropped for its columns' sake."""
    tree.write(
        "04_views/900_more.sql", "COMMENT ON VIEW open_orders IS 'o';\nGRANT SELECT ON open_orders TO pg_monitor;\n"
    )
    tree.deployed()
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("order_id, total", "total, order_id"))
    planned = tree.deploy("--plan", "--json").applied
    assert tree.deployed("--json").applied == planned == ["04_views/010_open_orders.sql", "04_views/900_more.sql"]
    assert tree.deploy("--verify").exit_code == 0


SAID = {
    "03_procedures/020_f.sql": "CREATE OR REPLACE FUNCTION f() RETURNS INT LANGUAGE plpgsql{} AS 'BEGIN RETURN 1; END';\n",
    "04_views/100_v.sql": "CREATE OR REPLACE VIEW v{} AS SELECT order_id, total FROM orders;\n",
    "05_security/010_p.sql": "CREATE POLICY p ON orders{} USING (TRUE);\n",
    "05_security/020_i.sql": "CREATE INDEX i ON orders (total){};\n",
}
ONCE = [
    " SECURITY DEFINER STRICT STABLE PARALLEL SAFE COST 5 SET search_path FROM CURRENT",
    " WITH (security_invoker = TRUE, security_barrier = TRUE)",
    " AS RESTRICTIVE FOR SELECT TO pg_monitor",
    " WITH (fillfactor = 50)",
]


def test_what_a_create_says_no_more_is_gone_with_the_word(tree):
    """That a function acts for its owner, that a view asks the reader's rights: nothing stays behind."""
    for (name, text), word in zip(SAID.items(), ONCE, strict=True):
        tree.write(name, text.format(word))
    tree.deployed()
    for name, text in SAID.items():
        tree.write(name, text.format(""))
    tree.deployed()
    verified = tree.deploy("--verify")
    assert verified.exit_code == 0, verified.out


def test_what_two_files_make_is_refused(tree):
    """Whichever ran last would have its way: after a change, another than on a new store."""
    tree.deployed()
    tree.write("04_views/015_again.sql", "CREATE OR REPLACE VIEW open_orders AS SELECT 1 AS order_id;\n")
    for mode in ("--plan", "--wait=1s"):
        outcome = tree.deploy(mode)
        assert outcome.exit_code == 1
        message = "sql/04_views/015_again.sql: ERROR: sql/04_views/010_open_orders.sql makes view open_orders too\n"
        assert outcome.err.startswith(message)
    (tree.root / "sql/04_views/010_open_orders.sql").unlink()
    tree.deployed()


def test_a_domain_over_another_type_and_one_that_goes(tree, store):
    """With what hangs on it, as a view of other columns; never one that a table needs."""
    tree.write("03_procedures/005_small.sql", SMALL)
    tree.write("04_views/030_smaller.sql", "CREATE OR REPLACE VIEW smaller AS SELECT 1::small AS size;\n")
    tree.deployed()
    tree.write("03_procedures/005_small.sql", SMALL.replace("AS INT", "AS NUMERIC(4, 1)"))
    planned = tree.deploy("--plan", "--json")
    done = tree.deployed("--json")
    assert planned.applied == done.applied == ["03_procedures/005_small.sql", "04_views/030_smaller.sql"]
    assert planned.json["rebuilds"] == done.json["rebuilds"] == ["type small", "view smaller"]
    store.execute("CREATE TABLE sizes (size small)")
    (tree.root / "sql/03_procedures/005_small.sql").unlink()
    tree.write("04_views/030_smaller.sql", "CREATE OR REPLACE VIEW smaller AS SELECT 1.0::NUMERIC(4, 1) AS size;\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "type small must be dropped, but this depends on it and cannot be made again: " in outcome.err
    store.execute("DROP TABLE sizes")
    tree.deployed()
    assert scalar(store, "SELECT to_regtype('small') IS NULL")


def test_a_materialised_view_that_was_never_filled_is_filled(tree, store):
    """As after a restore without rows; the plan says so."""
    tree.write("05_security/030_totals.sql", TOTALS)
    tree.deployed()
    store.execute("REFRESH MATERIALIZED VIEW totals WITH NO DATA")
    assert "materialized view totals: never filled" in tree.deploy("--verify").out
    planned = tree.deploy("--plan")
    assert planned.exit_code == 3
    assert "Would be filled, since nothing ever was:\n    materialized view totals\n" in planned.out
    assert tree.deployed("--json").json["fills"] == ["materialized view totals"]
    assert scalar(store, "SELECT count(*) FROM totals") == 1
    assert tree.deploy("--verify").exit_code == 0
    assert tree.deployed("--json").json["outcome"] == "unchanged"
    store.execute("REFRESH MATERIALIZED VIEW totals WITH NO DATA")
    assert tree.deploy("--repair").exit_code == 0
    assert scalar(store, "SELECT count(*) FROM totals") == 1


def test_each_file_starts_in_the_same_frame(tree, store):
    """What one has set is not what the next one sees."""
    tree.write(
        "01_schema/020_far_away.sql",
        "SET LOCAL TimeZone = 'Asia/Tokyo';\nSET LOCAL DateStyle = 'German';\nSET LOCAL app.customer_id = 7;\n",
    )
    tree.write(
        "01_schema/030_moments.sql",
        "CREATE TABLE moments (at TIMESTAMPTZ, day DATE, who TEXT);\nINSERT INTO moments VALUES"
        " ('2025-01-01 00:00', '02.01.2025', coalesce(current_setting('app.customer_id', TRUE), ''));\n",
    )
    tree.deployed()
    found = store.execute("SELECT at = '2025-01-01 00:00+00', day = '2025-02-01', who FROM moments").fetchone()
    assert found == (True, True, "")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "CREATE MATERIALIZED VIEW IF NOT EXISTS kept AS SELECT 1 AS one;",
            "CREATE MATERIALIZED VIEW {} SELECT 2 AS two;",
        ),
        (
            "CREATE INDEX IF NOT EXISTS kept ON orders (total);",
            "CREATE INDEX IF NOT EXISTS kept ON coupons (coupon_code);",
        ),
        ("CREATE TYPE kept AS (one INT);", "CREATE TYPE kept AS (one INT, two INT);"),
        (
            "CREATE AGGREGATE kept(INT) (SFUNC = int4pl, STYPE = INT);",
            "CREATE AGGREGATE kept(INT) ({}mul, STYPE = INT);",
        ),
        (
            "CREATE OR REPLACE AGGREGATE kept(INT) (SFUNC = int4pl, STYPE = INT);",
            "CREATE OR REPLACE AGGREGATE kept(BIGINT) (SFUNC = int8pl, STYPE = BIGINT);",
        ),
        ("CREATE FUNCTION kept() RETURNS INT LANGUAGE sql RETURN 1;", "CREATE PROCEDURE kept() LANGUAGE sql AS '';"),
    ],
)
def test_what_stands_is_what_its_file_says_now(tree, store, first, second):
    """Whatever the kind, as `--plan` tells, and gone with its file; where only the words around it change it stays."""
    second = second.format({"M": "IF NOT EXISTS kept AS", "A": "SFUNC = int4"}.get(first[7]))
    known = """SELECT array_agg(oid) FROM (
        SELECT oid, relname AS name FROM pg_class UNION ALL SELECT oid, proname FROM pg_proc
    ) AS named WHERE name = 'kept'"""
    file = tree.write("04_views/030_kept.sql", f"{first}\n")
    tree.deployed()
    stands = scalar(store, known)
    file.write_text(f"-- Kept.\n{first}\n")
    tree.deployed()
    if "OR REPLACE" not in first:
        assert scalar(store, known) == stands
    file.write_text(f"{second}\n")
    told, done = tree.deploy("--plan", "--json").json, tree.deployed("--json").json
    for what in ("rebuilds", "drops", "fills"):
        assert told[what] == done[what]
    assert not set(scalar(store, known)) & set(stands)
    assert tree.deploy("--verify").exit_code == 0
    file.unlink()
    tree.deployed()
    assert scalar(store, known) is None
