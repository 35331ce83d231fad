"""Describes a store as its catalog does, by the queries in fingerprint/: a fact a row, of which
object, what, its value, and the statements that make it so and undo it.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import NamedTuple

from deployment.ledger import TABLES
from deployment.store import Store

# In the order in which an object and its parts can be made.
SUBJECTS = [
    "types",
    "relations",
    "columns",
    "constraints",
    "indexes",
    "functions",
    "triggers",
    "rights_and_comments",
    "partitions",
]
# Tables whose rows are part of the definition: which columns of which rows. The rest is the store's.
DEFINITION_ROWS = {
    "order_transitions": ("from_status, to_status", "TRUE"),
    "countries": ("country_code, name", "TRUE"),
    "tax_classes": ("tax_class", "tax_class IN ('standard', 'reduced', 'zero')"),
}
ROWS = """
SELECT
    'table {table}' AS object,
    'row ' || line.text AS what,
    'there' AS value,
    format(
        'ALTER TABLE {schema}.{table} DISABLE TRIGGER USER; INSERT INTO {schema}.{table} ({columns})'
        ' SELECT {columns} FROM jsonb_populate_record(NULL::{schema}.{table}, %L);'
        ' ALTER TABLE {schema}.{table} ENABLE TRIGGER USER',
        line.text
    ) AS make,
    format(
        'ALTER TABLE {schema}.{table} DISABLE TRIGGER USER; DELETE FROM {schema}.{table} WHERE ({columns}) ='
        ' (SELECT {columns} FROM jsonb_populate_record(NULL::{schema}.{table}, %L));'
        ' ALTER TABLE {schema}.{table} ENABLE TRIGGER USER',
        line.text
    ) AS unmake
FROM (
    SELECT to_jsonb(defined)::TEXT AS text
    FROM (SELECT {columns} FROM {schema}.{table} WHERE {condition}) AS defined
) AS line"""
# Everywhere but in the statements, what is the store's is named without its schema.
NAMED = """
SELECT object, what, value, make, unmake FROM (
    SELECT
        replace(object, '{schema}.', '') AS object,
        replace(what, '{schema}.', '') AS what,
        value, make, unmake
    FROM ({query}) AS fact
) AS fact
WHERE %(names)s::TEXT[] IS NULL OR regexp_replace(split_part(object, '(', 1), '^.* ', '') = ANY(%(names)s)"""


class Fact(NamedTuple):
    """A value in the catalog, and the statements that make it so and undo it."""

    value: str | None
    make: str | None
    unmake: str | None


Facts = dict[tuple[str, str], Fact]


def facts(store: Store, names: Set[str] | None = None) -> Facts:
    """All facts about the store, or those about the objects of these bare names."""
    here = Path(__file__).resolve().parent / "fingerprint"
    queries = [(here / f"{subject}.sql").read_text() for subject in SUBJECTS]
    standing = store.ask(
        "SELECT relname::TEXT FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relname = ANY(%s)",
        [store.schema, list(DEFINITION_ROWS)],
    ).fetchall()
    queries = [named(query.replace("%", "%%"), store.schema) for query in queries]
    for (table,) in standing:
        columns, condition = DEFINITION_ROWS[table]
        query = ROWS.replace("%", "%%").replace("{table}", table)
        query = query.replace("{columns}", columns).replace("{condition}", condition)
        queries.append(named(query, store.schema))
    found = {}
    for query in queries:
        for name, what, *fact in store.ask(query, {"names": None if names is None else [*names]}):
            found[name, what] = Fact(*fact)
    return found


def named(query: str, schema: str) -> str:
    return NAMED.replace("{query}", query).replace("{schema}", schema)


def of_the_ledger(name: str) -> bool:
    """Whether a fact's object is the ledger's own."""
    return name.removeprefix("table ") in TABLES or name.startswith("function refuse_deploy_log_change")
