"""How long the real year takes to load, beside a plain COPY of the rows it makes into the same tables.

Starts a PostgreSQL of its own in a temporary directory, deploys two stores into it, and loads the year into the first:
file, mapping, constraints, triggers, statistics and reports. What is then in its tables is copied into the second with
triggers and foreign keys off. The exit code is 1 where the load takes more than 8 times as long.

    python benchmarks/real_year/measure.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

sys.path.insert(0, str(Path(__file__).parent.parent))

from scratch_store import deploy, quietly, scratch_server  # noqa: E402

from demo.online_retail import load  # noqa: E402

SETTINGS = {"fsync": "off", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
MOST_TIMES = 8


def main() -> int:
    with scratch_server(SETTINGS) as server:
        server.create_database("year")
        dsn = server.dsn("year")
        for schema in ("loaded", "copied"):
            quietly(deploy.main, ["--dsn", dsn, "--schema", schema])
        started = time.perf_counter()
        quietly(load.main, ["--dsn", dsn, "--schema", "loaded"])
        loaded = time.perf_counter() - started
        with psycopg.connect(dsn) as database:
            print(f"PostgreSQL {database.info.parameter_status('server_version')}")
            rows, copied = copy(database)
    print(f"load.py {loaded:.1f} s, COPY of the {rows:,} rows {copied:.1f} s: {loaded / copied:.1f} times")
    if loaded > MOST_TIMES * copied:
        print(f"missed: at most {MOST_TIMES} times")
        return 1
    return 0


def copy(database: psycopg.Connection) -> tuple[int, float]:
    """Copy every table that was filled; return the number of rows, and the seconds they took to go in."""
    database.execute("CREATE TABLE copied.import_rejects (LIKE loaded.import_rejects INCLUDING ALL)")
    database.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
    database.commit()
    rows, seconds = 0, 0.0
    for table in load.FILLED_TABLES:
        with tempfile.TemporaryFile() as file, database.cursor() as cursor:
            columns = columns_of(database, table)
            with cursor.copy(statement("COPY {} ({}) TO STDOUT", "loaded", table, columns)) as lines:
                file.writelines(lines)
            file.seek(0)
            started = time.perf_counter()
            send(cursor, statement("COPY {} ({}) FROM STDIN", "copied", table, columns), file)
            database.commit()
            seconds += time.perf_counter() - started
            rows += cursor.rowcount
    return rows, seconds


def columns_of(database: psycopg.Connection, table: str) -> list[str]:
    """The columns of a table that are not computed."""
    query = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
    return [name for (name,) in database.execute(query, [f"loaded.{table}"])]


def statement(text: str, schema: str, table: str, columns: Iterable[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(text).format(sql.Identifier(schema, table), names)


def send(cursor: psycopg.Cursor, command: sql.Composed, file: BinaryIO) -> None:
    with cursor.copy(command) as lines:
        while piece := file.read(1 << 20):
            lines.write(piece)


if __name__ == "__main__":
    sys.exit(main())
