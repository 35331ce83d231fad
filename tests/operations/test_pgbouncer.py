"""Through pgbouncer in transaction mode: nobody inherits another's identity, and deploy.py works."""

import os
import subprocess
from configparser import ConfigParser
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.database import LOGINS, OWNER, PASSWORD
from tests.operations.manual import blocks
from tests.operations.servers import eventually
from tests.security.tokens import KEY_ID, SECRET, token
from tests.templates import run_deploy

pytestmark = pytest.mark.needs_extensions  # Debian's pgbouncer

PROGRAM = Path("/usr/sbin/pgbouncer")
IDENTIFY = "SELECT set_config('app.session_token', %s, true)"
WHO = "SELECT pg_backend_pid(), current_customer_id(), count(*) FROM orders"


@pytest.fixture
def bouncer(directory, database):
    """pgbouncer as the page sets it up, with one connection to the server for all; how to reach it."""
    server = conninfo_to_dict(database.dsn(None))
    settings = ConfigParser(interpolation=None)
    settings.read_string(blocks("Pool connections", "ini")[0])
    settings["databases"] = {"shop": f"host={server['host']} port={server['port']} dbname={database.name}"}
    settings["pgbouncer"].update({
        "listen_addr": "",
        "listen_port": "6432",
        "unix_socket_dir": str(directory),
        "auth_type": "trust",
        "auth_file": str(directory / "userlist.txt"),
        "default_pool_size": "1",
        "admin_users": OWNER,
    })  # fmt: skip
    with open(directory / "pgbouncer.ini", "w") as file:
        settings.write(file)
    users = "".join(f'"{name}" "{PASSWORD}"\n' for name in [OWNER, *LOGINS.values()])
    (directory / "userlist.txt").write_text(users)
    owner, as_user = os.stat(directory), {}
    if os.geteuid() == 0:  # it refuses to run as root
        as_user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    with open(directory / "log", "w+") as log:
        process = subprocess.Popen([PROGRAM, directory / "pgbouncer.ini"], cwd="/", stdout=log, stderr=log, **as_user)
        try:
            eventually(lambda: (directory / ".s.PGSQL.6432").exists() or process.poll() is not None)
            assert process.poll() is None, (directory / "log").read_text()
            yield {"host": str(directory), "port": 6432, "dbname": "shop"}
        finally:
            process.terminate()
            process.wait()


@pytest.fixture
def through(bouncer, superuser, database):
    """Connect through it as a login in `role`; the store is on its path as the page says."""
    for login in [OWNER, *LOGINS.values()]:
        superuser.execute(f"ALTER ROLE {login} IN DATABASE {database.name} SET search_path = store, pg_temp")
    connections = []

    def through(role):
        # Debian's pgbouncer knows nothing of prepared statements.
        user = LOGINS.get(role, role)
        connections.append(psycopg.connect(**bouncer, user=user, autocommit=True, prepare_threshold=None))
        return connections[-1]

    yield through
    for connection in connections:
        connection.close()


def test_a_token_ends_with_its_transaction(seeded_store, through):
    """Three clients take turns on one connection of the server; who says nothing is nobody."""
    seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    clients = [through("shop_customer") for _ in range(3)]
    pids = set()
    for _ in range(4):
        for customer, client in enumerate(clients, start=1):
            with client.transaction():
                client.execute(IDENTIFY, [token(claims={"customer_id": customer})])
                pid, who, orders = client.execute(WHO).fetchone()
                assert (who, orders) == (customer, orders_of(seeded_store, customer))
            stranger = clients[customer % 3]
            assert stranger.execute(WHO).fetchone() == (pid, None, 0)
            pids.add(pid)
    assert len(pids) == 1


def test_without_tokens_too(seeded_store, through):
    """Set for the transaction, app.customer_id is gone after it; set for the session, the next client has it."""
    first, second = through("shop_customer"), through("shop_customer")
    with first.transaction():
        first.execute("SELECT set_config('app.customer_id', %s, true)", ["2"])
        assert first.execute(WHO).fetchone()[1:] == (2, orders_of(seeded_store, 2))
    assert second.execute(WHO).fetchone()[1:] == (None, 0)
    first.execute("SELECT set_config('app.customer_id', %s, false)", ["2"])
    assert second.execute(WHO).fetchone()[1:] == (2, orders_of(seeded_store, 2))


def test_whoever_is_connected_is_led_to_where_the_store_has_moved(bouncer, through, directory, superuser, database):
    """Its list of databases is written anew, and reloaded; a transaction that is under way ends where it began."""
    shopper, where = through("shop_customer"), "SELECT current_database()"
    settings = directory / "pgbouncer.ini"
    superuser.execute("CREATE DATABASE moved_to")
    try:
        with shopper.transaction():
            assert shopper.execute(where).fetchone() == (database.name,)
            settings.write_text(settings.read_text().replace(f"dbname={database.name}", "dbname=moved_to"))
            with psycopg.connect(**bouncer | {"dbname": "pgbouncer"}, user=OWNER, autocommit=True) as console:
                console.execute("RELOAD")
            assert shopper.execute(where).fetchone() == (database.name,)
        assert shopper.execute(where).fetchone() == ("moved_to",)
    finally:
        superuser.execute("DROP DATABASE moved_to WITH (FORCE)")


def test_a_path_in_the_connections_options_is_refused(through, bouncer):
    """Which is why the login brings it."""
    assert through("shop_staff").execute("SHOW search_path").fetchone() == ("store, pg_temp",)
    with pytest.raises(psycopg.OperationalError, match="options"):
        psycopg.connect(**bouncer, user=LOGINS["shop_staff"], options="-csearch_path=store")


def test_an_order_from_quote_to_parcel(seeded_store, through):
    """A shopper's and the staff's functions, each in a transaction of its own."""
    shopper, staff = through("shop_customer"), through("shop_staff")
    items = '[{"product_id": 5, "quantity": 1}]'
    with shopper.transaction():
        shopper.execute("SELECT set_config('app.customer_id', %s, true)", ["2"])
        total = shopper.execute("SELECT total FROM quote_order(%s) LIMIT 1", [items]).fetchone()[0]
        order = shopper.execute("SELECT place_order(2, %s, 'pooled')", [items]).fetchone()[0]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shopper.execute("SELECT place_order(2, %s)", [items])
    staff.execute("SELECT record_payment(%s, 'stripe', 'ch_pooled', %s)", [order, total])
    staff.execute("SELECT ship_order(%s, 'DHL', 'X1')", [order])
    assert staff.execute("SELECT status FROM orders WHERE order_id = %s", [order]).fetchone() == ("shipped",)
    events = staff.execute("SELECT action FROM read_order_events('pooled', 1000) WHERE order_id = %s", [order])
    assert events.fetchall() == [("placed",), ("payment",), ("paid",), ("shipped",)]
    assert seeded_store.execute("SELECT * FROM integrity_violations").fetchall() == []


def test_deploy_through_it(store, bouncer, superuser):
    """A second store, then nothing to do; no lock and no session setting is left on the connection."""
    dsn = make_conninfo(**bouncer, user=OWNER)
    run_deploy("--dsn", dsn, "--schema", "pooled")
    run_deploy("--dsn", dsn, "--schema", "pooled", "--plan")
    run_deploy("--dsn", dsn, "--schema", "pooled")
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as owner:
        pid, path, lock_timeout = owner.execute(
            "SELECT pg_backend_pid(), current_setting('search_path'), current_setting('lock_timeout')"
        ).fetchone()
        assert (path, lock_timeout) == ('"$user", public', "0")
        assert owner.execute("SELECT * FROM pooled.integrity_violations").fetchall() == []
    locks = "SELECT * FROM pg_locks WHERE pid = %s"
    assert superuser.execute(locks, [pid]).fetchall() == []


def orders_of(owner, customer):
    """How many orders a customer has."""
    return owner.execute("SELECT count(*) FROM orders WHERE customer_id = %s", [customer]).fetchone()[0]
