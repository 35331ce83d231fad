"""Keeps in the ledger what the catalog says after a deploy, so that drift can be told where no
fresh store can be made to compare with: on a standby, or without CREATE on the database.

A deploy stores anew only what it changed itself. What somebody had changed by hand stays drift.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from psycopg import Connection
from psycopg.types.json import Jsonb

from deployment.facts import (
    LEFT_BY_REPLACING,
    SUBJECTS,
    SUBJECTS_OF,
    SUBJECTS_OF_REPLACING,
    Fact,
    Facts,
    fact_queries,
)
from deployment.report import DeployError
from deployment.tree import SqlFile

# The facts of some objects: `function f` stands for all functions of that name.
DESCRIBED = """
SELECT
    object,
    jsonb_agg(jsonb_build_array(what, value, make) ORDER BY turn) AS facts,
    md5(string_agg(concat_ws(' ', what, value, make), ' ' ORDER BY what)) AS digest
FROM (
    SELECT fact.*, row_number() OVER () AS turn
    FROM ({queries}) AS fact
    WHERE %(names)s::TEXT[] IS NULL OR split_part(object, '(', 1) = ANY(%(names)s)
) AS fact
GROUP BY object"""
# Of what is not named, what is new or differs from before; an object that stood there before, and
# is not stored, is somebody else's.
STORE = """
WITH described AS MATERIALIZED ({described}),

gone AS (
    DELETE FROM deployed_objects WHERE object NOT IN (SELECT object FROM described)
    AND (split_part(object, '(', 1) = ANY(%(touched)s) OR %(before)s::JSONB ? object)
)

INSERT INTO deployed_objects (object, server_major, facts)
SELECT object, {major}, described.facts
FROM described LEFT JOIN deployed_objects AS stored USING (object)
WHERE split_part(object, '(', 1) = ANY(%(touched)s)
OR NOT %(before)s::JSONB ? object
OR stored.object IS NOT NULL AND %(before)s::JSONB ->> object <> digest
ON CONFLICT (object) DO UPDATE SET
    server_major = excluded.server_major, facts = excluded.facts"""
# Of views that were replaced, what that cannot change is kept as it was stored.
STORE_REPLACED = """
UPDATE deployed_objects AS stored SET
    server_major = {major},
    facts = described.facts || coalesce((
        SELECT jsonb_agg(fact) FROM jsonb_array_elements(stored.facts) AS fact
        WHERE fact ->> 0 ~ %(left)s
    ), '[]')
FROM ({described}) AS described
WHERE described.object = stored.object"""
MAJOR = "current_setting('server_version_num')::INT / 10000"


@dataclass
class Changes:
    """What a deploy changes: by name, where a file does nothing but make views and functions, else
    found by what the catalog said before. `replaced` are views that stood there with their rights.
    """

    names: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    before: dict[str, str] | None = None

    def by(self, connection: Connection, file: SqlFile, standing: set[str]) -> None:
        """The file is going to run; `standing` is what stands there now."""
        if file.plainly_makes is None:
            return self.by_anything(connection)
        names = self.replaced if file.only_replaces_views(standing) else self.names
        for made in file.plainly_makes:
            kind, name = made.split(" ")
            names |= {made, f'{kind} "{name}"'}  # as the catalog quotes some words

    def by_first_deploy(self, connection: Connection, standing: list) -> None:
        """All there will be is the store's, but for what stands there before."""
        self.before = {}
        if standing:
            self.before = None
            self.by_anything(connection)
            self.before.pop("schema")

    def by_anything(self, connection: Connection) -> None:
        """Whatever is done next, it will be found by a look at the catalog as it is now."""
        if self.before is None:
            with connection.transaction(force_rollback=True):  # to let go of the locks at once
                query = described(connection, SUBJECTS)
                rows = connection.execute(query, {"names": None})
                self.before = {name: digest for name, _, digest in rows}


def described(connection: Connection, subjects: list[str]) -> str:
    """The query DESCRIBED, of facts on these subjects."""
    queries = [
        f"SELECT object, what, value, make FROM ({query}) AS fact"
        for query in fact_queries(connection, subjects)
    ]
    return DESCRIBED.replace("{queries}", "\nUNION ALL\n".join(queries).replace("%", "%%"))


def remember(connection: Connection, changes: Changes) -> None:
    """Store what the deploy changed, as the catalog says it now."""
    is_known = changes.before is None
    subjects, names = SUBJECTS, changes.names
    kinds = {name.split(" ")[0] for name in names}
    if is_known and kinds <= SUBJECTS_OF.keys():
        subjects = sorted({subject for kind in kinds for subject in SUBJECTS_OF[kind]})
    if changes.replaced:
        store(connection, STORE_REPLACED, SUBJECTS_OF_REPLACING, names=sorted(changes.replaced))
    if names or not is_known:
        store(
            connection,
            STORE,
            subjects,
            names=sorted(names) if is_known else None,
            touched=sorted(names),
            before=Jsonb(changes.before or {}),
        )


def store(connection: Connection, statement: str, subjects: list[str], **parameters) -> None:
    query = statement.replace("{described}", described(connection, subjects))
    connection.execute(query.replace("{major}", MAJOR), {"left": LEFT_BY_REPLACING} | parameters)


def remember_all(connection: Connection, expected: Facts) -> None:
    """Store what a fresh store is like: this one is so, or what is not so has drifted."""
    by_object: dict[str, list] = {}
    for (name, what), fact in expected.items():
        by_object.setdefault(name, []).append([what, fact.value, fact.make])
    connection.execute("DELETE FROM deployed_objects")
    connection.execute(
        f"""INSERT INTO deployed_objects (object, server_major, facts)
        SELECT key, {MAJOR}, value FROM jsonb_each(%s)""",
        [Jsonb(by_object)],
    )


def recall(connection: Connection, why: str) -> tuple[Facts, datetime]:
    """What the last deploy left, and when; `why` it is asked for."""
    (is_there,) = connection.execute("SELECT to_regclass('deployed_objects') IS NOT NULL").fetchone()
    majors = set()
    if is_there:
        majors = {
            major
            for (major,) in connection.execute("SELECT DISTINCT server_major FROM deployed_objects")
        }
    (major,) = connection.execute(f"SELECT {MAJOR}").fetchone()
    if majors != {major}:
        stored = " and ".join(f"by PostgreSQL {other}" for other in sorted(majors - {major}))
        raise DeployError(
            f"there is nothing to compare with: {why}, and what the last deploy left was"
            f" {'described ' + stored if stored else 'not stored'}"
            + (f", whose words are not those of {major}" if stored else ""),
            hint="Run python deploy.py --repair on the primary, as a role that has CREATE on the"
            " database.",
        )
    found = {}
    for name, facts in connection.execute("SELECT object, facts FROM deployed_objects"):
        for what, value, make in facts:
            found[name, what] = Fact(value, make, None)
    (at,) = connection.execute(
        "SELECT max(performed_at) FROM deploy_log WHERE action <> 'demo'"
    ).fetchone()
    return found, at
