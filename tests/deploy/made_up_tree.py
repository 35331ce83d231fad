"""A small made-up tree of SQL files, which the tests of deploy.py deploy and change."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psycopg
import pytest

import deploy

DEADLINE = 60.0  # seconds after which a test that hangs is given up

ORDERS = """-- What was ordered.
CREATE TABLE orders (
    order_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    total NUMERIC(12, 2) NOT NULL
);
CREATE TABLE coupons (coupon_code TEXT PRIMARY KEY);
"""
OPEN_ORDERS = "CREATE OR REPLACE VIEW open_orders AS SELECT order_id, total FROM orders;\n"
ORDER_COUNT = "CREATE OR REPLACE VIEW order_count AS SELECT count(*) AS orders FROM orders;\n"
ORDER_TOTAL = """CREATE OR REPLACE FUNCTION order_total(p_order_id INT) RETURNS NUMERIC
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN total > 0 THEN total END FROM orders WHERE order_id = p_order_id;
END;
"""
TREE = {
    "01_schema/010_orders.sql": ORDERS,
    "03_procedures/010_order_total.sql": ORDER_TOTAL,
    "04_views/010_open_orders.sql": OPEN_ORDERS,
    "04_views/020_order_count.sql": ORDER_COUNT,
}
# How many indexes are being built beside the application.
BUILDING = "SELECT count(*) FROM pg_stat_progress_create_index WHERE command = 'CREATE INDEX CONCURRENTLY'"
# The tree of a test so marked is deployed when it begins.
deployed = pytest.mark.usefixtures("deployed_database")
PROGRAM = "import sys, pathlib, deploy; sys.exit(deploy.main(sys.argv[2:], root=pathlib.Path(sys.argv[1])))"
# Forks, since what takes a process longest is to begin.
AT_ONCE = f"""
import os, deploy
children = [os.fork() or exec({PROGRAM!r}) for _ in range({{times}})]
os._exit(max(os.waitpid(child, 0)[1] for child in children) > 0)
"""


@dataclass
class Outcome:
    """How a deploy ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)

    @property
    def applied(self) -> list[str]:
        """The files that ran, by `--json`."""
        return [f"{file['directory']}/{file['file']}" for file in self.json["files"] if file["action"] == "apply"]


class Tree:
    """A folder as `deploy.py` stands in, deployed to one database."""

    def __init__(self, root: Path, dsn: str, capsys: pytest.CaptureFixture):
        self.root, self.dsn, self.capsys = root, dsn, capsys

    def write(self, name: str, text: str) -> Path:
        path = self.root / "sql" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def deploy(self, *arguments: str) -> Outcome:
        """Run it in this process."""
        self.capsys.readouterr()
        try:
            exit_code = deploy.main(["--dsn", self.dsn, *arguments], root=self.root)
        except SystemExit as left:  # by argparse
            exit_code = int(left.code or 0)
        return Outcome(exit_code, *self.capsys.readouterr())

    def deployed(self, *arguments: str) -> Outcome:
        """Run it, and insist on success."""
        outcome = self.deploy(*arguments)
        assert outcome.exit_code == 0, outcome.err or outcome.out
        return outcome

    def start(self, *arguments: str, times: int = 1) -> subprocess.Popen:
        """Run it in a process of its own; several times at once in as many, and then it ends when all have."""
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM if times == 1 else AT_ONCE.format(times=times), str(self.root)]
            + ["--dsn", self.dsn, *arguments],
            cwd=Path(deploy.__file__).parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def wait_until(condition, message: str) -> None:
    """Return once `condition()` holds."""
    given_up_at = monotonic() + DEADLINE
    while not condition():
        assert monotonic() < given_up_at, message


def scalar(connection: psycopg.Connection, query: str, parameters=None):
    """The one value of a query."""
    return connection.execute(query, parameters).fetchone()[0]


def relations(connection: psycopg.Connection) -> set[str]:
    """The tables and views of the store."""
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('store') AND relkind IN ('r', 'v', 'm')"
    )
    return {name for (name,) in rows}
