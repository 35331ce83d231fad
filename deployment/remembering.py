"""Keeps in the ledger what the catalog says after a deploy, so that drift can be told where no
fresh store can be made to compare with: on a standby, or without CREATE on the database.

A deploy stores anew only what it changed itself. What somebody had changed by hand stays drift.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import datetime

from psycopg.types.json import Jsonb

from deployment.errors import DeployError
from deployment.facts import Fact, Facts, Parts, by_object, facts
from deployment.store import Store

NAME = "replace(object, current_setting('deploy.schema') || '.', '')"  # as messages name it


@contextmanager
def remembering(store: Store, is_first: bool, names: Set[str] | None) -> Iterator[None]:
    """Store what the block changes of the objects of these bare names, or where they are not known,
    of all there are. After a first deploy all there is is the store's, but for what stood there before.
    """
    with store.attempt(undo=True):  # to let go of the locks at once
        before = facts(store, names)
    if is_first:
        before.pop("schema", None)
    yield
    after = facts(store, names)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    known = stored(store, changed)
    # What stood there before and is not stored is somebody else's.
    ours = changed - (before.keys() - known.keys())
    keep(store, ours, {name: patched(*(found.get(name, {}) for found in (known, before, after))) for name in ours})


def patched(known: Parts, before: Parts, after: Parts) -> Parts:
    """What is stored of an object, with what has changed as it is now, in the order of facts."""
    found = {}
    for what in after | known:
        is_as_before = before.get(what) == after.get(what)
        if fact := (known if is_as_before else after).get(what):
            found[what] = fact
    return found


def keep(store: Store, names: Set[str], found: Facts) -> None:
    """What is stored of the objects of these names is this, and no more."""
    told = {
        next(iter(parts.values())).object: [[fact.what, fact.value, fact.given] for fact in parts.values()]
        for parts in found.values()
        if parts
    }
    table = f"{store.schema}.deployed_objects"
    store.ask(f"DELETE FROM {table} WHERE {NAME} = ANY(%s) AND object <> ALL(%s)", [[*names], [*told]])
    store.ask(
        f"""INSERT INTO {table} (object, server_major, facts)
        SELECT key, %s, value FROM jsonb_each(%s)
        ON CONFLICT (object) DO UPDATE SET server_major = excluded.server_major, facts = excluded.facts""",
        [store.major, Jsonb(told)],
    )


def stored(store: Store, names: Set[str] | None = None) -> Facts:
    """What is stored of the objects of these names, or of all."""
    query = f"SELECT object, facts FROM {store.schema}.deployed_objects"
    if names is not None:
        query += f" WHERE {NAME} = ANY(%s)"
    rows = store.ask(query, None if names is None else [[*names]])
    return by_object(Fact(store.schema, name, *one) for name, told in rows for one in told)


def remember_all(store: Store, expected: Facts) -> None:
    """Store what a fresh store is like: this one is so, or what is not so has drifted."""
    store.ask(f"DELETE FROM {store.schema}.deployed_objects")
    keep(store, expected.keys(), expected)


def recall(store: Store, why: str) -> tuple[Facts, datetime]:
    """What the last deploy left, and when; `why` it is asked for."""
    is_there = store.one("SELECT to_regclass(%s) IS NOT NULL", [f"{store.schema}.deployed_objects"]) == (True,)
    query = f"SELECT DISTINCT server_major FROM {store.schema}.deployed_objects"
    majors = {*store.column(query)} if is_there else set()
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
