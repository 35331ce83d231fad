"""What can go wrong before a deploy has begun: one clear line, the right exit code."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import deploy
from tests.deploy.made_up_tree import TREE, deployed, relations


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    ("dsn", "exit_code", "message"),
    [
        ("host=/nowhere dbname=store", 1, "ERROR: cannot connect: connection to server on socket"),
        ("postgresql://127.0.0.1:1/store", 1, "ERROR: cannot connect: connection to server"),
        ("no connection string", 2, "ERROR: that is no connection string: write postgresql://"),
    ],
)
def test_a_server_that_cannot_be_reached(tree, dsn, exit_code, message):
    tree.dsn = dsn
    outcome = tree.deploy()
    assert outcome.exit_code == exit_code
    assert outcome.err.startswith(message)
    assert is_one_line(outcome.err)


def test_a_database_that_is_not_there(tree, empty_database):
    tree.dsn = empty_database.dsn().replace("dbname=test_empty", "dbname=missing")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert 'database "missing" does not exist' in outcome.err
    assert is_one_line(outcome.err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unknown"], "unrecognized arguments: --unknown"),
        (["--wait", "soon"], "'soon' is no time: write 300ms, 60s or 2min"),
        (["--roles", "some"], "invalid choice: 'some'"),
        (["--status", "--stop"], "not allowed with"),
    ],
)
def test_arguments_that_are_none(tree, arguments, message):
    outcome = tree.deploy(*arguments)
    assert outcome.exit_code == 2
    assert message in outcome.err.splitlines()[-1]


@pytest.mark.parametrize("timeout", ["0ms", "1s", "1min"])
def test_a_lock_timeout_that_would_kill_the_application(tree, store, timeout):
    """From deadlock_timeout on, the server ends the application's transaction, not the deploy's."""
    outcome = tree.deploy("--lock-timeout", timeout)
    assert outcome.exit_code == 2
    assert "deadlock_timeout, 1000ms" in outcome.err
    assert relations(store) == set()


def test_a_tree_without_files(tree):
    for name in TREE:
        (tree.root / "sql" / name).unlink()
    outcome = tree.deploy()
    assert outcome.exit_code == 2
    assert "there is no file to deploy in" in outcome.err
    assert is_one_line(outcome.err)


@deployed
def test_a_folder_that_may_not_be_read(tree, store, monkeypatch):
    """Its files are not gone, so what they made is not dropped. (Nothing is unreadable to root, who may run this.)"""
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("04_views"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    outcome = tree.deploy()
    assert outcome.exit_code == 2
    assert outcome.err == f"ERROR: {tree.root / 'sql/04_views'}: Permission denied\n"
    assert "open_orders" in relations(store)


def test_a_folder_behind_a_link_is_read(tree, store, tmp_path):
    os.rename(tmp_path / "sql/04_views", tmp_path / "views")
    os.symlink(tmp_path / "views", tmp_path / "sql/04_views")
    tree.deployed()
    assert "open_orders" in relations(store)


@pytest.mark.parametrize("package", ["psycopg", "pglast"])
def test_a_missing_package(tmp_path, package):
    code = f"import sys; sys.modules[{package!r}] = None; import deploy"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(deploy.__file__).parent, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr == f"ERROR: the package {package} is not installed: run pip install -e .\n"


def test_a_long_deploy_shows_how_far_it_is(tree, monkeypatch):
    """To whoever looks on; a script reads of the end only."""
    monkeypatch.setattr("deployment.report.SECONDS_WITHOUT_PROGRESS", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert f"/{len(TREE)} [" in tree.deployed().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    tree.write("04_views/010_open_orders.sql", TREE["04_views/010_open_orders.sql"] + "-- Changed\n")
    assert tree.deployed().err == ""


def test_a_missing_demo(tree, store):
    outcome = tree.deploy("--demo")
    assert outcome.exit_code == 2
    assert outcome.err == "ERROR: demo/seed.sql: No such file or directory\n"
    assert relations(store) == set()


def test_a_file_whose_name_has_no_place_in_the_order(tree):
    tree.write("04_views/9_late.sql", "SELECT 1;\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 2
    assert "sql/04_views/9_late.sql: name it sql/NN_directory/NNN_name.sql" in outcome.err


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_what_is_no_file_is_not_read(make, tree, store):
    """A pipe has no end; a folder is what a container mounts in place of a file that is missing."""
    tree.deployed()
    path = tree.root / "sql/04_views/010_open_orders.sql"
    path.unlink()
    make(path)
    outcome = tree.deploy()
    assert (outcome.exit_code, outcome.err) == (2, "ERROR: sql/04_views/010_open_orders.sql: it is no regular file\n")
    assert "open_orders" in relations(store)


def test_a_file_whose_name_is_no_text(tree):
    """The ledger could not hold it."""
    (tree.root / os.fsdecode(b"sql/04_views/300_\xff.sql")).write_text("SELECT 1;\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 2
    assert "sql/04_views/300_\\udcff.sql: name it sql/NN_directory/NNN_name.sql" in outcome.err


def test_a_file_that_is_no_utf8(tree):
    path = tree.root / "sql/04_views/030_latin.sql"
    path.write_bytes("SELECT 1;\nSELECT 'ü';\n".encode("latin-1"))
    outcome = tree.deploy()
    assert outcome.exit_code == 2
    assert outcome.err == "ERROR: sql/04_views/030_latin.sql:2: the file is not UTF-8\n"


def test_a_client_set_up_for_another_time(tree, store, superuser, monkeypatch):
    """In an environment of Latin-1, and with backslashes that escape: the files mean what they say."""
    superuser.execute("ALTER DATABASE test_empty SET standard_conforming_strings = off")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    tree.write("04_views/030_signs.sql", r"CREATE VIEW signs AS SELECT '\\€' AS euro;" + "\n")
    tree.deployed()
    assert store.execute("SELECT euro FROM signs").fetchone() == ("\\\\€",)


def test_a_terminal_of_another_encoding_is_no_matter(tree):
    """As with LC_ALL=C, or a Japanese Windows: our own files are read as they were written."""
    tree.deployed()
    code = "import pathlib, sys, deploy; sys.exit(deploy.main(sys.argv[2:], root=pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tree.root), "--dsn", tree.dsn, "--verify"]
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=Path(deploy.__file__).parent)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_json_is_one_object_in_every_case(tree):
    """Deployed, unchanged, failed; nothing else is printed."""
    fresh = tree.deployed("--json").json
    assert (fresh["format"], fresh["mode"], fresh["schema"]) == (1, "deploy", "store")
    assert fresh["outcome"] == "deployed"
    assert [f"{file['directory']}/{file['file']}" for file in fresh["files"]] == list(TREE)
    assert {file["reason"] for file in fresh["files"]} == {"new"}
    assert all(len(file["sha256"]) == 64 and file["ms"] > 0 for file in fresh["files"])
    assert fresh["error"] is None

    again = tree.deployed("--json").json
    assert again["outcome"] == "unchanged"
    assert {file["action"] for file in again["files"]} == {"keep"}

    tree.dsn = "host=/nowhere"
    failed = tree.deploy("--json")
    assert failed.json["outcome"] == "nothing changed"
    assert failed.json["error"]["message"].startswith("cannot connect")
    assert failed.err == ""


def test_verbose_prints_each_file(tree):
    lines = tree.deployed("-v").out.splitlines()
    assert [line.split()[2] for line in lines[: len(TREE)]] == [f"sql/{name}" for name in TREE]


def test_status_prints_the_ledger(tree):
    """And says so where nothing was deployed."""
    before = tree.deploy("--status")
    assert before.exit_code == 1
    assert before.err == "ERROR: no store was deployed in schema store\n"
    tree.deployed()
    lines = tree.deployed("--status").out.splitlines()
    assert lines[2].startswith("01_schema      010_orders.sql")
    assert [line.split()[2:5] for line in lines if " deploy " in line] == [["deploy", "store_owner", "4"]]
    listed = tree.deployed("--status", "--json").json["files"]
    assert [f"{file['directory']}/{file['file']}" for file in listed] == list(TREE)
