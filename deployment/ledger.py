"""The store's own record of what was deployed into it; its tables are in ledger.sql."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from psycopg.types.json import Jsonb

from deployment.errors import DeployError
from deployment.store import Store
from deployment.tree import SqlFile, read_file

LEDGER_FORMAT = 2  # since 2, rights may be ALTERs
TABLES = ["deployed_files", "deploy_log", "deployed_objects"]


@dataclass
class Ledger:
    """What was applied: (directory, file) to its hash, to the objects it made, each with its
    CREATE's hash, and to what it granted and revoked.
    """

    exists: bool = False
    has_demo: bool = False
    hashes: dict[tuple[str, str], str] = field(default_factory=dict)
    objects: dict[tuple[str, str], dict[str, str | None]] = field(default_factory=dict)
    rights: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it is there and says nothing, as in a copy of a store without its rows."""
        return self.exists and not self.hashes


def ledger_tables() -> SqlFile:
    return read_file("deployment/ledger.sql", Path(__file__).resolve().parent.parent)


def read_ledger(store: Store) -> Ledger:
    (owners,) = store.one(
        """SELECT array_agg(relowner = nspowner)
        FROM pg_class INNER JOIN pg_namespace ON relnamespace = pg_namespace.oid
        WHERE nspname = %s AND relname = ANY(%s)""",
        [store.schema, TABLES],
    )
    if not owners:
        return Ledger()
    if owners != [True] * len(TABLES):
        raise DeployError(f"the ledger in schema {store.schema} is not whole, or not its owner's: {', '.join(TABLES)}")
    ledger_format, has_demo = store.one(
        f"SELECT max(ledger_format), bool_or(action = 'demo') FROM {store.schema}.deploy_log"
    )
    if ledger_format is not None and ledger_format > LEDGER_FORMAT:
        raise DeployError(
            f"the store was deployed by a newer deploy.py (its ledger has format {ledger_format}, "
            f"this one knows {LEDGER_FORMAT})",
            hint="Deploy from a newer copy of the project.",
        )
    ledger = Ledger(exists=True, has_demo=bool(has_demo))
    rows = store.ask(f"SELECT directory, file, sha256, objects, rights FROM {store.schema}.deployed_files")
    for directory, name, sha256, objects, rights in rows:
        ledger.hashes[directory, name] = sha256
        ledger.objects[directory, name] = objects
        ledger.rights[directory, name] = rights
    return ledger


def record(store: Store, files: list[tuple[SqlFile, dict, float]]) -> None:
    """These files were applied as they stand: each with what it made and the seconds it took."""
    applied = [
        {"sha256": file.sha256, "seconds": seconds, "objects": made, "rights": file.rights}
        | dict(zip(("directory", "file"), file.key, strict=True))
        for file, made, seconds in files
    ]
    store.ask(
        f"""INSERT INTO {store.schema}.deployed_files (directory, file, sha256, duration, objects, rights)
        SELECT directory, file, sha256, seconds * INTERVAL '1 second', objects, rights
        FROM jsonb_to_recordset(%s) AS applied (
            directory TEXT, file TEXT, sha256 TEXT, seconds FLOAT8, objects JSONB, rights TEXT[]
        )
        ON CONFLICT (directory, file) DO UPDATE SET
            sha256 = excluded.sha256, applied_at = excluded.applied_at,
            applied_by = excluded.applied_by, duration = excluded.duration,
            objects = excluded.objects, rights = excluded.rights""",
        [Jsonb(applied)],
    )


def forget(store: Store, key: tuple[str, str]) -> None:
    """The file is no longer part of the tree."""
    store.ask(f"DELETE FROM {store.schema}.deployed_files WHERE directory = %s AND file = %s", key)


def log(store: Store, action: str, files: list[SqlFile], started: float) -> None:
    """An entry of the append-only log; `started` is time.monotonic() at the transaction's start."""
    duration = timedelta(seconds=time.monotonic() - started)
    store.ask(
        f"INSERT INTO {store.schema}.deploy_log (action, files, ledger_format, duration) VALUES (%s, %s, %s, %s)",
        [action, [file.path for file in files], LEDGER_FORMAT, duration],
    )
