"""Who deploys, who owns the store, and which roles must be there: settled before anything else.

Roles belong to the whole cluster, so these tests have one of their own.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from embedded_server import EmbeddedServer
from tests.conftest import SERVER_SETTINGS, memory_file_system
from tests.deploy.made_up_tree import TREE, Tree, scalar

ROLES = ["shop_analyst", "shop_auditor", "shop_customer", "shop_staff"]
ROLES_FILE = """DO $roles$
DECLARE
    v_role NAME;
BEGIN
    FOREACH v_role IN ARRAY '{shop_customer,shop_staff,shop_analyst,shop_auditor}'::NAME[] LOOP
        BEGIN
            CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = v_role);
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END;
$roles$;
"""
READY = "".join(
    f" CREATE ROLE {name} NOLOGIN;" for name in ["shop_customer", "shop_staff", "shop_analyst", "shop_auditor"]
)


@pytest.fixture(scope="module")
def cluster(request):
    """Of the version that is asked for: what CREATEROLE gives is another thing since 16."""
    pg_ctl = request.config.getoption("postgresql_exec")
    with TemporaryDirectory(prefix="store-cluster-", dir=memory_file_system()) as directory:
        server = EmbeddedServer(Path(directory) / "pg", SERVER_SETTINGS, Path(pg_ctl).parent if pg_ctl else None)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def admin(cluster):
    """The superuser, in a cluster with two databases, two logins and no group role."""
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE ROLE maker LOGIN CREATEROLE")
        connection.execute("CREATE DATABASE one OWNER plain TEMPLATE template0 STRATEGY file_copy")
        connection.execute("CREATE DATABASE two OWNER maker TEMPLATE template0 STRATEGY file_copy")
        yield connection
        for database in ("one", "two"):
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")
        for role in [*ROLES, "plain", "maker"]:
            connection.execute(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
def tree(tmp_path, admin, cluster, capsys):
    made_up = Tree(tmp_path, cluster.dsn("one", user="plain"), capsys)
    for name, text in TREE.items():
        made_up.write(name, text)
    made_up.write("05_security/010_roles.sql", ROLES_FILE)
    return made_up


def group_roles(connection):
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'shop_%' ORDER BY 1")
    return [name for (name,) in rows]


def in_one(cluster, query):
    with psycopg.connect(cluster.dsn("one")) as connection:
        return scalar(connection, query)


def test_a_plain_owner_is_told_what_the_dba_must_run(tree, admin, cluster):
    """And has not begun; once the DBA has, the deploy succeeds."""
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "missing roles: shop_customer, shop_staff, shop_analyst, shop_auditor" in outcome.err
    assert f"HINT: Have a role with CREATEROLE run:{READY}\n" in outcome.err
    assert in_one(cluster, "SELECT to_regnamespace('store') IS NULL")
    admin.execute(READY)
    tree.deployed()


def test_a_group_role_that_a_release_adds(tree, admin, cluster):
    """As with the first four: the plain owner is told, the DBA makes it, and the next deploy grants to it."""
    admin.execute(READY)
    tree.deployed()
    tree.write(
        "05_security/010_roles.sql", "-- As shop_owner says.\n" + ROLES_FILE.replace("{shop", "{shop_packer,shop")
    )
    tree.write("05_security/090_packer.sql", "GRANT SELECT ON orders TO shop_packer;\n")
    for mode in ("--verbose", "--plan"):
        outcome = tree.deploy(mode)
        assert outcome.exit_code == 1
        assert "missing roles: shop_packer (this login lacks CREATEROLE)" in outcome.err
        assert "run: CREATE ROLE shop_packer NOLOGIN;\n" in outcome.err
    plain, tree.dsn = tree.dsn, cluster.dsn("one")
    tree.deployed("--roles", "create")
    assert "shop_packer" in group_roles(admin)
    tree.dsn = plain
    tree.deployed()
    assert in_one(cluster, "SELECT has_table_privilege('shop_packer', 'store.orders', 'SELECT')")
    admin.execute("DROP DATABASE one WITH (FORCE)")
    admin.execute("DROP ROLE shop_packer")
    admin.execute("CREATE DATABASE one OWNER plain TEMPLATE template0 STRATEGY file_copy")


def test_a_login_with_createrole_makes_them(tree, admin, cluster):
    """It needs no more than that."""
    tree.dsn = cluster.dsn("two", user="maker")
    tree.deployed()
    assert group_roles(admin) == ROLES


def test_roles_require_makes_none(tree, admin, cluster):
    """Although the login could."""
    tree.dsn = cluster.dsn("two", user="maker")
    outcome = tree.deploy("--roles", "require")
    assert outcome.exit_code == 1
    assert "(--roles require)" in outcome.err
    assert group_roles(admin) == []


def test_roles_create_makes_them_and_nothing_else(tree, admin, cluster):
    """What a DBA runs once, for owners who may not."""
    owner, tree.dsn = tree.dsn, cluster.dsn("one")
    tree.deployed("--roles", "create")
    assert group_roles(admin) == ROLES
    assert in_one(cluster, "SELECT to_regnamespace('store') IS NULL")
    tree.dsn = owner
    tree.deployed()


@pytest.mark.parametrize("power", ["LOGIN", "SUPERUSER", "BYPASSRLS"])
def test_a_group_role_with_powers_is_refused(tree, admin, power):
    """It is the whole cluster's, so it is not altered, but named with the cure."""
    admin.execute(READY)
    admin.execute(f"ALTER ROLE shop_staff {power}")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert f"role shop_staff has {power}, which a group role must not have" in outcome.err
    assert f"ALTER ROLE shop_staff NO{power};" in outcome.err


def test_a_superuser_deploys_for_the_owner(tree, admin, cluster):
    """Everything is the owner's, the missing roles are made by the login."""
    tree.dsn = cluster.dsn("one")
    tree.deployed("--role", "plain")
    owners = """SELECT array_agg(DISTINCT owner::REGROLE::TEXT) FROM (
        SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE
        UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'store'::REGNAMESPACE
        UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'store'
    ) AS owned"""
    assert in_one(cluster, owners) == ["plain"]
    assert group_roles(admin) == ROLES


def test_a_login_that_only_may_become_the_owner(tree, admin, cluster):
    """It inherits nothing; every mode acts as the owner."""
    admin.execute(READY)
    admin.execute("ALTER ROLE maker NOINHERIT NOCREATEROLE")
    admin.execute("GRANT plain TO maker")
    tree.dsn = cluster.dsn("one", user="maker")
    for mode in ([], ["--status"], ["--plan"], ["--verify"], ["--repair"]):
        outcome = tree.deploy("--role", "plain", *mode)
        assert outcome.exit_code == 0, outcome.out + outcome.err


def test_a_login_that_is_the_owner_from_its_first_moment(tree, admin, cluster):
    """By ALTER ROLE … SET role; that it makes the group roles as itself is no reason to go on so."""
    admin.execute("GRANT plain TO maker")
    admin.execute("ALTER ROLE maker SET role = plain")
    tree.dsn = cluster.dsn("one", user="maker")
    for mode in ([], ["--status"], ["--plan"], ["--verify"], ["--repair"]):
        outcome = tree.deploy(*mode)
        assert outcome.exit_code == 0, outcome.out + outcome.err
    assert group_roles(admin) == ROLES
    assert in_one(cluster, "SELECT nspowner::REGROLE::TEXT FROM pg_namespace WHERE nspname = 'store'") == "plain"


@pytest.mark.parametrize("login", ["maker", "postgres"])
def test_online_files_act_as_the_owner_too(tree, admin, cluster, login):
    """What a check calls must not run with a superuser's powers; nor need the login inherit any."""
    admin.execute(READY)
    admin.execute("ALTER ROLE maker NOINHERIT NOCREATEROLE")
    admin.execute("GRANT plain TO maker")
    tree.dsn = cluster.dsn("one", user=login)
    tree.deployed("--role", "plain")
    tree.write(
        "01_schema/020_checked.sql",
        "CREATE FUNCTION acts_as_plain(p_any NUMERIC) RETURNS BOOLEAN LANGUAGE plpgsql\n"
        "AS $$ BEGIN RETURN current_user = 'plain'; END $$;\n"
        "INSERT INTO orders (total) VALUES (1);\n"
        "ALTER TABLE orders ADD CONSTRAINT checked CHECK (acts_as_plain(total)) NOT VALID;\n",
    )
    tree.write(
        "01_schema/030_validate.sql",
        "-- deploy: online\nALTER TABLE orders VALIDATE CONSTRAINT checked;\n",
    )
    tree.write(
        "01_schema/040_index.sql",
        "-- deploy: online\nCREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n",
    )
    tree.deployed("--role", "plain")
    assert in_one(cluster, "SELECT convalidated FROM pg_constraint WHERE conname = 'checked'")
    owner = "SELECT relowner::REGROLE::TEXT FROM pg_class WHERE relname = 'orders_total_idx'"
    assert in_one(cluster, owner) == "plain"
    assert tree.deploy("--role", "plain", "--verify").exit_code == 0


def test_another_owners_store_is_left_alone(tree, cluster, admin):
    """Even a superuser must say --role, else half the store would become its own."""
    admin.execute(READY)
    tree.deployed()
    tree.dsn = cluster.dsn("one")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "schema store belongs to plain, not to postgres" in outcome.err
    assert "--role plain" in outcome.err
    tree.deployed("--role", "plain")


def test_a_login_that_may_not_make_the_schema(tree, cluster, admin):
    """It is told what to have run."""
    admin.execute(READY)
    tree.dsn = cluster.dsn("two", user="plain")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "permission denied for database two" in outcome.err
    assert "CREATE SCHEMA store AUTHORIZATION plain;" in outcome.err


@pytest.mark.parametrize("role", ["postgres", "nobody_knows"])
def test_a_role_that_cannot_be_taken(tree, admin, role):
    """No traceback, nothing done."""
    admin.execute(READY)
    outcome = tree.deploy("--role", role)
    assert outcome.exit_code == 1
    assert role in outcome.err
    assert "Traceback" not in outcome.err
    if role == "postgres":
        assert "HINT: Connect as postgres, or as a login that may become it." in outcome.err


@pytest.mark.parametrize("mode", ["--plan", "--wait=1s"])
def test_roles_require_is_foretold(tree, mode):
    """By the error the deploy ends with."""
    outcome = tree.deploy("--roles", "require", mode)
    assert outcome.exit_code == 1
    assert outcome.err.startswith("ERROR: missing roles: shop_customer, ")


def test_two_databases_of_one_cluster_at_once(tree, admin, cluster):
    """Both make the roles; neither fails."""
    admin.execute("ALTER ROLE plain CREATEROLE")
    other = Tree(tree.root, cluster.dsn("two", user="maker"), tree.capsys)
    processes = [tree.start(), other.start()]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert group_roles(admin) == ROLES


GRANTS = """ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON orders TO shop_staff;
CREATE POLICY orders_read ON orders FOR SELECT TO shop_staff, pg_monitor USING (TRUE);
"""


def test_roles_that_are_gone_are_made_again(tree, admin, cluster):
    """With all that the files grant them; the file that makes them has not changed."""
    tree.dsn = cluster.dsn("two", user="maker")
    tree.write("05_security/020_orders.sql", GRANTS)
    tree.deployed()
    with psycopg.connect(cluster.dsn("two"), autocommit=True) as superuser:
        for role in ROLES:
            superuser.execute(f"DROP OWNED BY {role}")
    for role in ROLES:
        admin.execute(f"DROP ROLE {role}")
    planned = tree.deploy("--plan")
    assert "sql/05_security/010_roles.sql (role shop_customer is new)\n" in planned.out
    assert "sql/05_security/020_orders.sql (role shop_staff is new)\n" in planned.out
    tree.deployed()
    assert group_roles(admin) == ROLES
    assert tree.deploy("--verify").exit_code == 0, tree.deploy("--verify").out


def test_roles_that_are_gone_and_may_not_be_made(tree, admin):
    """The statement for the DBA, and nothing else."""
    admin.execute(READY)
    tree.deployed()
    admin.execute("DROP ROLE shop_auditor")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "HINT: Have a role with CREATEROLE run: CREATE ROLE shop_auditor NOLOGIN;\n" in outcome.err


def test_an_owner_whose_name_needs_quotes(tree, cluster, admin):
    """The statement for the DBA runs as it is printed."""
    admin.execute(READY)
    admin.execute('CREATE ROLE "The Owner" LOGIN')
    try:
        tree.dsn = cluster.dsn("two", user="The%20Owner")
        outcome = tree.deploy()
        (ready,) = [line for line in outcome.err.splitlines() if line.startswith("HINT: Have a superuser run: ")]
        assert ready.endswith('CREATE SCHEMA store AUTHORIZATION "The Owner";')
        with psycopg.connect(cluster.dsn("two"), autocommit=True) as superuser:
            superuser.execute(ready.removeprefix("HINT: Have a superuser run: "))
        tree.deployed()
        tree.dsn = cluster.dsn("two")
        assert "HINT: Do it as its owner: --role 'The Owner'\n" in tree.deploy().err
        tree.deployed("--role", "The Owner")
    finally:
        with psycopg.connect(cluster.dsn("two"), autocommit=True) as superuser:
            superuser.execute('DROP OWNED BY "The Owner" CASCADE')
        admin.execute('DROP ROLE "The Owner"')
