"""What the real year costs to load, beside a plain COPY of the rows it makes into the same tables.

Starts a PostgreSQL of its own in a temporary directory, deploys two stores into it, and loads the year into the first:
file, mapping, constraints, triggers, statistics and reports. What is then in its tables is copied into the second with
triggers and foreign keys off. Measured is the server's CPU (Linux), which the machine's other work hardly changes; the
exit code is 1 where the load takes more than 8 times that of the COPY.

    python benchmarks/real_year/measure.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import psycopg
from psycopg import sql

sys.path.insert(0, str(Path(__file__).parent.parent))

from scratch_store import deploy, quietly, scratch_server  # noqa: E402
from session_cpu import ended_cpu_seconds, session_cpu_seconds  # noqa: E402

from demo.online_retail import load  # noqa: E402

SETTINGS = {"fsync": "off", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
MOST_TIMES = 8


class Cost:
    """Seconds by the clock and of the server's CPU, added up."""

    def __init__(self, session: int):
        self.session, self.seconds, self.cpu_seconds = session, 0.0, 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Add what the block takes of this session and of its parallel workers."""
        started, cpu = time.perf_counter(), self.used()
        yield
        self.seconds += time.perf_counter() - started
        self.cpu_seconds += self.used() - cpu

    def used(self) -> float:
        return session_cpu_seconds(self.session) + ended_cpu_seconds(self.session)

    def __str__(self) -> str:
        return f"{self.cpu_seconds:.1f} s of CPU ({self.seconds:.1f} s by the clock)"


def main() -> int:
    with scratch_server(SETTINGS) as server:
        server.create_database("year")
        dsn = server.dsn("year")
        for schema in ("loaded", "copied"):
            quietly(deploy.main, ["--dsn", dsn, "--schema", schema])
        with psycopg.connect(dsn, autocommit=True) as database:
            print(f"PostgreSQL {database.info.parameter_status('server_version')}")
            loading, copying = (Cost(database.info.backend_pid) for _ in range(2))
            with load.open_sales_file(load.FILE) as sales, loading.measured(), redirect_stdout(StringIO()):
                load.fill(database, "loaded", sales)
            rows = copy(database, copying)
    times = loading.cpu_seconds / copying.cpu_seconds
    print(f"load.py  {loading}\nCOPY     {copying}, {rows:,} rows\nratio    {times:.1f}")
    if not times <= MOST_TIMES:
        print(f"missed: at most {MOST_TIMES} times")
        return 1
    return 0


def copy(database: psycopg.Connection, copying: Cost) -> int:
    """Copy every table that was filled, adding up what the rows cost to go in; return how many there were."""
    database.execute("CREATE TABLE copied.import_rejects (LIKE loaded.import_rejects INCLUDING ALL)")
    database.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
    rows = 0
    for table in load.FILLED_TABLES:
        columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(database, table)))
        with tempfile.TemporaryFile() as file, database.cursor() as cursor:
            out_of = sql.SQL("COPY loaded.{} ({}) TO STDOUT").format(sql.Identifier(table), columns)
            with cursor.copy(out_of) as lines:
                file.writelines(lines)
            file.seek(0)
            into = sql.SQL("COPY copied.{} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            with copying.measured(), cursor.copy(into) as lines:
                while piece := file.read(1 << 20):
                    lines.write(piece)
            rows += cursor.rowcount
    return rows


def columns_of(database: psycopg.Connection, table: str) -> list[str]:
    """The columns of a table that are not computed."""
    query = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
    return [name for (name,) in database.execute(query, [f"loaded.{table}"])]


if __name__ == "__main__":
    sys.exit(main())
