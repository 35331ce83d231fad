"""All of a deploy or nothing of it, whoever else deploys and whatever ends it."""

from tests.deploy.made_up_tree import TREE, deployed, relations, scalar, wait_until

LEDGER = {"deployed_files", "deployed_objects", "deploy_log"}
ALL = {"orders", "coupons", "open_orders", "order_count", *LEDGER}
SLOW = "SELECT pg_sleep(600);\n"
IS_ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'"


def test_the_second_deploy_has_nothing_to_do(tree, store):
    """It says so, and writes nothing."""
    assert len(tree.deployed("--json").applied) == len(TREE)
    snapshot = "SELECT pg_current_snapshot()"
    for _ in range(3):  # autovacuum may take a transaction number meanwhile, but hardly each time
        before = scalar(store, snapshot)
        outcome = tree.deployed()
        assert outcome.out.startswith("Nothing to do: 4 files are as deployed.\n")
        if is_quiet := scalar(store, snapshot) == before:
            break
    assert is_quiet, "it took a transaction number"
    assert scalar(store, "SELECT count(*) FROM deploy_log") == 1


def test_two_at_once_both_succeed_and_one_does_the_work(tree, store):
    """The other waits, then finds nothing to do."""
    outcomes = [process.communicate() for process in (tree.start(), tree.start())]
    assert sorted(out.split(" ")[0] for out, _ in outcomes) == ["Deployed", "Nothing"]
    assert scalar(store, "SELECT count(*) FROM deploy_log") == 1


def test_twenty_at_once_all_succeed(tree, store):
    """However many: one entry in the log."""
    processes = tree.start(times=20)
    out, err = processes.communicate()
    assert processes.returncode == 0, err
    assert len(out.splitlines()) >= 20
    assert scalar(store, "SELECT count(*) FROM deploy_log") == 1
    assert relations(store) == ALL


def test_killed_half_way_nothing_is_there_and_the_next_deploy_does_all(tree, store, superuser):
    """SIGKILL in the middle of a statement: its session lets go by itself."""
    slow = tree.write("02_analytics/010_slow.sql", SLOW)
    process = tree.start()
    wait_until(lambda: scalar(superuser, IS_ASLEEP) == 1, "the slow file never ran")
    process.kill()
    process.communicate()
    assert relations(store) == set()

    slow.unlink()
    tree.deployed()

    assert scalar(superuser, IS_ASLEEP) == 0
    assert relations(store) == ALL


def test_a_session_that_is_ended_is_told_in_a_line(tree, superuser, store):
    """As a DBA's pg_terminate_backend or a restart of the server does."""
    tree.write("02_analytics/010_slow.sql", SLOW)
    process = tree.start()
    wait_until(lambda: scalar(superuser, IS_ASLEEP) == 1, "the slow file never ran")
    superuser.execute(IS_ASLEEP.replace("count(*)", "pg_terminate_backend(pid)"))
    _, err = process.communicate()
    assert process.returncode == 1
    assert err.startswith("sql/02_analytics/010_slow.sql:1: ERROR 57P01: ")
    assert "Traceback" not in err
    assert relations(store) == set()


@deployed
def test_whoever_holds_a_lock_is_named_and_nothing_is_left(tree, store, empty_database):
    """A reader of a table the deploy must alter: tried again until --wait is over."""
    tree.write("01_schema/020_notes.sql", "CREATE TABLE notes (note TEXT);\n")
    tree.write("01_schema/030_orders_note.sql", "ALTER TABLE orders ADD COLUMN note TEXT;\n")
    with empty_database.connect(application_name="nightly-report") as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT FROM orders")

        outcome = tree.deploy("--wait", "5s", "--lock-timeout", "50ms")

        assert outcome.exit_code == 1
        told = outcome.err.splitlines()
        assert "sql/01_schema/030_orders_note.sql:1: ERROR 55P03: " in outcome.err
        assert f"DETAIL: Held up by pid {reader.info.backend_pid} (user store_owner" in outcome.err
        assert "application nightly-report" in outcome.err
        assert "SELECT FROM orders" in outcome.err
        assert sum(line.startswith("Waiting: ") for line in told) == 1
        assert "notes" not in relations(store)
        reader.execute("ROLLBACK")
    assert tree.deployed("--json").applied == [
        "01_schema/020_notes.sql",
        "01_schema/030_orders_note.sql",
    ]


def test_a_deploy_that_cannot_get_its_turn_names_the_one_that_runs(tree, superuser):
    """Also after --wait, and without a lock that the other could run into."""
    tree.write("02_analytics/010_slow.sql", SLOW)
    process = tree.start()
    wait_until(lambda: scalar(superuser, IS_ASLEEP) == 1, "the slow file never ran")
    outcome = tree.deploy("--wait", "300ms")
    process.kill()
    process.communicate()
    assert outcome.exit_code == 1
    assert "another deploy of schema store is still running" in outcome.err
    assert "application deploy.py" in outcome.err


def test_two_stores_in_one_database_do_not_wait_for_each_other(tree, superuser, store):
    """The lock is the schema's."""
    slow = tree.write("02_analytics/010_slow.sql", SLOW)
    process = tree.start()
    wait_until(lambda: scalar(superuser, IS_ASLEEP) == 1, "the slow file never ran")
    slow.unlink()
    tree.deployed("--schema", "second", "--wait", "0s")
    process.kill()
    process.communicate()
    assert scalar(store, "SELECT to_regclass('second.orders') IS NOT NULL")
