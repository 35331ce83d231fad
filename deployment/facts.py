"""Describes a store as its catalog does, by the queries in fingerprint/: a fact a row, of which
object, what, its value, and the statements that make it so and undo it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from psycopg import Connection, sql

# In the order in which an object and its parts can be made.
SUBJECTS = [
    "types",
    "relations",
    "columns",
    "constraints",
    "indexes",
    "functions",
    "triggers",
    "privileges",
    "relation_comments",
    "comments",
    "partitions",
]
# All there is to say of a view, and of a function.
SUBJECTS_OF = {
    "view": ["relations", "triggers", "privileges", "relation_comments"],
    "function": ["functions", "privileges", "comments"],
}
# What a CREATE OR REPLACE VIEW, and comments, can change of one; and what it leaves as it is.
SUBJECTS_OF_REPLACING = ["relations", "relation_comments"]
LEFT_BY_REPLACING = "^(owner|trigger |(column .*: )?privilege )"
# Tables whose rows are part of the definition.
DEFINITION_TABLES = ["order_transitions"]
ROWS = """
SELECT
    'table {table}' AS object,
    'row ' || line.text AS what,
    'there' AS value,
    format(
        'ALTER TABLE {table} DISABLE TRIGGER USER; INSERT INTO {table} SELECT * FROM'
        ' jsonb_populate_record(NULL::{table}, %L); ALTER TABLE {table} ENABLE TRIGGER USER',
        line.text
    ) AS make,
    format(
        'ALTER TABLE {table} DISABLE TRIGGER USER; DELETE FROM {table} AS t WHERE to_jsonb(t) ='
        ' %L::JSONB; ALTER TABLE {table} ENABLE TRIGGER USER',
        line.text
    ) AS unmake
FROM (SELECT to_jsonb(t)::TEXT AS text FROM {table} AS t) AS line"""


class Fact(NamedTuple):
    """A value in the catalog, and the statements that make it so and undo it."""

    value: str | None
    make: str | None
    unmake: str | None


Facts = dict[tuple[str, str], Fact]


def facts(connection: Connection) -> Facts:
    """All facts about the schema that is first on the path."""
    return {
        (name, what): Fact(*fact)
        for query in fact_queries(connection)
        for name, what, *fact in connection.execute(query)
    }


def fact_queries(connection: Connection, subjects: list[str] = SUBJECTS) -> list[str]:
    """The queries that tell the facts, in their order; all have the columns of a fact."""
    here = Path(__file__).resolve().parent / "fingerprint"
    queries = [(here / f"{subject}.sql").read_text() for subject in subjects]
    if subjects is SUBJECTS:
        standing = connection.execute(
            "SELECT name FROM unnest(%s::TEXT[]) AS name WHERE to_regclass(name) IS NOT NULL",
            [DEFINITION_TABLES],
        )
        queries += [ROWS.format(table=table) for (table,) in standing]
    return queries


def set_path(connection: Connection, schema: str) -> None:
    path = sql.SQL("SET LOCAL search_path = {}, pg_temp")
    connection.execute(path.format(sql.Identifier(schema)))
