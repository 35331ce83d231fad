"""The server that was named is used and no other; no password is printed; a database that no store
can live in is refused with the statement that makes one that will do.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import deploy
from deployment.server import connect_to
from embedded_server import EmbeddedServer
from tests.conftest import memory_file_system
from tests.deploy.made_up_tree import TREE, Tree, relations

SECRET = "S3cret"


def as_url(dsn: str, password: str = "") -> str:
    """The same server as a URL, as DATABASE_URL usually is one."""
    told = conninfo_to_dict(dsn)
    who = quote(str(told["user"])) + (":" + password if password else "")
    return f"postgresql://{who}@/{told['dbname']}?host={quote(str(told['host']), safe='')}&port={told['port']}"


def run(tree: Tree, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """deploy.py without --dsn, in such an environment and no other."""
    code = "import sys, pathlib, deploy; sys.exit(deploy.main(sys.argv[2:], root=pathlib.Path(sys.argv[1])))"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "-c", code, str(tree.root), *arguments],
        cwd=Path(deploy.__file__).parent, env=clean | environment, capture_output=True, text=True,
    )  # fmt: skip


def variables(dsn: str) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    return {names[name]: str(value) for name, value in conninfo_to_dict(dsn).items() if name in names}


def test_database_url_is_used(tree, store):
    """Before the PG* variables, after --dsn."""
    elsewhere = {"PGHOST": "/nowhere", "PGPORT": "1"}
    ended = run(tree, DATABASE_URL=as_url(tree.dsn), **elsewhere)
    assert ended.returncode == 0, ended.stderr
    assert "orders" in relations(store)
    assert not (tree.root / ".postgres").exists()
    ended = run(tree, "--status", "--dsn", tree.dsn, DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere")
    assert ended.returncode == 0, ended.stderr


def test_the_pg_variables_are_used(tree, store):
    ended = run(tree, **variables(tree.dsn))
    assert ended.returncode == 0, ended.stderr
    assert "orders" in relations(store)
    assert not (tree.root / ".postgres").exists()


@pytest.mark.parametrize("name", ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "DATABASE_URL"])
def test_one_variable_is_enough_to_name_a_server(tree, name):
    """That cannot be reached: no other is taken in its place."""
    value = {"PGPORT": "1", "DATABASE_URL": "postgresql://nobody@/nothing?host=/nowhere"}.get(name, "/nowhere")
    ended = run(tree, **({"PGHOST": "/nowhere"} | {name: value}))
    assert ended.returncode in (1, 2)
    assert ended.stderr.startswith("ERROR: cannot connect: ")
    assert not (tree.root / ".postgres").exists()


def test_stop_finds_the_embedded_server_whatever_pgport_says(tmp_path, capsys):
    """It is the one of this folder, and the one that was asked for."""
    with TemporaryDirectory(prefix="store-embedded-", dir=memory_file_system()) as directory:
        tree = Tree(Path(directory), "", capsys)
        for name, text in TREE.items():
            tree.write(name, text)
        assert run(tree).returncode == 0
        assert run(tree, "--stop", PGPORT="5999", PGHOST="/nowhere").stdout == "PostgreSQL has stopped.\n"
        assert run(tree, "--stop", PGOPTIONS="-c work_mem=1").stdout == "None was running.\n"


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql+psycopg://app:{SECRET}@db/shop",
        f"mysql://app:{SECRET}@db/shop",
        f"postgresql://app:{SECRET}/x@/nowhere/shop",
        f"postgresql://app:{SECRET}@{SECRET}@nowhere.invalid/shop",
        f"postgresql://app:{SECRET}#@nowhere.invalid/shop",
        f"postgresql://app:{SECRET}%@nowhere.invalid/shop",
        f"postgresql://app:{SECRET}@nowhere.invalid/shop?nonsense={SECRET}",
        f"postgresql://app:{SECRET}@[/shop",
        f"postgresql://app:{SECRET}@nowhere.invalid:port/shop",
        f"host=/nowhere password={SECRET}",
        f"host=/nowhere password='{SECRET}",
        f"host=/nowhere password={SECRET} {SECRET}",
        f"host=/nowhere dbname=postgresql://app:{SECRET}@db/shop",
        f"app:{SECRET}@db/shop",
    ],
)
@pytest.mark.parametrize("arguments", [["--dsn"], ["--json", "--dsn"], []])
def test_no_password_is_printed(tmp_path, capfd, monkeypatch, dsn, arguments):
    """Whatever the connection string looks like, and wherever it is given; the exit code says what it is."""
    monkeypatch.setenv("DATABASE_URL", "host=/elsewhere" if arguments else dsn)
    exit_code = deploy.main([*arguments, dsn] if arguments else [], root=tmp_path)
    out, err = capfd.readouterr()
    assert exit_code in (1, 2)
    assert SECRET not in out + err
    assert "Traceback" not in err


@pytest.mark.parametrize("stray", [f"postgresql://app:{SECRET}@db/shop", f"password={SECRET}", f"x://a:{SECRET}/b@c"])
def test_a_stray_argument_may_be_a_connection_string(tree, stray):
    outcome = tree.deploy(stray)
    assert outcome.exit_code == 2
    assert "unrecognized arguments: " in outcome.err
    assert SECRET not in outcome.err


def test_the_password_is_not_in_the_last_lines_either(tree, empty_database):
    tree.dsn = as_url(empty_database.dsn(), SECRET) + f"&sslpassword={SECRET}"
    assert SECRET not in tree.deployed().out


@pytest.mark.parametrize(("said", "idle"), [("", "60"), (" keepalives_idle=5", "5")])
def test_who_is_silent_for_long_shows_that_it_lives(empty_database, said, idle):
    """A firewall forgets a connection after minutes without a word, as while an index is built; what the user says holds."""
    with connect_to(make_conninfo(empty_database.dsn()) + said, "deploy.py") as connection:
        assert connection.info.get_parameters()["keepalives_idle"] == idle


def test_a_server_that_is_still_starting_is_waited_for(tmp_path):
    """Within --wait; a server that is not there is not."""
    with TemporaryDirectory(prefix="store-starting-", dir=memory_file_system()) as directory:
        server = EmbeddedServer(Path(directory) / "pg")
        server.start()
        server.stop()
        (server.data_directory / "standby.signal").touch()  # without a primary: up, and never open
        settings = server.data_directory / "postgresql.auto.conf"
        before = settings.read_text()
        settings.write_text(before + "hot_standby = off\nrestore_command = 'false'\n")
        try:
            with pytest.raises(Exception, match="did not start|in standby mode|not accepting"):
                server.start()
                psycopg.connect(server.dsn("postgres"), connect_timeout=10)
            with pytest.raises(Exception, match="cannot connect: "):
                connect_to(server.dsn("postgres"), "test")
            started = time.monotonic()
            opener = subprocess.Popen(
                [sys.executable, "-c", "import sys, time; from embedded_server import EmbeddedServer\n"
                 "time.sleep(1)\nserver = EmbeddedServer(sys.argv[1])\n"
                 "server._run('pg_ctl', '-D', sys.argv[1], '-w', 'promote', failure='no')",
                 str(server.data_directory)],
                cwd=Path(deploy.__file__).parent,
            )  # fmt: skip
            with connect_to(server.dsn("postgres"), "test", wait=60) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert time.monotonic() - started > 0.5
            assert opener.wait() == 0
        finally:
            server.stop()
    with pytest.raises(Exception, match="cannot connect: "):
        connect_to("host=/nowhere", "test", wait=60)


def test_a_server_that_started_just_then_is_asked_again(empty_database, monkeypatch):
    """It refused, and now says that it is there: once more, and no more than that where it refuses for good."""
    connect, tries = psycopg.connect, []

    def refuse(times):
        def too_early(**settings):
            tries.append(settings)
            if len(tries) <= times:
                raise psycopg.OperationalError("FATAL:  the database system is starting up")
            return connect(**settings)

        tries.clear()
        monkeypatch.setattr(psycopg, "connect", too_early)

    refuse(1)
    connect_to(empty_database.dsn(), "test", wait=60).close()
    for times, wait, tried in [(1, 0, 1), (9, 60, 2)]:
        refuse(times)
        with pytest.raises(Exception, match="cannot connect: FATAL"):
            connect_to(empty_database.dsn(), "test", wait=wait)
        assert len(tries) == tried


UNFIT = {
    "LATIN1": "ENCODING 'LATIN1' LOCALE 'C'",
    "SQL_ASCII": "ENCODING 'SQL_ASCII' LOCALE 'C'",
    "C": "ENCODING 'UTF8' LOCALE 'C'",
    "Turkish": "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'",
}


@pytest.mark.parametrize(
    "case",
    [*list(UNFIT)[:-1], pytest.param("Turkish", marks=pytest.mark.needs_extensions)],  # the wheel has no ICU
)
@pytest.mark.parametrize("mode", [[], ["--plan"], ["--verify"]])
def test_a_database_that_no_store_can_live_in(tree, superuser, case, mode):
    """The statement that is printed makes one in which it can."""
    made = "unfit_utf8"
    superuser.execute(f"CREATE DATABASE unfit TEMPLATE template0 {UNFIT[case]}")
    try:
        tree.dsn = make_conninfo(tree.dsn, dbname="unfit")
        outcome = tree.deploy(*mode)
        assert outcome.exit_code == 1
        why = f"is {case}, not UTF-8" if case in ("LATIN1", "SQL_ASCII") else "does not fold letters as Unicode says"
        first, hint, *more = outcome.err.splitlines()
        assert first == f"ERROR: the database unfit {why}: a store cannot live in it"
        assert more == []
        superuser.execute(hint.removeprefix("HINT: "))
        superuser.execute(f"ALTER DATABASE {made} OWNER TO store_owner")
        tree.dsn = make_conninfo(tree.dsn, dbname=made)
        tree.deployed()
    finally:
        for name in ("unfit", made):
            superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.parametrize("whose", ["DATABASE sharded", "ROLE store_owner IN DATABASE sharded", "ROLE store_owner"])
@pytest.mark.parametrize("mode", [[], ["--plan"]])
def test_a_database_in_which_citus_would_distribute_the_schema(tree, superuser, whose, mode):
    """Whoever the setting is made for, it is found; nothing is made."""
    superuser.execute("CREATE DATABASE sharded OWNER store_owner")
    setting = "citus.enable_schema_based_sharding"
    try:
        tree.dsn = make_conninfo(tree.dsn, dbname="sharded")
        superuser.execute(f"ALTER {whose} SET {setting} = on")
        outcome = tree.deploy(*mode)
        assert outcome.exit_code == 1
        assert outcome.err.startswith("ERROR: Citus would distribute a schema made in sharded,")
        assert setting in outcome.err.splitlines()[1]
        superuser.execute(f"ALTER {whose} SET {setting} = off")
        tree.deployed()
    finally:
        superuser.execute(f"ALTER ROLE store_owner RESET {setting}")
        superuser.execute("DROP DATABASE IF EXISTS sharded WITH (FORCE)")


@pytest.mark.parametrize(
    "name", ["MyShop", "order", "my shop", "public", "pg_shop", "information_schema", "größe", "1shop", "a" * 41, ""]
)
def test_a_schema_is_a_plain_name(tree, store, name):
    """Told before anything is read."""
    for mode in ([], ["--plan"], ["--status"]):
        outcome = tree.deploy("--schema", name, *mode)
        assert outcome.exit_code == 2
        assert f"{name!r} is no name for a store's schema" in outcome.err.splitlines()[-1]
    assert relations(store) == set()


def test_a_long_plain_schema_will_do(tree):
    """As long as is allowed, in every mode."""
    name = "a" * 40
    tree.deployed("--schema", name)
    for mode in ("--plan", "--verify", "--repair", "--status"):
        tree.deployed("--schema", name, mode)
