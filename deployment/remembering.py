"""Keeps in the ledger what the catalog says after a deploy, so that drift can be told where no
fresh store can be made to compare with: on a standby, or without CREATE on the database.

A deploy stores anew only what it changed itself. What somebody had changed by hand stays drift.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import datetime

from psycopg.types.json import Jsonb

from deployment.errors import DeployError
from deployment.facts import Fact, Facts, facts
from deployment.store import Store


@contextmanager
def remembering(store: Store, is_first: bool, names: Set[str] | None) -> Iterator[None]:
    """Store what the block changes of the objects of these bare names, or where they are not known,
    of all there are. After a first deploy all there is is the store's, but for what stood there before.
    """
    with store.undone():  # to let go of the locks at once
        before = facts(store, names)
    if is_first:
        before = {key: fact for key, fact in before.items() if key[0] != "schema"}
    yield
    after = facts(store, names)
    changed = {
        key: after.get(key) or before[key] for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    }
    known = stored(store, {fact.object for fact in changed.values()})
    # What stood there before and is not stored is somebody else's.
    theirs = {name for name, _ in before} - {name for name, _ in known}
    ours = {key: fact for key, fact in changed.items() if key[0] not in theirs}
    keep(store, {fact.object for fact in ours.values()}, patched(known, after, ours.keys()))


def patched(stored: Facts, after: Facts, changed: Set[tuple[str, str]]) -> Facts:
    """What is stored of these objects, with what has changed as it is now, in the order of facts."""
    names = {name for name, _ in changed}
    keys = [key for key in after if key[0] in names] + [key for key in stored if key not in after]
    found = {}
    for key in keys:
        if fact := after.get(key) if key in changed else stored.get(key):
            found[key] = fact
    return found


def keep(store: Store, objects: Set[str], found: Facts) -> None:
    """What is stored of these objects is this, and no more."""
    by_object: dict[str, list] = {}
    for fact in found.values():
        by_object.setdefault(fact.object, []).append([fact.what, fact.value, fact.given])
    table = f"{store.schema}.deployed_objects"
    store.ask(f"DELETE FROM {table} WHERE object = ANY(%s) AND object <> ALL(%s)", [[*objects], [*by_object]])
    store.ask(
        f"""INSERT INTO {table} (object, server_major, facts)
        SELECT key, %s, value FROM jsonb_each(%s)
        ON CONFLICT (object) DO UPDATE SET server_major = excluded.server_major, facts = excluded.facts""",
        [store.major, Jsonb(by_object)],
    )


def stored(store: Store, objects: Set[str] | None = None) -> Facts:
    """What is stored of these objects, or of all."""
    rows = store.ask(
        f"SELECT object, facts FROM {store.schema}.deployed_objects WHERE %(objects)s::TEXT[] IS NULL"
        " OR object = ANY(%(objects)s)",
        {"objects": None if objects is None else [*objects]},
    )
    found = [Fact(store.schema, name, *one) for name, told in rows for one in told]
    return {fact.key: fact for fact in found}


def remember_all(store: Store, expected: Facts) -> None:
    """Store what a fresh store is like: this one is so, or what is not so has drifted."""
    store.ask(f"DELETE FROM {store.schema}.deployed_objects")
    keep(store, set(), expected)


def recall(store: Store, why: str) -> tuple[Facts, datetime]:
    """What the last deploy left, and when; `why` it is asked for."""
    (is_there,) = store.one("SELECT to_regclass(%s) IS NOT NULL", [f"{store.schema}.deployed_objects"])
    majors = set()
    if is_there:
        rows = store.ask(f"SELECT DISTINCT server_major FROM {store.schema}.deployed_objects")
        majors = {major for (major,) in rows}
    if majors != {store.major}:
        words = " and ".join(f"by PostgreSQL {other}" for other in sorted(majors - {store.major}))
        raise DeployError(
            f"there is nothing to compare with: {why}, and what the last deploy left was"
            f" {'described ' + words if words else 'not stored'}"
            + (f", whose words are not those of {store.major}" if words else ""),
            hint="Run python deploy.py --repair on the primary, as a role that has CREATE on the database.",
        )
    (at,) = store.one(f"SELECT max(performed_at) FROM {store.schema}.deploy_log WHERE action <> 'demo'")
    return stored(store), at
