"""Through a pooler in transaction mode, where each transaction may be another server session."""

import os
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.database import OWNER
from tests.deploy.made_up_tree import DEADLINE, Tree, relations, scalar

INDEX = "-- deploy: online\nCREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n"


@pytest.fixture(params=["", "ignore_startup_parameters = options\n"], ids=["strict", "lenient"])
def pooler(request, empty_database):
    """Debian's pgbouncer before the test's database; its connection string."""
    behind = conninfo_to_dict(empty_database.dsn(search_path="public"))
    target, superuser = target_of(empty_database, OWNER), target_of(empty_database, None)
    owner = os.stat(behind["host"]).st_uid if Path(behind["host"]).is_dir() else 65534
    with TemporaryDirectory(prefix="store-pooler-") as directory:
        if os.geteuid() == 0:
            os.chown(directory, owner, -1)
        settings = Path(directory) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\ntest_empty = {target}\nas_superuser = {superuser}\n"
            "[pgbouncer]\npool_mode = transaction\n"
            f"auth_type = any\nunix_socket_dir = {directory}\nlisten_port = 6432\n"
            f"default_pool_size = 3\n{request.param}"
        )
        settings.chmod(0o644)
        as_user = {"user": owner, "group": owner, "extra_groups": []} if os.geteuid() == 0 else {}
        process = subprocess.Popen(["/usr/sbin/pgbouncer", "-q", settings], stderr=subprocess.PIPE, **as_user)
        dsn = f"host={directory} port=6432 dbname=test_empty user=anybody"
        given_up_at = time.monotonic() + DEADLINE
        while not (Path(directory) / ".s.PGSQL.6432").exists():
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < given_up_at, "pgbouncer did not start"
        yield dsn
        process.terminate()
        process.communicate()


def target_of(database, role: str | None) -> str:
    """Where pgbouncer connects to, as whom."""
    settings = conninfo_to_dict(database.dsn(role, search_path="public"))
    settings.pop("options")
    return " ".join(f"{name}={value}" for name, value in settings.items())


@pytest.mark.needs_extensions
def test_a_deploy_through_it_leaves_no_trace_in_its_sessions(pooler, tree, store):
    """No lock, no setting; an online file too."""
    tree = Tree(tree.root, pooler, tree.capsys)
    tree.deployed()
    tree.write("01_schema/020_orders_total_idx.sql", INDEX)
    assert tree.deployed("--json").applied == ["01_schema/020_orders_total_idx.sql"]
    assert tree.deploy("--verify").exit_code == 0
    assert tree.deployed("--json").json["outcome"] == "unchanged"
    assert "orders" in relations(store)
    assert scalar(store, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    with psycopg.connect(pooler, autocommit=True) as session:
        assert scalar(session, "SELECT current_user = session_user")
        for setting in ("search_path", "lock_timeout", "client_connection_check_interval"):
            changed = "SELECT setting <> reset_val FROM pg_settings WHERE name = %s"
            assert not scalar(session, changed, [setting])


@pytest.mark.needs_extensions
def test_an_online_file_as_another_role_is_refused_there(pooler, tree, store):
    """Before anything has changed: a role set there would stay for whoever comes next."""
    tree = Tree(tree.root, pooler.replace("dbname=test_empty", "dbname=as_superuser"), tree.capsys)
    tree.deployed("--role", OWNER)
    tree.write("01_schema/020_orders_total_idx.sql", INDEX)
    tree.write("04_views/010_open_orders.sql", "DROP VIEW open_orders;\n")
    outcome = tree.deploy("--role", OWNER)
    assert outcome.exit_code == 1
    first, hint, what_stands = outcome.err.splitlines()
    assert first.startswith(
        f"sql/01_schema/020_orders_total_idx.sql: ERROR: it needs a session of its own as {OWNER}, with role set, and got none: "
    )
    assert hint == f"HINT: Connect as {OWNER}, or to the server itself, not to a pooler."
    assert what_stands == "Rolled back: nothing has changed."
    assert "open_orders" in relations(store)
    tree.dsn = pooler
    tree.deployed()
