"""No setting of a role, a database or an earlier file changes what a deploy makes or says."""

from contextlib import contextmanager

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.database import OWNER, Database
from tests.deploy.made_up_tree import OPEN_ORDERS, TREE, Tree, scalar

# Sixty settings that an ordinary role or its database may carry, as far as the server knows them.
SETTINGS = {
    "statement_timeout": "250ms",
    "lock_timeout": "250ms",
    "idle_in_transaction_session_timeout": "250ms",
    "transaction_timeout": "250ms",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "search_path": "pg_temp, information_schema, public",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "backslash_quote": "off",
    "escape_string_warning": "off",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "check_function_bodies": "off",
    "default_tablespace": "pg_default",
    "temp_tablespaces": "pg_default",
    "default_table_access_method": "heap",
    "default_text_search_config": "pg_catalog.german",
    "default_statistics_target": "1",
    "row_security": "off",
    "bytea_output": "escape",
    "DateStyle": "German, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Tokyo",
    "timezone_abbreviations": "India",
    "extra_float_digits": "-15",
    "xmlbinary": "hex",
    "xmloption": "document",
    "client_min_messages": "error",
    "client_encoding": "LATIN1",
    "lc_monetary": "C.UTF-8",
    "lc_numeric": "C.UTF-8",
    "lc_time": "C.UTF-8",
    "gin_fuzzy_search_limit": "1",
    "gin_pending_list_limit": "64kB",
    "work_mem": "64kB",
    "maintenance_work_mem": "1MB",
    "temp_buffers": "800kB",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_nestloop": "off",
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "enable_sort": "off",
    "enable_hashagg": "off",
    "enable_material": "off",
    "enable_partitionwise_join": "on",
    "constraint_exclusion": "on",
    "from_collapse_limit": "1",
    "join_collapse_limit": "1",
    "geqo": "off",
    "jit": "off",
    "cursor_tuple_fraction": "0.1",
    "plan_cache_mode": "force_generic_plan",
    "max_parallel_workers_per_gather": "0",
    "synchronous_commit": "off",
    "synchronize_seqscans": "off",
    "application_name": "other",
    "plpgsql.extra_errors": "all",
    "plpgsql.check_asserts": "off",
    "restrict_nonsystem_relation_kind": "view",
    "createrole_self_grant": "set, inherit",
    "vacuum_cost_delay": "100",
    "app.customer_id": "7",
    "exit_on_error": "on",
}
GROUPS = [[*SETTINGS][start : start + 8] for start in range(0, len(SETTINGS), 8)]
# What it makes would come out otherwise under most of them.
SENSITIVE = r"""CREATE TABLE moments (
    at TIMESTAMPTZ DEFAULT '2025-01-02 00:00',
    day DATE DEFAULT '02.01.2025'::DATE + 1,
    span INTERVAL DEFAULT '1 2:00',
    bytes BYTEA DEFAULT '\001',
    path TEXT DEFAULT 'a\b',
    list TEXT[] DEFAULT '{NULL}',
    ratio FLOAT8 DEFAULT 0.1::FLOAT8,
    words TSVECTOR DEFAULT to_tsvector('die Häuser'),
    page TEXT
);
CREATE INDEX moments_recent_idx ON moments (at) WHERE at > '2025-01-02 00:00';
INSERT INTO moments DEFAULT VALUES;
INSERT INTO moments (path, list) SELECT at::TEXT || span::TEXT || bytes::TEXT || ratio::TEXT, '{NULL}' FROM moments;
CREATE FUNCTION later() RETURNS TIMESTAMPTZ LANGUAGE sql STABLE RETURN now() + INTERVAL '1 2:00';
CREATE FUNCTION twice(p_x INT) RETURNS INT LANGUAGE plpgsql AS $$ DECLARE p_x INT := 1; BEGIN RETURN p_x; END $$;
"""
FILES = {
    "01_schema/020_moments.sql": SENSITIVE,
    "04_views/030_moments.sql": "CREATE OR REPLACE VIEW recent AS SELECT at, day FROM moments WHERE path = 'a\\b';\n",
    "05_security/010_orders.sql": "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY orders_read ON orders FOR SELECT TO pg_monitor USING (total > 1);\n",
    "05_security/020_totals.sql": "CREATE MATERIALIZED VIEW totals AS SELECT sum(total) AS s FROM orders;\n",
}
ROWS = "SELECT array_agg(moments::TEXT ORDER BY moments::TEXT) FROM store.moments"
CATALOG = """SELECT array_agg(line ORDER BY line) FROM (
    SELECT pg_get_expr(adbin, adrelid) AS line FROM pg_attrdef
    WHERE adrelid = 'store.moments'::REGCLASS
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'store.moments'::REGCLASS
    UNION ALL
    SELECT concat_ws(' ', attname, attstorage, attcompression, reltablespace)
    FROM pg_attribute INNER JOIN pg_class ON attrelid = pg_class.oid WHERE relname = 'moments' AND attnum > 0
    UNION ALL
    SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'store'::REGNAMESPACE
) AS told"""


@pytest.fixture(scope="module")
def bare(server):
    """A database in which each test makes its own store."""
    database = Database(server, "test_frame")
    with Database(server, server.maintenance_dbname).connect(None) as superuser:
        superuser.execute("DROP DATABASE IF EXISTS test_frame WITH (FORCE)")
        superuser.execute(f"CREATE DATABASE test_frame OWNER {OWNER} TEMPLATE template0")
        yield database
        superuser.execute("DROP DATABASE test_frame WITH (FORCE)")


@pytest.fixture
def tree(tmp_path, bare, capsys):
    """The made-up tree, in that database, without a setting of its own in the connection string."""
    made_up = Tree(tmp_path, make_conninfo(bare.dsn(), options=""), capsys)
    for name, text in (TREE | FILES).items():
        made_up.write(name, text)
    return made_up


@pytest.fixture
def admin(bare):
    """The superuser there; no store is left from the last test."""
    with bare.connect(None) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("DROP SCHEMA IF EXISTS store CASCADE")
        yield connection


@pytest.fixture(scope="module")
def without():
    """What is deployed under no such setting: filled by the first test of a module."""
    return []


@contextmanager
def given(superuser, where: str, settings: dict[str, str]):
    """To the owner or to the database, until the block ends."""
    kind, name = ("ROLE", OWNER) if where == "role" else ("DATABASE", "test_frame")
    whom = sql.SQL(f"{kind} {{}}").format(sql.Identifier(name))
    known = [name for (name,) in superuser.execute("SELECT name FROM pg_settings")]
    try:
        for name, value in settings.items():
            if name in known or "." in name:
                statement = sql.SQL("ALTER {} SET {} = {}")
                setting = sql.SQL(".").join(map(sql.Identifier, name.split(".")))
                shown = sql.SQL(value) if value.startswith("pg_temp, ") else sql.Literal(value)
                superuser.execute(statement.format(whom, setting, shown))
        yield
    finally:
        superuser.execute(sql.SQL("ALTER {} RESET ALL").format(whom))


def described(bare: Database) -> tuple:
    with bare.connect(None, search_path="pg_catalog") as superuser:
        superuser.execute("SET DateStyle = 'ISO'")
        return scalar(superuser, ROWS), scalar(superuser, CATALOG)


def in_every_mode(tree: Tree) -> None:
    """Deploy, change, and ask in all ways there are; then leave the first tree deployed."""
    assert len(tree.deployed("--json").applied) == len(list(tree.root.glob("sql/*/*.sql")))
    assert tree.deployed("--json").json["outcome"] == "unchanged"
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("total FROM", "total, 1 AS one FROM"))
    told = tree.deploy("--plan", "--json")
    assert told.exit_code == 3, told.json["error"]
    assert tree.deployed("--json").applied == told.applied == ["04_views/010_open_orders.sql"]
    assert tree.deployed("--verify", "--json").json["drift"] == []
    assert tree.deployed("--repair", "--json").json["drift"] == []
    assert tree.deployed("--status").out.startswith("directory ")
    assert tree.deploy("--adopt").err.startswith("ERROR: this store has a ledger already")
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS)


def test_a_time_without_a_zone_is_utc(tree, admin):
    """In a default, in a view, and in what a file writes."""
    tree.write("04_views/040_noon.sql", "CREATE VIEW noon AS SELECT '2025-01-02 12:00'::TIMESTAMPTZ AS at;\n")
    tree.deployed()
    assert scalar(admin, "SELECT bool_and(at = '2025-01-02 00:00Z') FROM store.moments")
    admin.execute("SET TimeZone = 'Asia/Tokyo'")
    admin.execute("INSERT INTO store.moments (page) VALUES ('new')")
    assert scalar(admin, "SELECT at = '2025-01-02 00:00Z' FROM store.moments WHERE page = 'new'")
    assert scalar(admin, "SELECT at = '2025-01-02 12:00Z' FROM store.noon")


def test_no_query_of_the_catalog_is_compiled(tree, bare, admin):
    """However much a role's settings make the planner think it costs: compiling them all would take a minute."""
    tree.write("04_views/040_jit.sql", "CREATE MATERIALIZED VIEW jit AS SELECT current_setting('jit') AS is_on;\n")
    with given(admin, "role", {"jit": "on", "jit_above_cost": "0", "enable_mergejoin": "off"}):
        tree.deployed()
    assert scalar(admin, "SELECT is_on FROM store.jit") == "off"


def test_there_are_sixty():
    assert len(SETTINGS) >= 60


@pytest.mark.parametrize("where", ["role", "database"])
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_they_change_nothing(tree, bare, admin, without, names, where):
    """What is deployed under them is what is deployed without; every mode says the same."""
    if not without:
        in_every_mode(tree)
        without.append(described(bare))
        admin.execute("DROP SCHEMA store CASCADE")
    if "statement_timeout" in names:
        tree.write("04_views/040_slow.sql", "SELECT pg_sleep(0.4);\n")
    with given(admin, where, {name: SETTINGS[name] for name in names}):
        in_every_mode(tree)
    assert described(bare) == without[0]
