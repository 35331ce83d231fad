"""What a deploy says of itself when it ends is true: nothing changed, committed, or unknown."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

import deploy
from deployment.report import Report
from embedded_server import EmbeddedServer
from tests.conftest import memory_file_system
from tests.deploy.made_up_tree import BUILDING, OPEN_ORDERS, TREE, Tree, deployed, relations, scalar, wait_until

NOTHING = "Rolled back: nothing has changed.\n"
UNKNOWN = "Whether it was committed is unknown: run again, which does what is left to do.\n"
INDEX = "-- deploy: online\nCREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n"
ONLINE = "01_schema/020_orders_total_idx.sql"
# Ten places of a deploy, in the order in which it comes to them: where Ctrl-C falls.
PLACES = [
    "open_store",
    "read_tree",
    "keep_others_out",
    "read_ledger",
    "decide",
    "apply",
    "run_file",
    "settle",
    "log",
    "session_beside",
]


MODULES = ["deployment.deploying", "deployment.applying", "deployment.repairing"]


@pytest.fixture
def interrupted(monkeypatch):
    """Ctrl-C as soon as deploy.py comes to the function of that name."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    def interrupted(name):
        for module in map(sys.modules.get, ["deploy", *MODULES]):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, interrupt)

    return interrupted


@pytest.mark.parametrize("place", PLACES)
def test_ctrl_c_before_the_commit(tree, store, interrupted, place):
    """Nothing has changed, and nothing else is said."""
    interrupted(place)
    outcome = tree.deploy("--json")
    assert outcome.exit_code == 1
    assert outcome.json["outcome"] == "nothing changed"
    assert "apply" not in {file["action"] for file in outcome.json["files"]}
    assert outcome.json["error"]["message"] == "interrupted"
    assert relations(store) == set()
    before_anything = place in PLACES[:2]
    assert tree.deploy().err == "ERROR: interrupted\n" + ("" if before_anything else NOTHING)


@deployed
@pytest.mark.parametrize("mode", ["--plan", "--verify", "--status"])
def test_ctrl_c_where_nothing_is_changed_anyway(tree, interrupted, mode):
    for name in ("plan", "verify", "show_status"):
        interrupted(name)
    assert tree.deploy(mode).err == "ERROR: interrupted\n"


REPAIRING = ["begin_alone", "read_ledger", "decide", "apply", "heal", "remember_all", "log", "compare"]
ADOPTING = ["begin_alone", "read_ledger", "fill", "compare", "record", "remember_all", "log"]


@deployed
@pytest.mark.parametrize(
    ("mode", "place"), [("--repair", place) for place in REPAIRING] + [("--adopt", place) for place in ADOPTING]
)
def test_ctrl_c_in_the_other_modes_that_change_something(tree, store, interrupted, mode, place):
    """Before the commit, wherever it falls, nothing has changed."""
    if mode == "--repair":
        store.execute("DROP VIEW order_count")
    else:
        store.execute("DROP TABLE deployed_files, deploy_log, deployed_objects; DROP FUNCTION refuse_deploy_log_change")
    before = relations(store)
    interrupted(place)
    assert tree.deploy(mode).err == "ERROR: interrupted\n" + NOTHING
    assert relations(store) == before


@deployed
@pytest.mark.parametrize("mode", ["--repair", "--adopt"])
def test_ctrl_c_after_their_commit(tree, store, monkeypatch, mode):
    """What they did stands, and that is said."""
    if mode == "--repair":
        store.execute("DROP VIEW order_count")
    else:
        store.execute("DROP TABLE deployed_files, deploy_log, deployed_objects; DROP FUNCTION refuse_deploy_log_change")

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Report, "finish", interrupt)
    outcome = tree.deploy(mode)
    assert outcome.exit_code == 1
    assert outcome.err == "ERROR: interrupted\nWhat came before is committed.\n"
    assert {"order_count", "deployed_files"} <= relations(store)


@pytest.mark.parametrize("mode", ["deploy", "--repair", "--adopt", "--roles create"])
def test_a_connection_that_is_lost_during_commit(tree, store, superuser, monkeypatch, mode):
    """In every mode that commits: nobody can know what has become of it."""
    if mode in ("--repair", "--adopt"):
        tree.deployed()
    if mode == "--adopt":
        store.execute("DROP TABLE deployed_files, deploy_log, deployed_objects; DROP FUNCTION refuse_deploy_log_change")
    execute = psycopg.Connection.execute

    def lose(connection, query, *arguments, **settings):
        if query == "COMMIT":
            execute(superuser, "SELECT pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])
        return execute(connection, query, *arguments, **settings)

    monkeypatch.setattr(psycopg.Connection, "execute", lose)
    outcome = tree.deploy(*([] if mode == "deploy" else mode.split()))
    monkeypatch.undo()
    assert outcome.exit_code == 1
    assert outcome.err.endswith("ERROR: the connection was lost during COMMIT\n" + UNKNOWN)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_during_commit_is_heard_after_it(tree, store, monkeypatch, number):
    """Whether it went through is then known, and said."""
    commit = psycopg.Connection.execute

    def execute(connection, query, *arguments, **settings):
        if query == "COMMIT":
            os.kill(os.getpid(), number)
        return commit(connection, query, *arguments, **settings)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)
    outcome = tree.deploy()
    monkeypatch.undo()
    assert outcome.exit_code == 1
    assert outcome.err == "ERROR: interrupted\nWhat came before is committed.\n"
    assert "orders" in relations(store)


def test_whoever_ends_it_is_told_what_has_become_of_it(empty_database, store):
    """SIGTERM is what a container, a scheduler or `timeout` sends."""
    store.execute("SELECT pg_advisory_lock(hashtext('deploy.py'), hashtext('store'))")
    command = [sys.executable, deploy.__file__, "--dsn", empty_database.dsn()]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "Waiting: another deploy of schema store is still running\n"
    process.terminate()
    assert process.communicate()[1] == "ERROR: interrupted\n" + NOTHING
    assert process.returncode == 1


@deployed
def test_ctrl_c_while_an_online_file_runs(tree, store, empty_database):
    """The rest is committed; it is said what is left to do, and the next deploy does it."""
    tree.write(ONLINE, INDEX)
    tree.write("04_views/010_open_orders.sql", OPEN_ORDERS.replace("total FROM", "total, 1 AS one FROM"))
    with empty_database.connect() as writer:
        writer.execute("BEGIN")
        writer.execute("INSERT INTO orders (total) VALUES (1)")
        process = tree.start()
        wait_until(lambda: scalar(store, BUILDING) == 1, "the index build never began")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        writer.execute("COMMIT")
    assert process.returncode == 1
    assert err.endswith(f"ERROR: interrupted\nWhat came before is committed. Still to do: sql/{ONLINE}. Run again.\n")
    assert scalar(store, "SELECT sum(one) FROM open_orders") == 1
    assert tree.deployed("--json").applied == [ONLINE]


@deployed
def test_an_online_file_that_fails(tree, store):
    """In JSON: what stands, and what is pending."""
    store.execute("INSERT INTO orders (total) VALUES (1), (1)")
    tree.write(ONLINE, INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX"))
    tree.write("04_views/030_one.sql", "CREATE OR REPLACE VIEW one AS SELECT 1 AS one;\n")
    told = tree.deploy("--json").json
    assert told["outcome"] == "committed"
    assert told["error"]["sqlstate"] == "23505"
    actions = {file["file"]: file["action"] for file in told["files"]}
    assert actions["030_one.sql"] == "apply"
    assert actions["020_orders_total_idx.sql"] == "pending"


def test_a_file_that_fails(tree, store):
    """What had run before it is told as rolled back."""
    tree.write("04_views/030_broken.sql", "SELECT 1 / 0;\n")
    told = tree.deploy("--json").json
    assert told["outcome"] == "nothing changed"
    assert {file["action"] for file in told["files"]} == {"rolled back"}
    assert len(told["files"]) == len(TREE)
    assert tree.deploy().err.endswith(NOTHING)
    assert relations(store) == set()


def test_a_constraint_that_is_broken_at_commit(tree, store, monkeypatch):
    """The server refuses; the connection lives: nothing has changed."""
    monkeypatch.setattr("deployment.applying.check", lambda *_: None)
    monkeypatch.setattr("deployment.running.check", lambda *_: None)
    tree.write(
        "01_schema/020_gifts.sql",
        "CREATE TABLE gifts (order_id INT REFERENCES orders DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO gifts VALUES (77);\n",
    )
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert outcome.err.startswith("ERROR 23503: ")
    assert outcome.err.endswith(NOTHING)
    assert relations(store) == set()


def test_psycopg_says_nothing_of_its_own():
    """After Ctrl-C it may not roll back what the server still does; the server will, and that is what is said."""
    program = "import deploy, logging; logging.getLogger('psycopg').warning('error ignored in rollback')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stderr == b""


def test_a_server_that_is_killed_during_commit(tmp_path, capsys):
    """Nobody can know; that is what is said, and the next deploy finds out."""
    with TemporaryDirectory(prefix="store-killed-", dir=memory_file_system()) as directory:
        server = EmbeddedServer(Path(directory) / "pg")
        server.start()
        try:
            tree = Tree(tmp_path, server.dsn("postgres"), capsys)
            for name, text in TREE.items():
                tree.write(name, text)
            # The commit waits for a standby that never comes: it is done, and nobody was told.
            with psycopg.connect(tree.dsn, autocommit=True) as superuser:
                superuser.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                superuser.execute("SELECT pg_reload_conf()")
                process = tree.start()
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                wait_until(lambda: scalar(superuser, waiting) == 1, "the commit never waited")
                superuser.execute("ALTER SYSTEM RESET synchronous_standby_names")
            os.kill(int((server.data_directory / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
            _, err = process.communicate()
            assert process.returncode == 1
            assert err.endswith("\nERROR: the connection was lost during COMMIT\n" + UNKNOWN)
            wait_until(lambda: not server.is_running(), "it was killed and lives")
            wait_until(lambda: starts(server), "it never came up again")
            assert tree.deployed("--json").json["outcome"] == "unchanged"
        finally:
            server.stop()


def starts(server: EmbeddedServer) -> bool:
    server.start()
    return server.is_running()


def test_a_server_that_is_lost_before_the_commit(tree, store, superuser):
    """Nothing has changed: the server rolls back what was never committed."""
    tree.write("04_views/030_slow.sql", "SELECT pg_sleep(600);\n")
    process = tree.start()
    asleep = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'"
    wait_until(lambda: superuser.execute(asleep).fetchone(), "it never slept")
    superuser.execute("SELECT pg_terminate_backend(%s)", superuser.execute(asleep).fetchone())
    _, err = process.communicate()
    assert process.returncode == 1
    assert "terminating connection" in err
    assert err.endswith(NOTHING)
    assert relations(store) == set()


@pytest.mark.parametrize("arguments", [[], ["--json"], ["-v"]])
def test_a_full_disk_behind_stdout(tree, store, arguments):
    """And a closed one: the deploy is done, and its exit code says so."""
    for redirection in REDIRECTIONS:
        store.execute("DROP SCHEMA IF EXISTS store CASCADE")
        assert redirected(tree, redirection, *arguments) == 0
        assert "orders" in relations(store)


@deployed
@pytest.mark.parametrize(
    ("mode", "exit_code"), [("--plan", 3), ("--verify", 3), ("--status", 0), ("--repair", 0), ("--adopt", 1)]
)
def test_a_full_disk_behind_stdout_in_the_other_modes(tree, store, mode, exit_code):
    for redirection in REDIRECTIONS:
        store.execute("DROP VIEW order_count")
        assert redirected(tree, redirection, mode) == exit_code, redirection
        assert ("order_count" in relations(store)) is (mode == "--repair")
        tree.deployed()


REDIRECTIONS = (">/dev/full", ">&-", "| true")


def redirected(tree: Tree, redirection: str, *arguments: str) -> int:
    """How it ends, without a traceback, when stdout goes there."""
    code = "import sys, pathlib, deploy; sys.exit(deploy.main(sys.argv[2:], root=pathlib.Path(sys.argv[1])))"
    command = ["bash", "-c", f'set -o pipefail; "$@" {redirection}', "bash", sys.executable, "-c", code]
    ended = subprocess.run(
        [*command, str(tree.root), "--dsn", tree.dsn, *arguments],
        cwd=Path(deploy.__file__).parent, capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.returncode


def test_a_terminal_that_lacks_a_letter(tree, store):
    """It gets another in its place."""
    tree.write("04_views/030_broken.sql", "SELECT 'größer' / 0;\n")
    process = tree.start()
    process.communicate()
    ended = subprocess.run(
        process.args, cwd=Path(deploy.__file__).parent, capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert ended.returncode == 1
    assert b"SELECT 'gr\\xf6\\xdfer' / 0;" in ended.stderr
    assert ended.stderr.endswith(NOTHING.encode())


def test_what_others_call_theirs_is_no_command_to_the_terminal(tree, store):
    """It would hide lines, or type for whoever reads them."""
    tree.deployed()
    store.execute('CREATE VIEW "\x1b[2K\x9b1A\r\u202e" AS SELECT 1 AS a')
    outcome = tree.deploy("--verify")
    assert 'view "\\x1b[2K\\x9b1A\\r\\u202e": made by others\n' in outcome.out


def test_notices_and_warnings_of_the_server_are_shown(tree):
    """As text while it goes, in JSON at the end."""
    tree.write("04_views/030_notice.sql", "DO $$ BEGIN RAISE WARNING 'mind the gap'; END $$;\n")
    assert "WARNING: mind the gap\n" in tree.deployed().err
    tree.write("04_views/030_notice.sql", "DO $$ BEGIN RAISE NOTICE 'step'; END $$;\n")
    assert tree.deployed("--json").json["notices"] == ["NOTICE: step"]


def test_a_thread_of_another_program_may_deploy(tree, store):
    """Where Ctrl-C cannot be heard."""
    thread = threading.Thread(target=tree.deploy)
    thread.start()
    thread.join()
    assert "orders" in relations(store)
