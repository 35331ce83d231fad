"""What the catalog says of a store's schema, put together by table, view and function."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from store_server import one_row

HERE = Path(__file__).resolve().parent


class CatalogError(Exception):
    """The page cannot be written; the message says what to do."""


@dataclass
class Relation:
    """A table or view with all that belongs to it."""

    name: str
    is_view: bool
    has_row_security: bool
    comment: str
    source_file: str
    columns: list = field(default_factory=list)
    constraints: list = field(default_factory=list)
    triggers: list = field(default_factory=list)
    rights: list = field(default_factory=list)

    def constraints_of(self, kind: str) -> list:
        """Primary keys (p), unique ones (u), foreign keys (f), CHECKs (c) or exclusions (x)."""
        return [constraint for constraint in self.constraints if constraint.kind == kind]


@dataclass
class Catalog:
    """Domains, relations by name, and functions."""

    domains: list
    relations: dict[str, Relation]
    functions: list

    @property
    def tables(self) -> list[Relation]:
        """Tables, in the order of their files."""
        return [relation for relation in self.relations.values() if not relation.is_view]

    @property
    def views(self) -> list[Relation]:
        """Views, in the order of their files."""
        return [relation for relation in self.relations.values() if relation.is_view]


def read_catalog(connection: psycopg.Connection) -> Catalog:
    """Read the schema that is first in the connection's search path."""
    if one_row(connection, "SELECT to_regclass('deployed_files')")[0] is None:
        raise CatalogError("no store is deployed there: run python deploy.py with the same --dsn and --schema")
    relations = {row.name: Relation(*row) for row in rows_of(connection, "tables")}
    for part in ("columns", "constraints", "triggers", "rights"):
        for row in rows_of(connection, part):
            if row.relation in relations:  # a partition is told with its table
                getattr(relations[row.relation], part).append(row)
    functions = sorted(rows_of(connection, "functions"), key=place)
    return Catalog(rows_of(connection, "domains"), by_file(relations), functions)


def rows_of(connection: psycopg.Connection, name: str) -> list:
    """The rows of one of the queries beside this file."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute((HERE / f"{name}.sql").read_text()).fetchall()


def by_file(relations: dict[str, Relation]) -> dict[str, Relation]:
    """In the order of the files that make them; sorted here, since a database may sort otherwise."""
    return {relation.name: relation for relation in sorted(relations.values(), key=place)}


def place(made: Any) -> tuple[str, str]:
    """Where something is made; what deploy.py makes itself comes first."""
    return made.source_file or "", made.name
