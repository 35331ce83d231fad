"""What cannot be replaced in place is made anew with all that hangs on it, or not at all."""

import pytest

from tests.deploy.made_up_tree import DEADLINE, OPEN_ORDERS, ORDER_COUNT, ORDER_TOTAL, scalar

# A chain: order_lines, then large_orders over it, then large_total over that.
LINES = "CREATE OR REPLACE VIEW order_lines AS SELECT order_id, total FROM orders;\n"
LINES_WIDER = LINES.replace("order_id, total", "order_id, 'EUR'::TEXT AS currency, total")
LARGE = "CREATE OR REPLACE VIEW large_orders AS SELECT * FROM order_lines WHERE total > 9;\n"
LARGE_TOTAL = "CREATE MATERIALIZED VIEW large_total AS SELECT sum(total) AS s FROM large_orders;\n"
CODES = "CREATE OR REPLACE VIEW codes AS SELECT coupon_code FROM coupons;\n"
CODED = "CREATE OR REPLACE FUNCTION coded(p_any TEXT) RETURNS CODE LANGUAGE sql RETURN p_any;\n"
RIGHTS = """ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY large_only ON orders USING (total > 9);
"""
GRANTS = "GRANT SELECT ON order_lines, large_total TO pg_monitor;\n"


@pytest.fixture
def chain(tree):
    tree.write("04_views/030_order_lines.sql", LINES)
    tree.write("04_views/040_large_orders.sql", LARGE)
    tree.write("05_security/010_large_total.sql", LARGE_TOTAL)
    tree.write("05_security/020_grants.sql", GRANTS)
    tree.deployed()
    return tree


@pytest.fixture
def stranger(superuser):
    """A role that is none of ours, with a schema of its own."""
    superuser.execute("CREATE ROLE reporting NOLOGIN")
    superuser.execute("GRANT reporting TO store_owner")
    superuser.execute("CREATE SCHEMA reports AUTHORIZATION reporting")
    superuser.execute("GRANT USAGE, CREATE ON SCHEMA reports TO store_owner")
    superuser.execute("GRANT USAGE ON SCHEMA store TO reporting")
    yield superuser
    superuser.execute("DROP OWNED BY reporting CASCADE")
    superuser.execute("DROP ROLE reporting")


def columns(store, view):
    query = "SELECT array_agg(attname::TEXT ORDER BY attnum) FROM pg_attribute"
    return scalar(store, query + " WHERE attrelid = %s::REGCLASS AND attnum > 0", [view])


def test_a_column_in_the_middle_of_the_lowest_view(chain, store):
    """The chain above it is made anew, and granted again; what is beside it stays."""
    beside = scalar(store, "SELECT 'open_orders'::REGCLASS::OID")
    chain.write("04_views/030_order_lines.sql", LINES_WIDER)
    outcome = chain.deployed("--json")
    assert outcome.applied == [
        "04_views/030_order_lines.sql",
        "04_views/040_large_orders.sql",
        "05_security/010_large_total.sql",
        "05_security/020_grants.sql",
    ]
    assert columns(store, "large_orders") == ["order_id", "currency", "total"]
    assert scalar(store, "SELECT has_table_privilege('pg_monitor', 'large_total', 'SELECT')")
    assert scalar(store, "SELECT 'open_orders'::REGCLASS::OID") == beside
    assert chain.deployed("--json").applied == []


@pytest.mark.parametrize("where", ["", " IN SCHEMA reports"])
def test_a_strangers_view_keeps_owner_options_grants_and_comments(chain, store, stranger, where):
    """And so does one over it; what he has given by default meanwhile opens neither, and stays."""
    stranger.execute("GRANT SELECT ON store.order_lines TO reporting")
    stranger.execute("SET search_path = reports")
    stranger.execute("SET ROLE reporting")
    stranger.execute("CREATE VIEW first WITH (security_barrier = TRUE) AS SELECT order_id FROM store.order_lines")
    stranger.execute("CREATE VIEW second AS SELECT order_id AS number FROM first")
    stranger.execute("COMMENT ON VIEW first IS 'It''s theirs'")
    stranger.execute("COMMENT ON COLUMN first.order_id IS 'Number'")
    stranger.execute("GRANT SELECT ON first TO PUBLIC")
    stranger.execute("GRANT SELECT (number) ON second TO pg_monitor WITH GRANT OPTION")
    stranger.execute(f"ALTER DEFAULT PRIVILEGES{where} GRANT ALL ON TABLES TO pg_read_all_stats, PUBLIC")
    stranger.execute("RESET ROLE")
    defaults = "SELECT defaclnamespace, defaclacl::TEXT FROM pg_default_acl"
    given = stranger.execute(defaults).fetchall()
    described = """SELECT
        relname, relowner::REGROLE::TEXT, reloptions, relacl::TEXT,
        pg_get_viewdef(pg_class.oid), obj_description(pg_class.oid, 'pg_class'),
        col_description(pg_class.oid, 1),
        (SELECT attacl::TEXT FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum = 1)
    FROM pg_class WHERE relnamespace = 'reports'::REGNAMESPACE ORDER BY relname"""
    before = stranger.execute(described).fetchall()
    oid = scalar(stranger, "SELECT 'first'::REGCLASS::OID")

    chain.write("04_views/030_order_lines.sql", LINES_WIDER)
    chain.deployed()

    assert stranger.execute(described).fetchall() == before
    assert stranger.execute(defaults).fetchall() == given
    assert scalar(stranger, "SELECT 'first'::REGCLASS::OID") != oid
    granted = "SELECT has_table_privilege('reporting', 'store.order_lines', 'SELECT')"
    assert scalar(stranger, granted), "the DBA's own grant on our view was lost"


def test_a_strangers_names_may_need_quotes(chain, stranger):
    """What others call theirs is their affair."""
    stranger.execute("GRANT SELECT ON store.order_lines TO reporting")
    stranger.execute('CREATE SCHEMA "Their\'s, 100%" AUTHORIZATION reporting')
    stranger.execute('SET search_path = "Their\'s, 100%"')
    stranger.execute("SET ROLE reporting")
    stranger.execute('CREATE VIEW "By {day}" AS SELECT order_id AS "No." FROM store.order_lines')
    stranger.execute('COMMENT ON COLUMN "By {day}"."No." IS \'A number\'')
    stranger.execute('GRANT SELECT ON "By {day}" TO pg_monitor')
    stranger.execute("RESET ROLE")
    told = """SELECT relacl::TEXT, pg_get_viewdef(oid), col_description(oid, 1) FROM pg_class
    WHERE relname = 'By {day}'"""
    before = stranger.execute(told).fetchall()

    chain.write("04_views/030_order_lines.sql", LINES_WIDER)
    chain.deployed()

    assert stranger.execute(told).fetchall() == before


@pytest.mark.parametrize(
    ("create", "named"),
    [
        ("CREATE MATERIALIZED VIEW reports.copy AS SELECT * FROM store.order_lines",
         "materialized view reports.copy"),
        ("CREATE FUNCTION reports.f() RETURNS SETOF store.order_lines LANGUAGE sql"
         " AS 'SELECT * FROM store.order_lines'", "function reports.f()"),
        ("CREATE FUNCTION reports.g() RETURNS BIGINT LANGUAGE sql"
         " BEGIN ATOMIC SELECT count(*) FROM store.order_lines; END", "function reports.g()"),
        ("CREATE TABLE reports.kept (line store.order_lines)", "table reports.kept"),
    ],
)  # fmt: skip
def test_anything_else_of_a_stranger_stops_the_deploy(chain, store, stranger, create, named):
    """It is named, and nothing was dropped."""
    stranger.execute(create)
    chain.write("04_views/030_order_lines.sql", LINES_WIDER)
    before = scalar(store, "SELECT array_agg(oid ORDER BY oid) FROM pg_class")
    outcome = chain.deploy()
    assert outcome.exit_code == 1
    assert "ERROR: view order_lines must be dropped, but this depends on it" in outcome.err
    assert named in outcome.err
    assert scalar(store, "SELECT array_agg(oid ORDER BY oid) FROM pg_class") == before


def test_a_strangers_view_that_no_longer_fits_stops_the_deploy(chain, store, stranger):
    """It is named with the reason, and everything is as before."""
    stranger.execute("SET ROLE reporting")
    stranger.execute("CREATE VIEW reports.totals AS SELECT total FROM store.order_lines")
    stranger.execute("RESET ROLE")
    chain.write("04_views/030_order_lines.sql", LINES.replace("order_id, total", "total, order_id"))
    chain.write("04_views/040_large_orders.sql", LARGE.replace("total > 9", "order_id > 9"))
    chain.deployed()
    chain.write("04_views/030_order_lines.sql", LINES.replace("order_id, total", "order_id"))
    chain.write("05_security/010_large_total.sql", LARGE_TOTAL.replace("sum(total)", "count(*)"))
    outcome = chain.deploy()
    assert outcome.exit_code == 1
    assert "ERROR 42703: view reports.totals does not fit any more: column" in outcome.err
    assert columns(store, "order_lines") == ["total", "order_id"]
    assert scalar(stranger, "SELECT to_regclass('reports.totals') IS NOT NULL")


@pytest.mark.parametrize(
    "changed",
    [
        ORDER_TOTAL.replace("RETURNS NUMERIC", "RETURNS TEXT").replace("total END", "total::TEXT END"),
        ORDER_TOTAL.replace("p_order_id", "p_id"),
        ORDER_TOTAL.replace("p_order_id INT", "p_order_id INT, p_currency TEXT = 'EUR'"),
        ORDER_TOTAL.replace("p_order_id INT", "p_order_id BIGINT"),
    ],
)
def test_a_function_whose_arguments_or_result_change(tree, store, changed):
    """What uses it follows, and there is never a second one of its name."""
    uses = "CREATE OR REPLACE VIEW totals AS SELECT order_total(order_id) AS t FROM orders;\n"
    tree.write("04_views/030_totals.sql", uses)
    tree.deployed()
    tree.write("03_procedures/010_order_total.sql", changed)
    assert set(tree.deployed("--json").applied) == {
        "03_procedures/010_order_total.sql",
        "04_views/030_totals.sql",
    }
    assert scalar(store, "SELECT count(*) FROM pg_proc WHERE proname = 'order_total'") == 1
    store.execute("SELECT t FROM totals")
    assert tree.deployed("--json").applied == []


def test_what_cannot_be_replaced_once_it_was_made_way_for_either(tree, store):
    """A file that makes a view twice, the second time of another column: an error at once, and not tried for ever."""
    view = "CREATE OR REPLACE VIEW twice AS SELECT 1 AS {};\n"
    tree.write("04_views/030_twice.sql", view.format("one"))
    tree.deployed()
    tree.write("04_views/030_twice.sql", view.format("other") + view.format("third"))
    process = tree.start()
    try:
        _, err = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "sql/04_views/030_twice.sql:2: ERROR 42P16: " in err
    assert columns(store, "twice") == ["one"]


def test_what_is_made_on_a_partitioned_table_goes_with_its_parts(tree, store):
    """A trigger and an index stand on each partition too, which nobody has made."""
    tree.write(
        "01_schema/020_parts.sql",
        "CREATE TABLE parts (x INT) PARTITION BY LIST (x);\nCREATE TABLE rest PARTITION OF parts DEFAULT;\n"
        "CREATE FUNCTION stays() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n",
    )
    made = (
        "CREATE TRIGGER t AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION stays();\n"
        "CREATE INDEX parts_idx ON parts (x);\n"
    )
    tree.write("05_security/010_parts.sql", made)
    tree.deployed()
    tree.write("05_security/010_parts.sql", made.replace("INSERT", "UPDATE").replace("(x)", "(x, abs(x))"))
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0
    tree.write("05_security/010_parts.sql", "-- gone\n")
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0


def test_a_view_that_becomes_a_materialised_view(chain, store):
    """And back."""
    kind = "SELECT relkind::TEXT FROM pg_class WHERE relname = 'large_orders'"
    stored = LARGE.replace("CREATE OR REPLACE VIEW", "CREATE MATERIALIZED VIEW")
    chain.write("04_views/040_large_orders.sql", stored)
    chain.deployed()
    assert scalar(store, kind) == "m"
    chain.write("04_views/040_large_orders.sql", LARGE)
    chain.deployed()
    assert scalar(store, kind) == "v"


def test_what_no_file_makes_any_more_is_dropped(chain, store):
    """A view whose file is gone, an object that left its file; each other in any order."""
    (chain.root / "sql/04_views/040_large_orders.sql").unlink()
    (chain.root / "sql/05_security/010_large_total.sql").unlink()
    chain.write("05_security/020_grants.sql", GRANTS.replace(", large_total", ""))
    chain.write("04_views/020_order_count.sql", "-- left for a better place\n")
    chain.deployed()
    gone = ["large_orders", "large_total", "order_count"]
    assert scalar(store, "SELECT count(*) FROM pg_class WHERE relname = ANY(%s)", [gone]) == 0
    assert chain.deployed("--json").json["outcome"] == "unchanged"


@pytest.mark.parametrize("kind", ["TABLE kept (n INT)", "SEQUENCE kept"])
@pytest.mark.parametrize("mode", ["--plan", "--wait=1s"])
def test_what_holds_data_is_left_to_its_owner(tree, kind, mode):
    """Where no file makes it any more, or makes it otherwise; views hold nothing."""
    name = "04_views/030_kept.sql"
    file = tree.write(name, f"CREATE {kind};\n")
    tree.deployed()
    made = f"{kind.split()[0].lower()} kept is made by"
    tree.write(name, f"CREATE UNLOGGED {kind};\n")
    outcome = tree.deploy(mode)
    assert outcome.exit_code == 1
    assert f"{made} another statement now, and may hold data: put that back, and alter it" in outcome.err
    file.unlink()
    outcome = tree.deploy(mode)
    assert outcome.exit_code == 1
    assert f"{made} no file any more, and may hold data: drop it" in outcome.err
    file.write_text(f"-- As it was.\nCREATE {kind};\n")
    tree.deployed()
    file.unlink()
    tree.write("01_schema/020_gone.sql", f"DROP {kind.split()[0]} IF EXISTS kept;\n")
    assert tree.deploy("--plan").exit_code == 3
    tree.deployed()
    assert " kept" not in tree.deploy("--verify").out


def test_what_a_strangers_object_still_needs_is_not_dropped(chain, store, stranger):
    """The deploy stops and names it."""
    stranger.execute("CREATE MATERIALIZED VIEW reports.copy AS SELECT * FROM store.open_orders")
    (chain.root / "sql/04_views/010_open_orders.sql").unlink()
    outcome = chain.deploy()
    assert outcome.exit_code == 1
    assert "view open_orders must be dropped, but this depends on it" in outcome.err
    assert "reports.copy" in outcome.err
    assert scalar(store, "SELECT to_regclass('open_orders') IS NOT NULL")


def test_a_file_that_is_renamed_keeps_what_it_made(chain, store):
    """Also what cannot be replaced."""
    query = "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relname ~ '^(large|order)_'"
    before = scalar(store, query)
    for old, new in [
        ("04_views/040_large_orders.sql", "04_views/045_large_orders.sql"),
        ("05_security/010_large_total.sql", "05_security/015_large_total.sql"),
    ]:
        (chain.root / "sql" / old).rename(chain.root / "sql" / new)
    chain.deployed()
    assert scalar(store, query) == before


def test_whom_a_dba_let_call_a_function_may_call_the_new_one(chain, store, stranger):
    """Whatever its arguments are now; and `--plan` foretells a deploy that succeeds."""
    store.execute("GRANT EXECUTE ON FUNCTION order_total(INT) TO reporting")
    wider = ORDER_TOTAL.replace("p_order_id INT)", "p_order_id INT, p_more INT DEFAULT 0)")
    chain.write("03_procedures/010_order_total.sql", wider)
    assert chain.deploy("--plan").exit_code == 3
    chain.deployed()
    acl = scalar(store, "SELECT proacl::TEXT FROM pg_proc WHERE proname = 'order_total'")
    assert "reporting=X/store_owner" in acl


def test_a_right_on_a_column_goes_with_the_column(chain, store, stranger):
    """As with a table's; on the columns that stay, a stranger keeps his."""
    store.execute("GRANT SELECT (order_id, total) ON open_orders TO reporting")
    chain.write("04_views/010_open_orders.sql", "CREATE OR REPLACE VIEW open_orders AS SELECT order_id FROM orders;\n")
    chain.deployed()
    assert scalar(store, "SELECT has_column_privilege('reporting', 'open_orders', 'order_id', 'SELECT')")
    assert chain.deploy("--verify").exit_code == 0


def test_an_index_that_went_with_a_renamed_view_is_missed(tree, store):
    """It is not taken for the new view's, which would go without."""
    index = "CREATE INDEX large_total_idx ON large_total (total);\n"
    tree.write("05_security/010_large_total.sql", "CREATE MATERIALIZED VIEW large_total AS TABLE orders;\n" + index)
    tree.deployed()
    store.execute("ALTER MATERIALIZED VIEW large_total RENAME TO old_total")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "05_security/010_large_total.sql:2: ERROR: index large_total_idx stands, but on another" in outcome.err
    store.execute("ALTER INDEX large_total_idx RENAME TO old_total_idx")
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0


def test_a_view_that_becomes_a_table(tree, store):
    """Without a word about the view, or with one that holds on a new store too."""
    table = "CREATE TABLE order_count (orders BIGINT);\n"
    tree.deployed()
    (tree.root / "sql/04_views/020_order_count.sql").unlink()
    tree.write("01_schema/020_order_count.sql", "DROP VIEW order_count;\n" + table)
    for mode in (["--plan"], []):
        outcome = tree.deploy(*mode)
        assert "020_order_count.sql:1: ERROR: view order_count is not there yet where a new store" in outcome.err
    tree.write("01_schema/020_order_count.sql", table)
    planned, done = tree.deploy("--plan", "--json").json, tree.deployed("--json").json
    assert planned["rebuilds"] == done["rebuilds"] == ["view order_count"]
    assert planned["drops"] == done["drops"] == []
    assert tree.deploy("--verify").exit_code == 0


UNDER = {
    "a column of another type": {"01_schema/020_x.sql": "ALTER TABLE orders ALTER total TYPE NUMERIC(14, 2);\n"},
    "of a table with a new name": {
        "01_schema/020_x.sql": "ALTER TABLE orders RENAME TO sales; ALTER TABLE sales ALTER total TYPE FLOAT8;\n",
        "03_procedures/010_order_total.sql": ORDER_TOTAL.replace("orders", "sales").replace("NUMERIC", "FLOAT8"),
        "04_views/010_open_orders.sql": OPEN_ORDERS.replace("orders;", "sales;"),
        "04_views/020_order_count.sql": ORDER_COUNT.replace("orders;", "sales;"),
        "04_views/030_order_lines.sql": LINES.replace("orders;", "sales;"),
        "05_security/030_order_rights.sql": RIGHTS.replace(" orders", " sales"),
    },
    "a column with a new name": {
        "01_schema/020_x.sql": "ALTER TABLE orders RENAME total TO amount;\n",
        "01_schema/030_x.sql": "ALTER TABLE orders ALTER amount TYPE NUMERIC(14, 2);\n",
        "03_procedures/010_order_total.sql": ORDER_TOTAL.replace(" total", " amount"),
        "04_views/010_open_orders.sql": OPEN_ORDERS.replace("total", "amount"),
        "04_views/030_order_lines.sql": LINES.replace("total", "amount AS total"),
        "05_security/030_order_rights.sql": RIGHTS.replace("total", "amount"),
    },
    "a column that goes": {
        "01_schema/020_x.sql": "ALTER TABLE orders DROP total, ADD amount NUMERIC;\n",
        "03_procedures/010_order_total.sql": ORDER_TOTAL.replace(" total", " amount"),
        "04_views/010_open_orders.sql": OPEN_ORDERS.replace("total", "amount"),
        "04_views/030_order_lines.sql": LINES.replace("total", "amount AS total"),
        "05_security/030_order_rights.sql": RIGHTS.replace("total", "amount"),
    },
    "a table that goes": {"01_schema/020_x.sql": "DROP TABLE coupons;\n", "04_views/060_codes.sql": "-- none\n"},
    "a domain that goes": {
        "01_schema/020_x.sql": "DROP DOMAIN code;\nCREATE DOMAIN code AS VARCHAR(9);\n",
    },
    "a view that goes first": {
        "01_schema/020_x.sql": "DROP VIEW IF EXISTS order_lines;\n",
        "04_views/030_order_lines.sql": LINES_WIDER,
    },
}


@pytest.mark.parametrize("change", UNDER)
def test_what_schema_files_drop_or_alter_takes_ours_with_it(chain, store, stranger, change):
    """As --plan foretells, and no more of it; with all that others may do, and did, with ours."""
    chain.write("01_schema/015_code.sql", "CREATE DOMAIN code AS TEXT;\n")
    chain.write("03_procedures/060_coded.sql", CODED)
    chain.write("04_views/060_codes.sql", CODES)
    chain.write("05_security/030_order_rights.sql", RIGHTS)
    chain.deployed()
    stranger.execute("SET ROLE store_owner")
    stranger.execute("CREATE INDEX dba_idx ON store.coupons (lower(coupon_code))")
    stranger.execute("CREATE VIEW reports.large AS SELECT s FROM store.large_orders, LATERAL (SELECT total AS s) AS x")
    stranger.execute("GRANT SELECT ON store.large_orders TO reporting")
    stranger.execute("RESET ROLE")
    for name, text in UNDER[change].items():
        chain.write(name, text)
    counts = "SELECT oid FROM pg_class WHERE relname = 'order_count'"
    before = scalar(store, counts)
    told = chain.deploy("--plan", "--json").json
    applied = chain.deployed("--json").applied
    assert [f"{one['directory']}/{one['file']}" for one in told["files"] if one["action"] == "apply"] == applied
    assert told["drops"] == (["view codes"] if change == "a table that goes" else [])
    assert scalar(store, counts) == before
    stranger.execute("DROP INDEX IF EXISTS store.dba_idx")
    assert chain.deploy("--verify").exit_code == 0
    assert scalar(stranger, "SELECT has_table_privilege('reporting', 'store.large_orders', 'SELECT')")
    assert scalar(stranger, "SELECT to_regclass('reports.large') IS NOT NULL")


def test_a_strangers_view_of_a_column_that_changes_is_kept(chain, stranger):
    """It is made again as it was, of the other type."""
    stranger.execute("CREATE VIEW reports.totals AS SELECT total FROM store.orders")
    stranger.execute("ALTER VIEW reports.totals OWNER TO reporting")
    stranger.execute("GRANT SELECT ON store.orders TO reporting")
    chain.write("01_schema/020_x.sql", "ALTER TABLE orders ALTER total TYPE NUMERIC(14, 2);\n")
    assert chain.deploy("--plan", "--json").json["rebuilds_of_others"] == ["view reports.totals"]
    chain.deployed()
    query = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'reports.totals'::REGCLASS"
    assert scalar(stranger, query) == "numeric(14,2)"


def test_what_else_stands_on_a_column_that_changes_is_named(chain, stranger):
    """By --plan too."""
    stranger.execute(
        "CREATE FUNCTION reports.g() RETURNS NUMERIC LANGUAGE sql BEGIN ATOMIC SELECT sum(total) FROM store.orders; END"
    )
    chain.write("01_schema/020_x.sql", "ALTER TABLE orders ALTER total TYPE NUMERIC(14, 2);\n")
    for mode in (["--plan"], []):
        outcome = chain.deploy(*mode)
        assert outcome.exit_code == 1
        assert "cannot be made again: function reports.g()" in outcome.err
