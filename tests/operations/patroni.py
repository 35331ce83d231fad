"""Three machines on one: each with etcd, Patroni and PostgreSQL, set up by the files of examples/failover.

Of those only addresses and paths are changed.
"""

import os
import socket
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg

from tests.documentation.manual_pages import ROOT
from tests.operations.servers import eventually, kill

EXAMPLES = ROOT / "examples" / "failover"
NAMES = ["a", "b", "c"]
PATIENCE = 120.0  # seconds; of a machine that comes back, on one that is busy with other tests
SUPERUSER = "change-me-1"  # as the example says it


class Machine:
    """`kill` takes away one of its programs, or all; `start` brings back what is missing."""

    def __init__(self, name: str, cluster: "Cluster"):
        self.name, self.cluster = name, cluster
        self.directory = cluster.directory / name
        self.data_directory = self.directory / "data"
        self.directory.mkdir()
        owner = os.stat(cluster.directory)
        os.chown(self.directory, owner.st_uid, owner.st_gid)
        self.port, self.rest, self.etcd_client, self.etcd_peer = free_ports(4)
        self.programs: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        for name, command in [("etcd", self.etcd()), ("patroni", ["patroni", str(self.directory / "patroni.yml")])]:
            if name not in self.programs:
                self.programs[name] = self.cluster.run(command, self.directory, name)

    def etcd(self) -> list[str]:
        here = "http://127.0.0.1:"
        members = ",".join(f"{each.name}={here}{each.etcd_peer}" for each in self.cluster.machines)
        options = {
            "name": self.name, "data-dir": self.directory / "etcd", "initial-cluster": members, "log-level": "error",
            "listen-peer-urls": f"{here}{self.etcd_peer}", "initial-advertise-peer-urls": f"{here}{self.etcd_peer}",
            "listen-client-urls": f"{here}{self.etcd_client}", "advertise-client-urls": f"{here}{self.etcd_client}",
        }  # fmt: skip
        return ["etcd", *(f"--{name}={value}" for name, value in options.items())]

    def kill(self, *programs: str) -> None:
        """All at once, as far as that goes."""
        for name in {"etcd", "patroni"}.intersection(programs):
            self.programs[name].kill()
            self.programs.pop(name).wait()
        if "postgres" in programs:
            with suppress(FileNotFoundError, psutil.NoSuchProcess):
                kill(self)  # type: ignore[arg-type]  # it has a data directory

    def stop_patroni(self) -> None:
        """As systemd does; the server stops with it."""
        self.programs["patroni"].terminate()
        self.programs.pop("patroni").wait()

    def run_to_end(self, script: str) -> None:
        """Run the page's shell commands here, as the servers' system user."""
        command = ["bash", "-euo", "pipefail", "-c", replaced(script, pgbackrest_of(self.directory))]
        ended = self.cluster.run(command, self.directory, "shell").wait()
        assert ended == 0, (self.directory / "shell.log").read_text()

    def connect(self) -> psycopg.Connection:
        """To this server, whatever Patroni says of it."""
        return connect(self.port)

    def says(self, what: str) -> bool:
        """Whether Patroni answers this question with yes, as it does a load balancer."""
        try:
            return urlopen(f"http://127.0.0.1:{self.rest}/{what}", timeout=2).status == 200
        except (URLError, OSError):
            return False


class Cluster:
    """The machines, and in front of them HAProxy: `connect` leads through it, as clients are led."""

    def __init__(self, directory: Path, programs: Path, changes: dict[str, str]):
        """`changes` are made to the text of patroni.yml."""
        self.directory, self.bin, self.changes = directory, programs, changes
        self.data_directory = directory / "cluster"  # by which clients know where the store lives
        [self.port] = free_ports(1)
        self.machines = [Machine(name, self) for name in NAMES]
        self.write_files()

    def write_files(self) -> None:
        where = [("10.0.0.10:5432", f"127.0.0.1:{self.port}"), ("10.0.0.0/24", "127.0.0.1/32")]
        for number, machine in enumerate(self.machines, start=11):
            where += [
                (f"10.0.0.{number}:5432 check port 8008", f"127.0.0.1:{machine.port} check port {machine.rest}"),
                (f"10.0.0.{number}:5432", f"127.0.0.1:{machine.port}"),
                (f"10.0.0.{number}:8008", f"127.0.0.1:{machine.rest}"),
                (f"10.0.0.{number}:2379", f"127.0.0.1:{machine.etcd_client}"),
            ]
        (self.directory / "haproxy.cfg").write_text(replaced((EXAMPLES / "haproxy.cfg").read_text(), where))
        for machine in self.machines:
            mine = [
                *self.changes.items(),
                ("name: a\n", f"name: {machine.name}\n"),
                ("listen: 10.0.0.11:5432", f"listen: 127.0.0.1:{machine.port}"),
                ("connect_address: 10.0.0.11:5432", f"connect_address: 127.0.0.1:{machine.port}"),
                ("listen: 10.0.0.11:8008", f"listen: 127.0.0.1:{machine.rest}"),
                ("connect_address: 10.0.0.11:8008", f"connect_address: 127.0.0.1:{machine.rest}"),
                ("pg1-port=5432", f"pg1-port={machine.port}"),
                ("/var/lib/postgresql/15/shop", str(machine.data_directory)),
                ("/var/lib/postgresql/.pgpass-patroni", str(machine.directory / "pgpass")),
                ("/var/run/postgresql", str(machine.directory)),
                ("/usr/lib/postgresql/15/bin", str(self.bin)),
                ("/backup", str(self.directory / "backup")),
                ("local all postgres peer", "local all all trust"),
                pgbackrest_of(machine.directory)[0],
            ]
            for file in ["patroni.yml", "pgbackrest.conf"]:
                (machine.directory / file).write_text(replaced((EXAMPLES / file).read_text(), mine + where))

    def start(self) -> None:
        for machine in self.machines:
            machine.start()
        self.haproxy = self.run(["haproxy", "-f", "haproxy.cfg", "-db"], self.directory, "haproxy")
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        """A primary and two standbys of its timeline, one of which has all that was acknowledged."""
        eventually(lambda: self.primary() and len(self.standbys()) == 2, PATIENCE)
        eventually(lambda: any(machine.says("sync") for machine in self.machines), PATIENCE)

    def stop(self) -> None:
        """At once: nobody needs what is in it."""
        self.haproxy.kill()
        self.haproxy.wait()
        for machine in self.machines:
            machine.kill(*machine.programs, "postgres")

    def run(self, command: list[str], directory: Path, log: str) -> subprocess.Popen:
        """Start a program as the servers' system user; what it says is in that directory's `log`."""
        owner, as_user = os.stat(self.directory), {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            as_user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        variables = os.environ | {
            "PATH": os.pathsep.join([str(self.bin), os.environ["PATH"], "/usr/sbin"]),
            "PGBACKREST_CONFIG": str(directory / "pgbackrest.conf"),  # archive_command is the same on all
            "PGDATA": str(directory / "data"),
            "LC_ALL": "C.UTF-8",
            "HOME": str(directory),
        }
        options: dict[str, Any] = {"cwd": directory, "env": variables, "stdin": subprocess.DEVNULL} | as_user
        with open(directory / f"{log}.log", "a") as file:
            return subprocess.Popen(command, stdout=file, stderr=file, **options)

    def primary(self) -> Machine | None:
        return next((machine for machine in self.machines if machine.says("primary")), None)

    def standbys(self) -> list[Machine]:
        return [machine for machine in self.machines if machine.says("replica")]

    def dsn(self, database: str) -> str:
        return f"postgresql://postgres:{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "shop") -> psycopg.Connection:
        return connect(self.port, database)


def connect(port: int, database: str = "shop", host: str = "127.0.0.1") -> psycopg.Connection:
    """An autocommit connection with the store on its path."""
    path = "-csearch_path=store,pg_temp -cTimeZone=UTC"
    return psycopg.connect(
        host=host, port=port, dbname=database, user="postgres", password=SUPERUSER,
        autocommit=True, options=path, connect_timeout=5,
    )  # fmt: skip


def pgbackrest_of(directory: Path) -> list[tuple[str, str]]:
    """What makes pgBackRest, in its file and in its calls, keep to this directory."""
    paths = "".join(f"{kind}-path={directory}\n" for kind in ["log", "lock", "spool"])
    return [("[shop]", f"{paths}\n[shop]"), ("pgbackrest --", f"pgbackrest --config={directory}/pgbackrest.conf --")]


def replaced(text: str, where: list[tuple[str, str]]) -> str:
    """The text with the tests' addresses and paths in the place of its own."""
    for theirs, ours in where:
        text = text.replace(theirs, ours)
    return text


def free_ports(number: int) -> list[int]:
    """Ports nobody listens on at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
