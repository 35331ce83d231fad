"""What a deploy costs beside other ways of running the same files: fresh, with nothing to do, with one view changed.

Starts a PostgreSQL of its own in a temporary directory and gives every tool the same tree, each a database of its own
for each run; the tools take turns. psql runs the files in one transaction and remembers nothing: the least there is.
dbmate and sqitch take each file for a migration; they are measured where they are installed. CPU is the tool's and the
server's together.

    python benchmarks/deploy/measure.py [--runs 5]
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from embedded_server import EmbeddedServer  # noqa: E402

PATH = "-csearch_path=store,pg_temp"
MOST_FRESH = 2.0  # times psql
MOST_NO_OP_CPU = 0.2  # seconds beyond python importing psycopg
MOST_ONE_VIEW = 0.2  # of a fresh deploy
UNITS = {"by the clock": lambda cost: cost.clock, "in CPU": lambda cost: cost.cpu}


class Cost(NamedTuple):
    """Seconds on the clock, and of CPU: the tool's own, and the server's."""

    clock: float
    own: float
    server: float

    @property
    def cpu(self) -> float:
        return self.own + self.server


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="of each, of which the median is told (5)")
    runs = parser.parse_args(arguments).runs
    with tempfile.TemporaryDirectory(prefix="store-benchmark-") as directory:
        server = EmbeddedServer(Path(directory) / "server", {"fsync": "off", "autovacuum": "off"})
        server.start()
        try:
            return measure(server, Path(directory), runs)
        finally:
            server.stop()


def measure(server: EmbeddedServer, directory: Path, runs: int) -> int:
    tools = []
    for tool in (Ours, Psql, Dbmate, Sqitch):
        if tool.program and not shutil.which(tool.program):
            print(f"{tool.__name__.lower()} is not installed", file=sys.stderr)
        else:
            tools.append(tool)
    starts: dict[str, list] = {
        "import psycopg": [sys.executable, "-c", "import psycopg"],
        "psql": [server.psql, "--version"],
    }
    series: dict[Any, list] = {name: [] for name in [*starts, *tools]}
    for number in range(runs):
        print(f"\rrun {number + 1} of {runs} ", end="", file=sys.stderr, flush=True)
        for name, command in starts.items():
            series[name].append([spend(server, command)])
        for tool in tools:
            work = directory / f"{tool.__name__}{number}"
            shutil.copytree(ROOT / "sql", work / "sql")
            series[tool].append(three_deploys(tool(server, work, new_database(server))))
    print("\r", end="", file=sys.stderr)
    return tell({name: [median(column) for column in zip(*costs, strict=True)] for name, costs in series.items()})


def three_deploys(tool: Tool) -> list[Cost]:
    """Fresh, nothing to do, and the first view of 04_views changed."""
    fresh = tool.deploy()
    no_op = tool.deploy()
    view = min((tool.work / "sql" / "04_views").glob("*.sql"))
    view.write_text(view.read_text() + "-- changed\n")
    return [fresh, no_op, tool.deploy_view(view)]


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def tell(costs: dict) -> int:
    print("seconds, and CPU of the tool + of the server")
    print(f"{'':<10}{'fresh':>24}{'nothing to do':>24}{'one view':>24}")
    for tool in (Ours, Psql, Dbmate, Sqitch):
        if tool in costs:
            shown = [f"{cost.clock:.2f} ({cost.own:.2f} + {cost.server:.2f})" for cost in costs[tool]]
            print(f"{tool.__name__.lower():<10}" + "".join(f"{text:>24}" for text in shown))
    fresh, no_op, view = costs[Ours]
    [begin], [psql_begin], psql = costs["import psycopg"], costs["psql"], costs[Psql][0]
    targets = [
        (f"fresh, times psql, both less their start, {unit}",
         (of(fresh) - of(begin)) / (of(psql) - of(psql_begin)), MOST_FRESH)
        for unit, of in UNITS.items()
    ]  # fmt: skip
    targets += [("nothing to do, CPU of the tool beyond import psycopg", no_op.own - begin.own, MOST_NO_OP_CPU)]
    targets += [
        (f"one view, part of a fresh deploy, both less their start, {unit}",
         (of(view) - of(begin)) / (of(fresh) - of(begin)), MOST_ONE_VIEW)
        for unit, of in UNITS.items()
    ]  # fmt: skip
    for what, value, most in targets:
        print(f"{what}: {value:.2f}, at most {most}{'' if value <= most else '  MISSED'}")
    return int(any(value > most for _, value, most in targets))


class Tool:
    """A way to run the tree in `work` on one database."""

    program: str | None = None

    def __init__(self, server: EmbeddedServer, work: Path, database: str):
        self.server, self.work, self.database = server, work, database
        self.prepare()

    def prepare(self) -> None:
        pass

    def deploy(self) -> Cost:
        raise NotImplementedError

    def deploy_view(self, view: Path) -> Cost:
        """Deploy the change of that file."""
        return self.deploy()

    @property
    def files(self) -> list[Path]:
        return sorted((self.work / "sql").glob("*/*.sql"))


class Ours(Tool):
    """deploy.py, with this tree beside it."""

    def prepare(self) -> None:
        for name in ("deploy.py", "embedded_server.py"):
            shutil.copy(ROOT / name, self.work)
        shutil.copytree(ROOT / "deployment", self.work / "deployment")
        compileall.compile_dir(self.work, quiet=1)  # once and for all, after an installation

    def deploy(self) -> Cost:
        dsn = self.server.dsn(self.database)
        return spend(self.server, [sys.executable, self.work / "deploy.py", "--dsn", dsn])


class Psql(Tool):
    """psql, all files in one transaction. It knows no "nothing to do": that is no run at all."""

    def deploy(self) -> Cost:
        if getattr(self, "is_done", False):
            return Cost(0, 0, 0)
        self.is_done = True
        return self.run(self.files)

    def deploy_view(self, view: Path) -> Cost:
        return self.run([view])

    def run(self, files: list[Path]) -> Cost:
        command = [self.server.psql, "-qX1", "-v", "ON_ERROR_STOP=1", self.server.dsn(self.database)]
        for file in files:
            command += ["-f", file]
        return spend(self.server, command, PGOPTIONS=PATH)


class Dbmate(Tool):
    """dbmate: a migration a file, each in its own transaction."""

    program = "dbmate"

    def prepare(self) -> None:
        self.migrations = self.work / "migrations"
        self.migrations.mkdir()
        for number, file in enumerate(self.files):
            self.add(number, file)

    def add(self, number: int, file: Path) -> None:
        migration = self.migrations / f"{number:04}_{file.stem}.sql"
        migration.write_text(f"-- migrate:up\n{file.read_text()}\n-- migrate:down\n")

    def deploy(self) -> Cost:
        url = f"postgres://postgres@/{self.database}?socket={self.server.host}&search_path=store,pg_temp"
        command = ["dbmate", "--url", url, "--no-dump-schema", "--migrations-dir", self.migrations]
        return spend(self.server, [*command, "--migrations-table", "public.dbmate", "up"])

    def deploy_view(self, view: Path) -> Cost:
        self.add(9999, view)
        return self.deploy()


class Sqitch(Tool):
    """sqitch: a change a file, each run by a psql of its own."""

    program = "sqitch"

    def prepare(self) -> None:
        (self.work / "deploy").mkdir()
        (self.work / "sqitch.conf").write_text(
            f'[core]\n engine = pg\n[engine "pg"]\n client = {self.server.psql}\n'
            "[user]\n name = A\n email = a@example.org\n"
        )
        self.plan = ["%syntax-version=1.0.0", "%project=store", ""]
        for number, file in enumerate(self.files):
            self.add(number, file)

    def add(self, number: int, file: Path) -> None:
        name = f"c{number:04}_{file.stem}"
        shutil.copy(file, self.work / "deploy" / f"{name}.sql")
        self.plan.append(f"{name} 2024-01-01T00:00:{number % 60:02}Z A <a@example.org> # {name}")
        (self.work / "sqitch.plan").write_text("\n".join(self.plan) + "\n")

    def deploy(self) -> Cost:
        target = f"db:pg://postgres@/{self.database}?host={self.server.host}"
        command = ["sqitch", "deploy", "--no-verify", "--target", target]
        return spend(self.server, command, cwd=self.work, fails=True, PGOPTIONS=PATH)

    def deploy_view(self, view: Path) -> Cost:
        self.add(9999, view)
        return self.deploy()


def new_database(server: EmbeddedServer) -> str:
    """A database with an empty schema; deploy.py would make it, the others do not."""
    name = f"run_{time.monotonic_ns()}"
    server.create_database(name)
    with psycopg.connect(server.dsn(name), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA store")
        for role in ("shop_customer", "shop_staff", "shop_analyst", "shop_auditor"):
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(f"CREATE ROLE {role} NOLOGIN")
    return name


def spend(
    server: EmbeddedServer, command: list, cwd: Path | None = None, fails: bool = False, **environment: str
) -> Cost:
    """Run it to its end; with `fails`, sqitch's exit 1 for "nothing to deploy" is no error."""
    before, started = server_cpu(server), time.monotonic()
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    clock = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 and not (fails and b"Nothing to deploy" in output):
        sys.exit(f"{command[0]} ended with {process.returncode}:\n{output.decode()}")
    return Cost(clock, used.ru_utime + used.ru_stime, server_cpu(server) - before)


def server_cpu(server: EmbeddedServer) -> float:
    """The CPU seconds of all the server's processes, those that have ended too."""
    postmaster = psutil.Process(int((server.data_directory / "postmaster.pid").read_text().split()[0]))
    others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.01)
        while True:
            try:
                alive = [process.cpu_times() for process in [postmaster, *postmaster.children()]]
                ended = postmaster.cpu_times()
                return ended.children_user + ended.children_system + sum(cpu.user + cpu.system for cpu in alive)
            except psutil.NoSuchProcess:
                pass  # it ended just now


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
