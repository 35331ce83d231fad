"""Nobody gets more rights by a deploy than the files say: neither by a default privilege, nor by a
grant of an earlier release, nor by a function somebody planted.
"""

import pytest

from tests.database import OWNER
from tests.deploy.made_up_tree import OPEN_ORDERS, ORDER_TOTAL, deployed, scalar

GRANTS = """GRANT SELECT, INSERT ON orders TO pg_monitor;
GRANT SELECT (coupon_code) ON coupons TO pg_monitor;
GRANT EXECUTE ON FUNCTION order_total(INT) TO pg_monitor;
"""
WIDE = [
    "ALTER DEFAULT PRIVILEGES{where} GRANT ALL ON TABLES TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES{where} GRANT SELECT ON TABLES TO pg_monitor WITH GRANT OPTION",
    "ALTER DEFAULT PRIVILEGES{where} GRANT EXECUTE ON FUNCTIONS TO pg_monitor",
    "ALTER DEFAULT PRIVILEGES{where} GRANT USAGE ON SEQUENCES TO PUBLIC",
]


def defaults(store):
    return store.execute(
        "SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl::TEXT FROM pg_default_acl"
    ).fetchall()


@pytest.mark.parametrize("where", ["", " IN SCHEMA store"])
@pytest.mark.parametrize("statement", WIDE)
def test_a_default_privilege_widens_nothing(tree, store, statement, where):
    """Neither the first deploy nor a rebuild; it stays as it is, and is drift."""
    tree.write("01_schema/020_numbers.sql", "CREATE SEQUENCE numbers;\n")
    store.execute("CREATE SCHEMA store")
    store.execute(statement.format(where=where))
    before = defaults(store)
    tree.deployed()
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("order_id, total", "total, order_id"))
    tree.write("03_procedures/010_order_total.sql", ORDER_TOTAL.replace("p_order_id", "p_id"))
    tree.deployed()
    assert defaults(store) == before
    granted = """SELECT count(*) FROM (
        SELECT relacl AS acl, relowner AS owner FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE
        UNION ALL SELECT proacl, proowner FROM pg_proc WHERE pronamespace = 'store'::REGNAMESPACE
    ) AS held CROSS JOIN LATERAL aclexplode(acl) WHERE grantee NOT IN (owner, 0) OR grantee = 0 AND
    privilege_type <> 'EXECUTE'"""
    assert scalar(store, granted) == 0
    found = tree.deploy("--verify", "--json").json["drift"]
    assert {one["object"] for one in found} == {"schema"}
    assert all(one["what"].startswith("default privilege ") for one in found)
    for one in found:
        store.execute(one["fix"])
    assert tree.deploy("--verify").exit_code == 0
    assert defaults(store) == []


def test_a_default_privilege_opens_no_schema(tree, store):
    """That a deploy makes."""
    store.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO pg_read_all_settings, PUBLIC")
    tree.deployed()
    assert scalar(store, "SELECT has_schema_privilege('store', 'CREATE')")
    for role in ("pg_read_all_settings", "public"):
        assert not scalar(store, "SELECT has_schema_privilege(%s, 'store', 'USAGE, CREATE')", [role])
    assert tree.deploy("--verify").exit_code == 0


def test_a_default_privilege_that_narrows_is_left_alone(tree, store):
    """It is no drift, and what a deploy makes is as ever."""
    store.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    before = defaults(store)
    tree.deployed()
    assert defaults(store) == before
    assert tree.deploy("--verify").exit_code == 0, tree.deploy("--verify").out


@deployed
def test_what_a_dba_granted_by_name_stays(tree, store):
    """Also where a default privilege says the same."""
    store.execute("GRANT SELECT ON open_orders TO pg_read_all_settings")
    store.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA store GRANT SELECT ON TABLES TO pg_read_all_settings")
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("order_id, total", "total, order_id"))
    tree.deployed()
    assert scalar(store, "SELECT has_table_privilege('pg_read_all_settings', 'open_orders', 'SELECT')")
    assert not scalar(store, "SELECT has_table_privilege('pg_read_all_settings', 'order_count', 'SELECT')")


REMARKS = {
    "04_views/010_open_orders.sql": "COMMENT ON VIEW open_orders IS 'All.';\nCOMMENT ON COLUMN open_orders.total IS 'Due.';\n",
    "03_procedures/010_order_total.sql": "COMMENT ON FUNCTION order_total(INTEGER) IS 'Due.';\n",
}


@pytest.mark.parametrize("path", REMARKS)
def test_a_comment_that_no_file_makes_any_more_is_taken_back(tree, store, path):
    """And no other: one that is laid out anew, told in other words or by another file, stays."""
    told = {path: (tree.root / "sql" / path).read_text() for path in REMARKS}
    for each, remarks in REMARKS.items():
        tree.write(each, told[each] + remarks)
    tree.deployed()
    comments = """SELECT array_agg(description ORDER BY description) FROM pg_description
        WHERE description IN ('All.', 'Due.', 'Owed.')"""
    assert scalar(store, comments) == ["All.", "Due.", "Due."]
    tree.write("03_procedures/010_order_total.sql", told["03_procedures/010_order_total.sql"])
    tree.write("04_views/010_open_orders.sql", told["04_views/010_open_orders.sql"])
    moved = "".join(REMARKS.values()).replace("(INTEGER)", "(int)").replace(" IS", "\n    IS").replace("Due", "Owed")
    tree.write("04_views/090_comments.sql", moved)
    assert tree.deploy("--plan", "--json").json["regrants"] == []
    tree.deployed()
    assert scalar(store, comments) == ["All.", "Owed.", "Owed."]
    (tree.root / "sql/04_views/090_comments.sql").unlink()
    tree.write(path, told[path] + REMARKS[path])
    planned, done = tree.deploy("--plan", "--json").json, tree.deploy("--json").json
    assert planned["regrants"] == done["regrants"] != []
    assert scalar(store, comments) == sorted(part for part in ("All.", "Due.") if part in REMARKS[path])
    outcome = tree.deploy("--verify")
    assert outcome.exit_code == 0, outcome.out


@pytest.mark.parametrize(
    "changed",
    [
        GRANTS.replace(", INSERT", ""),
        GRANTS.replace("SELECT, INSERT", "SELECT (total)"),
        GRANTS.replace("GRANT SELECT (coupon_code) ON coupons TO pg_monitor;\n", ""),
        GRANTS.replace("GRANT EXECUTE ON FUNCTION order_total(INT) TO pg_monitor;\n", ""),
        GRANTS.replace("orders TO pg_monitor", "orders TO pg_monitor WITH GRANT OPTION"),
        "-- none is left\n",
        None,
    ],
)
def test_a_grant_that_no_file_makes_any_more_is_taken_back(tree, store, changed):
    """What other files grant on the same object stays; strangers keep theirs."""
    tree.write("05_security/010_grants.sql", GRANTS)
    tree.write("05_security/020_more.sql", "GRANT SELECT (order_id) ON orders TO pg_monitor;\n")
    tree.deployed()
    store.execute("GRANT SELECT ON orders TO pg_read_all_settings")
    if changed is None:
        (tree.root / "sql/05_security/010_grants.sql").unlink()
    else:
        tree.write("05_security/010_grants.sql", changed)
    planned = tree.deploy("--plan", "--json").json
    done = tree.deployed("--json").json
    assert planned["regrants"] == done["regrants"] != []
    verified = tree.deploy("--verify")
    assert verified.exit_code == 0, verified.out
    assert scalar(store, "SELECT has_table_privilege('pg_read_all_settings', 'orders', 'SELECT')")
    assert scalar(store, "SELECT has_column_privilege('pg_monitor', 'orders', 'order_id', 'SELECT')")
    assert tree.deployed("--json").json["outcome"] == "unchanged"


def test_a_grant_that_others_hang_on_is_named(tree, store, superuser):
    """Who was given it on by its holder keeps it until a DBA decides: CASCADE is never said."""
    tree.write("05_security/010_grants.sql", "GRANT SELECT ON orders TO pg_monitor;\n")
    tree.deployed()
    store.execute("GRANT SELECT ON orders TO pg_monitor WITH GRANT OPTION; GRANT USAGE ON SCHEMA store TO pg_monitor")
    superuser.execute("SET ROLE pg_monitor; GRANT SELECT ON store.orders TO pg_read_all_stats; RESET ROLE")
    tree.write("05_security/010_grants.sql", "-- none\n")
    told = tree.deploy().err
    assert told.startswith("ERROR 2BP01: REVOKE SELECT ON TABLE orders FROM pg_monitor: dependent privileges exist\n")


def test_a_revoke_that_no_file_makes_any_more_is_undone(tree, store):
    """Everybody may execute a function again that no file takes from everybody."""
    revoke = "REVOKE EXECUTE ON FUNCTION order_total(INT) FROM PUBLIC;\n"
    tree.write("03_procedures/010_order_total.sql", ORDER_TOTAL + revoke)
    tree.deployed()
    tree.write("03_procedures/010_order_total.sql", ORDER_TOTAL)
    tree.deployed()
    assert scalar(store, "SELECT has_function_privilege('pg_monitor', 'order_total(int)', 'EXECUTE')")
    assert tree.deploy("--verify").exit_code == 0


@pytest.mark.parametrize(
    "right",
    [
        "REVOKE ALL ON coupons FROM PUBLIC",
        "REVOKE ALL ON FUNCTION order_total(INT) FROM PUBLIC, pg_monitor",
        "REVOKE INSERT ON orders FROM CURRENT_USER",
        "REVOKE SELECT (total) ON orders FROM pg_monitor",
        "GRANT SELECT ON coupons TO CURRENT_USER, pg_monitor",
        "GRANT EXECUTE ON FUNCTION order_total(INT) TO PUBLIC",
    ],
)
def test_what_postgresql_itself_gives_is_what_is_left(tree, right):
    """To the owner, and a function to everybody; nobody gets more by a line that goes."""
    tree.write("05_security/010_grants.sql", "GRANT SELECT (total) ON orders TO pg_monitor;\n")
    tree.write("05_security/020_more.sql", right + ";\n")
    tree.deployed()
    (tree.root / "sql/05_security/020_more.sql").unlink()
    planned = tree.deploy("--plan", "--json").json
    assert planned["regrants"] == tree.deployed("--json").json["regrants"]
    verified = tree.deploy("--verify")
    assert verified.exit_code == 0, verified.out


ALTERED = """CREATE FUNCTION stays() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER stays BEFORE TRUNCATE ON orders EXECUTE FUNCTION stays();
CREATE TRIGGER too BEFORE TRUNCATE ON orders EXECUTE FUNCTION stays();
"""


@pytest.mark.parametrize(
    ("change", "opposite"),
    [
        ("ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"),
        ("FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
        ("ENABLE ALWAYS TRIGGER stays", "ENABLE TRIGGER stays"),
        ("ENABLE REPLICA TRIGGER stays", "ENABLE TRIGGER stays"),
        ("DISABLE TRIGGER stays", "ENABLE TRIGGER stays"),
    ],
)
def test_an_alter_that_no_file_makes_any_more_is_undone(tree, change, opposite):
    """Of what one statement altered, only what no other file says too."""
    tree.write("01_schema/020_trigger.sql", ALTERED)
    tree.write("05_security/010_orders.sql", f"ALTER TABLE orders {change}, DISABLE TRIGGER too;\n")
    tree.deployed()
    assert tree.deploy("--verify").exit_code == 0
    tree.write("05_security/010_orders.sql", "ALTER TABLE orders DISABLE TRIGGER too;\n")
    planned = tree.deploy("--plan", "--json").json["regrants"]
    assert planned == [f"ALTER TABLE orders {opposite}"]
    assert tree.deployed("--json").json["regrants"] == planned
    verified = tree.deploy("--verify")
    assert verified.exit_code == 0, verified.out


PLANTED = [
    "format(TEXT, TEXT, TEXT)",
    "format(TEXT, TEXT)",
    "format(TEXT, NAME)",
    "format(TEXT, REGCLASS, TEXT)",
    "replace(TEXT, NAME, TEXT)",
    "quote_ident(NAME)",
    "hashtext(NAME)",
    "to_regclass(NAME)",
    "lower(NAME)",
    "concat_ws(TEXT, TEXT)",
    "concat_ws(TEXT, TEXT, TEXT)",
    "set_config(TEXT, TEXT, NAME)",
    "current_setting(NAME)",
    "pg_try_advisory_xact_lock(INT)",
]


@deployed
@pytest.mark.parametrize("mode", [[], ["--plan"], ["--verify"], ["--repair"], ["--status"]])
def test_a_planted_function_is_not_called_with_the_deployers_rights(tree, superuser, store, empty_database, mode):
    """By none of our own queries: whoever may create in the schema does not become a superuser."""
    superuser.execute("CREATE ROLE planter LOGIN")
    try:
        superuser.execute("GRANT USAGE, CREATE ON SCHEMA store TO planter")
        superuser.execute("SET ROLE planter")
        for name in PLANTED:
            returns = "BOOLEAN" if name.startswith("pg_try") else "REGCLASS" if "to_reg" in name else "TEXT"
            superuser.execute(
                f"CREATE FUNCTION store.{name} RETURNS {returns} LANGUAGE plpgsql AS $$"
                " BEGIN RAISE EXCEPTION 'called as %', current_user; END $$"
            )
        superuser.execute("RESET ROLE")
        tree.dsn = empty_database.dsn(None, search_path="store,pg_catalog")
        tree.write(
            "04_views/020_order_count.sql", "CREATE OR REPLACE VIEW order_count AS SELECT 7::BIGINT AS orders;\n"
        )
        outcome = tree.deploy("--role", OWNER, *mode)
        assert "called as" not in outcome.err + outcome.out
        assert outcome.exit_code in (0, 3), outcome.err
    finally:
        superuser.execute("RESET ROLE")
        superuser.execute("DROP OWNED BY planter CASCADE")
        superuser.execute("DROP ROLE planter")
