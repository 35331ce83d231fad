"""Whoever is in the way is waited for, in every mode, and named when the time is up."""

from datetime import timedelta

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.deploy.made_up_tree import OPEN_ORDERS, ORDERS, deployed, scalar, wait_until

CHANGED = OPEN_ORDERS.replace("order_id, total", "total, order_id")
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'deploy.py' AND wait_event_type = 'Lock'"


@deployed
@pytest.mark.parametrize("mode", [[], ["--plan"], ["--verify"], ["--repair"]])
def test_a_lock_is_waited_for_and_tried_again(tree, store, empty_database, mode):
    """Each try gives up before the server would end the application's transaction."""
    tree.write("04_views/010_open_orders.sql", CHANGED)
    with empty_database.connect() as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE open_orders, orders IN ACCESS EXCLUSIVE MODE")
        process = tree.start(*mode)
        seen = set()

        def waited_twice() -> bool:
            query = WAITS.replace("count(*)", "xact_start")
            seen.update(store.execute(query).fetchall())
            return len(seen) > 1

        wait_until(waited_twice, "it did not try again")
        other.execute("COMMIT")
    _, err = process.communicate()
    assert process.returncode in (0, 3), err
    assert err.startswith("Waiting: canceling statement due to lock timeout\n")


@deployed
def test_who_was_in_the_way_is_told(tree, store, empty_database):
    """Nothing has changed."""
    tree.write("04_views/010_open_orders.sql", CHANGED)
    with empty_database.connect() as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE open_orders IN ACCESS EXCLUSIVE MODE")
        outcome = tree.deploy("--wait", "0s")
        other.execute("COMMIT")
    assert outcome.exit_code == 1
    assert "DETAIL: Held up by pid " in outcome.err
    assert "LOCK TABLE open_orders IN ACCESS EXCLUSIVE MODE)" in outcome.err
    assert outcome.err.endswith("Rolled back: nothing has changed.\n")


@deployed
def test_of_a_superuser_in_the_way_as_much_is_told_as_may_be_seen(tree, superuser):
    """Which is that it is there."""
    tree.write("04_views/010_open_orders.sql", CHANGED)
    with superuser.transaction():
        superuser.execute("LOCK TABLE store.open_orders IN ACCESS EXCLUSIVE MODE")
        outcome = tree.deploy("--wait", "0s")
    pid, user = superuser.info.backend_pid, superuser.info.user
    told = f"DETAIL: Held up by pid {pid} (user {user}, application unnamed, of which this login may not see more)\n"
    assert told in outcome.err


@deployed
def test_a_transaction_that_waits_for_its_second_commit_is_told(tree, store):
    """It has no session that could be named."""
    tree.write("04_views/010_open_orders.sql", CHANGED)
    store.execute("BEGIN")
    store.execute("LOCK TABLE open_orders IN ACCESS EXCLUSIVE MODE")
    store.execute("PREPARE TRANSACTION 'left behind'")
    try:
        outcome = tree.deploy("--wait", "0s")
        assert outcome.exit_code == 1
        assert "the prepared transaction 'left behind' of store_owner, since 20" in outcome.err
    finally:
        store.execute("ROLLBACK PREPARED 'left behind'")
    tree.deployed()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("40P01", "deadlock detected"),
        ("40001", "could not serialize access due to concurrent update"),
        ("55P03", "could not obtain lock on row in relation"),
        ("XX000", "tuple concurrently updated"),
    ],
)
def test_what_the_server_ended_for_another_session_is_tried_again(tree, superuser, code, message):
    """A sequence remembers, across the roll-back, that it was tried."""
    superuser.execute("CREATE SEQUENCE public.tries")
    superuser.execute("GRANT ALL ON SEQUENCE public.tries TO store_owner")
    fails_once = f"IF nextval('public.tries') = 1 THEN RAISE EXCEPTION '{message}' USING ERRCODE = '{code}'; END IF;"
    tree.write("04_views/030_fails_once.sql", f"DO $$ BEGIN {fails_once} END $$;\n")
    assert tree.deployed().err.startswith(f"Waiting: {message}\n")
    assert scalar(superuser, "SELECT last_value FROM public.tries") == 2


@deployed
def test_later_tries_wait_longer_for_one_lock(tree):
    """Up to eight tenths of deadlock_timeout: readers whose turns are long would keep the first out for good."""
    tree.write("04_views/010_open_orders.sql", CHANGED)
    timeouts = []

    def try_again(store):
        timeouts.append(int(scalar(store.connection, "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'")))
        raise psycopg.errors.LockNotAvailable("busy") if len(timeouts) < 6 else psycopg.errors.DivisionByZero("enough")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("deployment.deploying.keep_others_out", try_again)
        assert tree.deploy().exit_code == 1
    assert timeouts == [300, 450, 675, 800, 800, 800]


def test_a_shorter_deadlock_timeout_is_kept_below(tree, superuser):
    """By the default, which gives way; what was asked for is refused."""
    superuser.execute("ALTER ROLE store_owner SET deadlock_timeout = '50ms'")
    noted = "CREATE TABLE waits AS SELECT current_setting('lock_timeout')::INTERVAL AS longest;\n"
    tree.write("01_schema/020_waits.sql", noted)
    try:
        tree.deployed()
        (longest,) = superuser.execute("SELECT longest FROM store.waits").fetchone()
        assert timedelta(0) < longest < timedelta(milliseconds=50)
        outcome = tree.deploy("--lock-timeout", "200ms")
        assert outcome.exit_code == 2
        assert "deadlock_timeout, 50ms" in outcome.err
    finally:
        superuser.execute("ALTER ROLE store_owner RESET deadlock_timeout")


def test_an_online_file_has_its_time(tree, store, superuser, empty_database):
    """Whatever statement_timeout, lock_timeout and idle_session_timeout the role or the database has."""
    tree.dsn = make_conninfo(empty_database.dsn(), options="")
    tree.deployed()
    superuser.execute("ALTER ROLE store_owner SET statement_timeout = '250ms'")
    superuser.execute("ALTER DATABASE test_empty SET lock_timeout = '250ms'")
    superuser.execute("ALTER DATABASE test_empty SET idle_session_timeout = '1s'")
    try:
        tree.write(
            "01_schema/020_index.sql",
            "-- deploy: online\nCREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n",
        )
        with empty_database.connect() as writer:
            writer.execute("SET statement_timeout = 0")
            writer.execute("BEGIN")
            writer.execute("INSERT INTO orders (total) VALUES (1)")
            process = tree.start()
            waited = (
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'"
                " AND clock_timestamp() - query_start > '1300ms'"
            )
            wait_until(lambda: scalar(superuser, waited) == 1, "it was not given 1300 ms")
            writer.execute("COMMIT")
        _, err = process.communicate()
        assert process.returncode == 0, err
        assert scalar(
            superuser, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'store.orders_total_idx'::REGCLASS"
        )
    finally:
        superuser.execute("ALTER ROLE store_owner RESET statement_timeout")


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("04_views/030_more.SQL", "sql/04_views/030_more.SQL"),
        ("04_views/notes.md", "sql/04_views/notes.md"),
        ("04_views/deeper/010_more.sql", "sql/04_views/deeper"),
        ("010_more.sql", "sql/010_more.sql"),
        ("extra/010_more.sql", "sql/extra/010_more.sql"),
    ],
)
def test_what_no_rule_covers_is_refused(tree, name, refused):
    """Not passed over."""
    tree.write(name, ORDERS)
    outcome = tree.deploy()
    assert outcome.exit_code == 2
    assert outcome.err.startswith(f"ERROR: {refused}: name it sql/NN_directory/NNN_name.sql")
