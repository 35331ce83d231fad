"""Describes a store as its catalog does, by the queries in fingerprint/: a fact a row, of which
object, what, its value, and the statements that make it so and undo it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path
from typing import NamedTuple

from deployment.ledger import TABLES
from deployment.remedies import remedies
from deployment.store import Store

FINGERPRINT = Path(__file__).resolve().parent / "fingerprint"  # numbered in the order in which to make what they tell
# Tables whose rows are part of the definition: which columns of which rows. The rest is the store's.
DEFINITION_ROWS = {
    "order_transitions": ("from_status, to_status", "TRUE"),
    "countries": ("country_code, name", "TRUE"),
    "tax_classes": ("tax_class", "tax_class IN ('standard', 'reduced', 'zero')"),
}
ROWS = """
SELECT 'table {schema}.{table}' AS object, 'row ' || to_jsonb(defined)::TEXT AS what, 'there' AS value, NULL AS make
FROM (SELECT {columns} FROM {schema}.{table} WHERE {condition}) AS defined"""
# What has facts.
NAMED = """
WITH relation AS MATERIALIZED (
    SELECT pg_class.*, pg_class.oid::REGCLASS::TEXT AS name, kind, kind || ' ' || pg_class.oid::REGCLASS AS object
    FROM pg_class CROSS JOIN LATERAL (
        SELECT CASE relkind
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table' ELSE 'table'
        END AS kind
    ) AS said
    WHERE relnamespace = current_setting('deploy.schema')::REGNAMESPACE
    AND (%(names)s::TEXT[] IS NULL OR relname = ANY(%(names)s))
    AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT relispartition
    AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_class'::REGCLASS AND objid = pg_class.oid AND deptype IN ('i', 'e')
        AND refobjid <> objid  -- as a partitioned table depends on its key
    )
),

-- The sequence of an identity column is told with its table.
identity_sequence AS (
    SELECT
        sequence.oid, relacl, relowner, object, format('sequence %%s: ', sequence.oid::REGCLASS) AS part
    FROM (SELECT oid AS table_oid, object FROM relation) AS owner
    INNER JOIN pg_depend ON refclassid = 'pg_class'::REGCLASS AND refobjid = table_oid AND deptype = 'i'
    INNER JOIN pg_class AS sequence ON classid = 'pg_class'::REGCLASS AND objid = sequence.oid
    WHERE relkind = 'S'
),

routine AS (
    SELECT pg_proc.*, oid::REGPROCEDURE::TEXT AS name, kind, kind || ' ' || oid::REGPROCEDURE AS object
    FROM pg_proc CROSS JOIN LATERAL (
        SELECT CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind
    ) AS said
    WHERE pronamespace = current_setting('deploy.schema')::REGNAMESPACE
    AND (%(names)s::TEXT[] IS NULL OR proname = ANY(%(names)s))
),

named_type AS (
    SELECT pg_type.*, oid::REGTYPE::TEXT AS name, 'type ' || oid::REGTYPE AS object FROM pg_type
    WHERE typnamespace = current_setting('deploy.schema')::REGNAMESPACE
    AND (%(names)s::TEXT[] IS NULL OR typname = ANY(%(names)s)) AND (
        typtype IN ('e', 'd', 'r')
        OR typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = typrelid AND relkind = 'c')
    )
)

SELECT object, what, value, make FROM ({query}) AS fact
WHERE value IS NOT NULL
AND (%(names)s::TEXT[] IS NULL OR regexp_replace(split_part(object, '(', 1), '^.*[ .]', '') = ANY(%(names)s))"""
OF_OTHERS = "of others: "  # before a right that no file says anything about


class Fact(NamedTuple):
    """What the catalog says of an object, named in full; `given` is the statement that makes it so, where that does
    not follow from the rest.
    """

    schema: str
    object: str
    what: str
    value: str
    given: str | None

    @property
    def key(self) -> tuple[str, str]:
        """The object and what is said of it, as messages name them."""
        return self.object.replace(f"{self.schema}.", ""), self.said.replace(f"{self.schema}.", "")

    @property
    def said(self) -> str:
        return self.what.removeprefix(OF_OTHERS)

    @property
    def make(self) -> str | None:
        return self.given or self.remedies[0]

    @property
    def unmake(self) -> str | None:
        return self.remedies[1]

    @property
    def remedies(self) -> tuple[str | None, str | None]:
        return remedies(self.schema, self.object, self.said, self.value)

    def moved_to(self, schema: str) -> Fact:
        return Fact(*(text and text.replace(self.schema, schema) for text in self))  # type: ignore[arg-type]


Parts = dict[str, Fact]  # what is said of one object
Facts = dict[str, Parts]  # and of all


def by_object(found: Iterable[Fact]) -> Facts:
    facts: Facts = {}
    for fact in found:
        name, what = fact.key
        facts.setdefault(name, {})[what] = fact
    return facts


def facts(store: Store, names: Set[str] | None = None) -> Facts:
    """All facts about the store, or those about the objects of these bare names."""
    standing = store.column(
        """SELECT relname::TEXT FROM pg_class INNER JOIN pg_namespace ON relnamespace = pg_namespace.oid
        WHERE nspname = %s AND relowner = nspowner AND relkind = 'r' AND relname = ANY(%s)""",
        [store.schema, list(DEFINITION_ROWS)],
    )
    queries = [file.read_text("utf-8") for file in sorted(FINGERPRINT.glob("*.sql"))]
    for table in standing:
        columns, condition = DEFINITION_ROWS[table]
        queries.append(ROWS.format(schema=store.schema, table=table, columns=columns, condition=condition))
    return by_object(fact for fact in described(store, queries, names) if not fact.what.startswith(OF_OTHERS))


def rights_of_others(store: Store, names: Set[str] | None = None) -> Facts:
    """The grants to roles that are not the project's, on all there is or on the objects of these bare names."""
    found = described(store, [subject("080_rights")], names)
    return by_object(fact for fact in found if fact.what.startswith(OF_OTHERS))


def subject(name: str) -> str:
    return (FINGERPRINT / f"{name}.sql").read_text("utf-8")


def described(store: Store, queries: list[str], names: Set[str] | None) -> list[Fact]:
    wanted = {"names": None if names is None else [*names]}
    asked = [NAMED.replace("{query}", query.replace("%", "%%")) for query in queries]
    return [Fact(store.schema, *row) for query in asked for row in store.ask(query, wanted)]


def of_the_ledger(name: str) -> bool:
    """Whether a fact's object is the ledger's own."""
    return name.removeprefix("table ") in TABLES or name.startswith("function refuse_deploy_log_change")
