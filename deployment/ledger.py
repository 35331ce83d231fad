"""The store's own record of what was deployed into it; its tables are in ledger.sql."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from psycopg import Connection
from psycopg.types.json import Jsonb

from deployment.report import DeployError
from deployment.tree import SqlFile, read_file

LEDGER_FORMAT = 1


@dataclass
class Ledger:
    """What was applied: (directory, file) to its hash, and to the objects it made, each with its
    CREATE's hash.
    """

    exists: bool = False
    has_demo: bool = False
    hashes: dict[tuple[str, str], str] = field(default_factory=dict)
    objects: dict[tuple[str, str], dict[str, str | None]] = field(default_factory=dict)

    def makers(self, tree: list[SqlFile], frozen: str) -> dict[str, tuple[str, str]]:
        """Which file of the tree made an object, for the files that may run again."""
        present = [file.key for file in tree if file.directory != frozen]
        return {name: key for key in present for name in self.objects.get(key, {})}


def ledger_tables() -> SqlFile:
    return read_file("deployment/ledger.sql", Path(__file__).resolve().parent.parent)


def read_ledger(connection: Connection) -> Ledger:
    (exists,) = connection.execute("SELECT to_regclass('deploy_log') IS NOT NULL").fetchone()
    if not exists:
        return Ledger()
    ledger_format, has_demo = connection.execute(
        "SELECT max(ledger_format), bool_or(action = 'demo') FROM deploy_log"
    ).fetchone()
    if ledger_format is not None and ledger_format > LEDGER_FORMAT:
        raise DeployError(
            f"the store was deployed by a newer deploy.py (its ledger has format {ledger_format}, "
            f"this one knows {LEDGER_FORMAT})",
            hint="Deploy from a newer copy of the project.",
        )
    ledger = Ledger(exists=True, has_demo=bool(has_demo))
    rows = connection.execute("SELECT directory, file, sha256, objects FROM deployed_files")
    for directory, name, sha256, objects in rows:
        ledger.hashes[directory, name] = sha256
        ledger.objects[directory, name] = objects
    return ledger


def record(connection: Connection, files: list[tuple[SqlFile, dict, float]]) -> None:
    """These files were applied as they stand: each with what it made and the seconds it took."""
    connection.execute(
        """INSERT INTO deployed_files (directory, file, sha256, duration, objects)
        SELECT directory, file, sha256, seconds * INTERVAL '1 second', objects
        FROM jsonb_to_recordset(%s) AS applied (
            directory TEXT, file TEXT, sha256 TEXT, seconds FLOAT8, objects JSONB
        )
        ON CONFLICT (directory, file) DO UPDATE SET
            sha256 = excluded.sha256, applied_at = excluded.applied_at,
            applied_by = excluded.applied_by, duration = excluded.duration,
            objects = excluded.objects""",
        [
            Jsonb(
                [
                    {"sha256": file.sha256, "seconds": seconds, "objects": made}
                    | dict(zip(("directory", "file"), file.key, strict=True))
                    for file, made, seconds in files
                ]
            )
        ],
    )


def forget(connection: Connection, key: tuple[str, str]) -> None:
    """The file is no longer part of the tree."""
    connection.execute("DELETE FROM deployed_files WHERE directory = %s AND file = %s", key)


def log(connection: Connection, action: str, files: list[SqlFile], started: float) -> None:
    """An entry of the append-only log; `started` is time.monotonic() at the transaction's start."""
    duration = timedelta(seconds=time.monotonic() - started)
    connection.execute(
        "INSERT INTO deploy_log (action, files, ledger_format, duration) VALUES (%s, %s, %s, %s)",
        [action, [file.path for file in files], LEDGER_FORMAT, duration],
    )
