"""What a call touches and holds: buffers as EXPLAIN counts them, rows read of each table, memory of its server process."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROWS_READ = """
    SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
    WHERE schemaname = current_schema()"""
# Of every large table, so that reading a small one twice is no pass over anything.
ROWS = """
    SELECT relname, reltuples FROM pg_class
    WHERE relnamespace = current_schema()::REGNAMESPACE AND relkind = 'r' AND reltuples >= 1000"""


@dataclass(frozen=True)
class Cost:
    buffers: int
    passes: float  # how often the table read most was read, counted in rows
    table: str  # which that was
    bytes: int  # of memory, beyond what the session had


def cost(dsn: str, options: str, statement: str, times: int = 2, is_kept: bool = False) -> Cost:
    """What the statement costs in a session of its own, the last time of so many; its memory the first time."""
    with psycopg.connect(dsn, autocommit=True, options=options) as session:
        with Memory(session.info.backend_pid) as memory:
            buffers, passes, table = counted(session, statement, is_kept)
        for _ in range(times - 1):
            buffers, passes, table = counted(session, statement, is_kept)
    return Cost(buffers, passes, table, memory.grown)


def counted(session: psycopg.Connection, statement: str, is_kept: bool) -> tuple[int, float, str]:
    """Buffers, and how often which table was read; what the statement does is undone unless it is to be kept."""
    with session.transaction(force_rollback=not is_kept):
        before: dict[str, int] = dict(session.execute(ROWS_READ).fetchall())
        explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}"
        [(answer,)] = session.execute(explain).fetchall()
        read = {name: rows - before.get(name, 0) for name, rows in session.execute(ROWS_READ).fetchall()}
        passes = [(read.get(name, 0) / rows, name) for name, rows in session.execute(ROWS).fetchall()]
    plan = answer[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], *max(passes, default=(0.0, "none"))


class Memory:
    """The most a server process held while the block ran, beyond what it had (Linux; elsewhere 0)."""

    def __init__(self, process: int):
        self.status = Path(f"/proc/{process}/status")
        self.had = self.most = self.held()
        self.is_over = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> Memory:
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.watcher.join()

    def watch(self) -> None:
        while not self.is_over.wait(0.01):
            self.most = max(self.most, self.held())

    def held(self) -> int:
        """Bytes that are the process's alone: not the buffers it shares with others."""
        try:
            lines = self.status.read_text().splitlines()
        except OSError:
            return 0
        return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))

    @property
    def grown(self) -> int:
        return max(self.most - self.had, 0)
