"""An entity relationship diagram in Mermaid's words."""

from __future__ import annotations

from docs.schema.areas import TELLING_COLUMNS
from docs.schema.catalog import Relation

SHORT_TYPES = {
    "timestamp with time zone": "timestamptz",
    "character varying": "varchar",
    "character": "char",
}


def diagram(tables: list[Relation]) -> str:
    """The tables with their keys, and their references, also those to tables of other diagrams."""
    lines = ["erDiagram"]
    for table in tables:
        lines += [f"    {line}" for line in references(table)]
    for table in tables:
        lines += [f"    {line}" for line in entity(table)]
    return "\n".join(lines)


def references(table: Relation) -> list[str]:
    """A line a foreign key: whether it may be NULL stands on its target's side, whether it is unique on its own."""
    may_be_null = {column.name for column in table.columns if not column.is_not_null}
    unique = [set(key.columns) for key in table.constraints if key.kind in "pu" and not key.condition]
    lines = []
    for reference in table.constraints_of("f"):
        one = "|o" if may_be_null.intersection(reference.columns) else "||"
        many = "o|" if set(reference.columns) in unique else "o{"
        label = ", ".join(reference.columns)
        lines.append(f'{reference.referenced_table} {one}--{many} {table.name} : "{label}"')
    return lines


def entity(table: Relation) -> list[str]:
    """A table's box: the columns of its keys, and what else it is there for."""
    marks: dict[str, list[str]] = {}
    for kind, mark in [("p", "PK"), ("f", "FK"), ("u", "UK")]:
        for constraint in table.constraints_of(kind):
            for column in constraint.columns:
                if mark not in marks.setdefault(column, []):
                    marks[column].append(mark)
    telling = TELLING_COLUMNS.get(table.name, ())
    columns = [column for column in table.columns if column.name in marks or column.name in telling]
    lines = [
        f"{short(column.type)} {column.name} {', '.join(marks.get(column.name, []))}".rstrip() for column in columns
    ]
    return [f"{table.name} {{", *(f"    {line}" for line in lines), "}"]


def short(type_name: str) -> str:
    """A type in one word: Mermaid allows no more."""
    without_length = type_name.split("(")[0]
    return SHORT_TYPES.get(without_length, without_length).replace(" ", "_")
