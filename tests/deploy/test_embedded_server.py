"""The embedded server starts wherever it can, and says in a sentence why it cannot."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

import deploy
from embedded_server import SYSTEM_USER, EmbeddedServer, EmbeddedServerError
from tests.conftest import memory_file_system
from tests.deploy.made_up_tree import TREE, Tree, wait_until

FAST = {"fsync": "off"}


@pytest.fixture
def directory():
    """Not pytest's own, which every run closes to other users, PostgreSQL's among them."""
    with TemporaryDirectory(prefix="store-embedded-", dir=memory_file_system()) as name:
        yield Path(name)


@pytest.fixture
def embedded(directory):
    server = EmbeddedServer(directory / "pg", FAST)
    yield server
    server.stop()


def asked(server: EmbeddedServer, query: str):
    with psycopg.connect(server.dsn("postgres")) as connection:
        return connection.execute(query).fetchone()[0]


def postmaster(server: EmbeddedServer) -> int:
    return int((server.data_directory / "postmaster.pid").read_text().split()[0])


def test_it_starts_once_and_stops(embedded):
    """A second start finds it running, whichever object starts it."""
    embedded.start()
    first = postmaster(embedded)
    EmbeddedServer(embedded.data_directory).start()
    assert postmaster(embedded) == first
    assert asked(embedded, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == "C.UTF-8"
    assert asked(embedded, "SHOW fsync") == "off"
    assert asked(embedded, "SHOW listen_addresses") == ""
    embedded.stop()
    assert not embedded.is_running()
    embedded.stop()


def test_no_variable_of_the_environment_moves_it(embedded, monkeypatch):
    """It is looked for where it always is."""
    monkeypatch.setenv("PGPORT", "5999")
    embedded.start()
    assert asked(embedded, "SHOW port") == "5432"


def test_its_data_directory_is_closed_to_others(embedded):
    """It trusts whoever can reach its socket."""
    embedded.start()
    assert Path(embedded.host).stat().st_mode & 0o077 == 0
    assert embedded.data_directory.owner() != "root", "PostgreSQL refuses to run as root"


def test_a_dead_servers_pid_file_is_no_obstacle(embedded):
    """As after a power cut."""
    embedded.start()
    pid = postmaster(embedded)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not embedded.is_running(), "it was killed and lives")
    wait_until(lambda: not others_of(pid), "its children live on")
    embedded.start()
    assert asked(embedded, "SELECT 1") == 1


def others_of(pid: int) -> bool:
    """Whether a process of the server's group is left; a killed server's children end by
    themselves.
    """
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_pid_file_with_a_number_used_again_is_no_obstacle(embedded):
    """Another process has the dead server's number now; it is left alone."""
    embedded.start()
    embedded.stop()
    # Of the server's own user, whose processes it would take for a server.
    as_user = {"user": SYSTEM_USER} if os.geteuid() == 0 else {}
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, **as_user) as other:
        pid_file = embedded.data_directory / "postmaster.pid"
        pid_file.write_text(f"{other.pid}\n{embedded.data_directory}\n1\n5432\n{embedded.host}\n\n1 1\nready\n")
        embedded.start()
        assert postmaster(embedded) != other.pid
        assert other.poll() is None
        other.communicate()


def test_a_data_directory_of_another_major_version_is_refused(embedded):
    """In one sentence, and untouched."""
    embedded.start()
    embedded.stop()
    version = embedded.data_directory / "PG_VERSION"
    version.write_text("13\n")
    with pytest.raises(EmbeddedServerError, match="was made by PostgreSQL 13, installed is 18"):
        embedded.start()
    assert version.read_text() == "13\n"


@pytest.mark.parametrize("path", ["long-" * 20 + "/a b", "Ahab, Ishmael & Co"])
def test_a_path_that_is_none_for_a_socket_gets_it_elsewhere(directory, path):
    """The kernel takes some hundred bytes for a socket's name, PostgreSQL a comma for the end of one."""
    directory.chmod(0o711)
    server = EmbeddedServer(directory / path, FAST)
    server.start()
    try:
        assert asked(server, "SELECT 1") == 1
        assert Path(server.host).stat().st_mode & 0o077 == 0
    finally:
        server.stop()
        os.rmdir(server.host)


@pytest.mark.parametrize("kind", ["open", "link"])
def test_a_socket_directory_that_others_can_reach_is_refused(directory, kind):
    """Where it stands anybody can make one first."""
    directory.chmod(0o711)
    server = EmbeddedServer(directory / ("long-" * 20) / "a b", FAST)
    theirs = Path(server.host)
    if kind == "open":
        theirs.mkdir()
        theirs.chmod(0o755)
    else:
        (directory / "elsewhere").mkdir(mode=0o700)
        theirs.symlink_to(directory / "elsewhere")
    try:
        with pytest.raises(EmbeddedServerError, match=f"{theirs} is open to others: remove it"):
            server.start()
        assert not server.is_running()
    finally:
        server.stop()
        theirs.unlink() if kind == "link" else theirs.rmdir()


def test_a_file_in_the_way_is_told_as_such(directory):
    (directory / "pg").write_text("")
    with pytest.raises(EmbeddedServerError, match=re.escape(f"{directory / 'pg'} is in the way: Not a directory")):
        EmbeddedServer(directory / "pg").start()


def test_a_server_that_cannot_start_says_why(directory):
    """Its last words, and where its log is."""
    server = EmbeddedServer(directory / "pg", {"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedServerError, match=r"did not start; its log is .*server\.log"):
        server.start()


@pytest.fixture
def anybody():
    """Root is let in everywhere: for the test it is somebody else. Nobody else can become one."""
    oneself = os.geteuid()

    @contextmanager
    def anybody():
        if oneself == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(oneself)

    return anybody


def test_another_users_server_is_told_as_such(embedded, anybody):
    """Whether it is asked for, to be started or to be stopped."""
    embedded.data_directory.mkdir(mode=0o600)
    embedded.data_directory.parent.chmod(0o755)
    message = f"{embedded.data_directory} is for {embedded.data_directory.owner()} and root alone: run this as "
    with anybody():
        for ask in (embedded.is_running, embedded.start, embedded.stop):
            with pytest.raises(EmbeddedServerError, match=re.escape(message)):
                ask()
    embedded.data_directory.chmod(0o700)
    embedded.data_directory.rmdir()


def test_a_folder_that_may_not_be_written_is_told_in_a_sentence(directory, anybody):
    closed = directory / "closed"
    closed.mkdir(mode=0o555)
    directory.chmod(0o755)
    with anybody(), pytest.raises(EmbeddedServerError, match=re.escape(f"{closed}/pg.new: Permission denied")):
        EmbeddedServer(closed / "pg").start()


def test_no_folder_above_its_own_is_opened(directory):
    """PostgreSQL does not run as root, and who it runs as may not pass: that is said. Anybody else may."""
    directory.chmod(0o700)
    server = EmbeddedServer(directory / "checkout" / "pg", FAST)
    try:
        if os.geteuid() == 0:
            with pytest.raises(EmbeddedServerError, match=re.escape(f"may not pass {directory}: move")):
                server.start()
        else:
            server.start()
    finally:
        server.stop()
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_user_that_cannot_be_made_is_told(embedded, directory, monkeypatch):
    """As in a container whose /etc is read-only."""
    useradd = directory / "useradd"
    useradd.write_text("#!/bin/sh\necho 'useradd: cannot lock /etc/passwd' >&2; exit 1\n")
    useradd.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)
    monkeypatch.setattr("embedded_server.SYSTEM_USER", "nobody_of_this_name")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    said = (
        r"nobody_of_this_name, as whom .* could not be made \(useradd: cannot lock /etc/passwd\): run as another user"
    )
    with pytest.raises(EmbeddedServerError, match=said):
        embedded.start()
    assert not embedded.data_directory.exists()


def test_an_interrupted_start_leaves_nothing_half_made(embedded):
    """What is left of a killed initdb is thrown away."""
    half_made = embedded.data_directory.with_name("pg.new")
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    embedded.start()
    assert asked(embedded, "SELECT 1") == 1
    assert not half_made.exists()


def test_deploy_without_a_dsn_starts_it_and_stop_ends_it(directory, capsys):
    """Two at once on a bare directory as well."""
    tree = Tree(directory, "", capsys)
    for name, text in TREE.items():
        tree.write(name, text)
    code = "import sys, pathlib, deploy;"
    code += "sys.exit(deploy.main(sys.argv[2:], root=pathlib.Path(sys.argv[1])))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def run(*arguments):
        return subprocess.Popen(
            [sys.executable, "-c", code, str(directory), *arguments],
            cwd=Path(deploy.__file__).parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    try:
        outputs = [process.communicate() for process in (run(), run())]
        assert sorted(out.split(" ")[0] for out, _ in outputs) == ["Deployed", "Nothing"]
        for out, _ in outputs:
            assert f"host={directory}/.postgres" in out
    finally:
        stopped, _ = run("--stop").communicate()
    assert stopped == "PostgreSQL has stopped.\n"
    assert run("--stop").communicate()[0] == "None was running.\n"
