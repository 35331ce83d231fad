"""The page as Markdown: a diagram an area, then a dictionary of types, tables, views and functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from docs.schema.areas import AREAS, FOR_OWNER_AND_SCHEDULER, TELLING_COLUMNS
from docs.schema.catalog import Catalog, CatalogError, Relation
from docs.schema.diagram import diagram

HERE = Path(__file__).resolve().parent
DIRECTORIES = {
    "02_analytics": "Reports",
    "04_views": "Dashboards, alerts and monitoring",
    "05_security": "Materialised sales",
    "03_procedures": "Processing orders",
    "01_schema": "Of the tables",
}


def page(catalog: Catalog) -> str:
    """The whole page."""
    refuse_other_areas(catalog)
    blocks = [(HERE / "opening.md").read_text().rstrip(), contents()]
    blocks += [*diagrams(catalog), *types(catalog), "## Tables"]
    for area in AREAS:
        blocks += [f"### Tables: {area.title.lower()}", *(table_entry(catalog.relations[name]) for name in area.tables)]
    blocks += ["## Views", *grouped(catalog.views, view_entry, "Views")]
    outside = [function for function in catalog.functions if is_called_from_outside(function)]
    blocks += [
        "## Functions",
        "What a role may call, and what the owner and a scheduler call. The functions these are "
        "made of, and those that triggers call, stand in `sql/` with their comments.",
    ]
    blocks += grouped(outside, function_entry, "Functions")
    return "\n\n".join(blocks) + "\n"


def refuse_other_areas(catalog: Catalog) -> None:
    """What areas.py names must be there, and every table must be in an area, or the page would lack it."""
    placed = {name for area in AREAS for name in area.tables}
    differing = placed ^ {table.name for table in catalog.tables}
    for name in TELLING_COLUMNS.keys() & catalog.relations.keys():
        there = {column.name for column in catalog.relations[name].columns}
        differing |= {f"{name}.{column}" for column in TELLING_COLUMNS[name] if column not in there}
    if differing:
        raise CatalogError(f"docs/schema/areas.py and the schema differ in: {', '.join(sorted(differing))}")


def contents() -> str:
    """A list of everything, to jump to."""
    lines = ["## Contents", ""]
    for area in AREAS:
        lines.append(f"- [{area.title}](#{anchor(area.title)}): {', '.join(map(link, area.tables))}")
    return "\n".join([*lines, *(f"- [{title}](#{anchor(title)})" for title in ("Types", "Views", "Functions"))])


def diagrams(catalog: Catalog) -> list[str]:
    """A diagram an area: its tables with their keys, and what these refer to elsewhere."""
    blocks = [
        "## Diagrams",
        "Keys are drawn, and what a table is there for: PK is the primary key, FK a reference, UK unique. `||--o{` reads "
        "“one has any number of”; a box without columns is a table of another diagram.",
    ]
    for area in AREAS:
        tables = [catalog.relations[name] for name in area.tables]
        blocks += [f"### {area.title}", area.about]
        if any(table.constraints_of("f") for table in tables):
            blocks.append(f"```mermaid\n{diagram(tables)}\n```")
    return blocks


def types(catalog: Catalog) -> list[str]:
    """What columns are made of beside PostgreSQL's own types."""
    lines = ["| type | made of | meaning |", "|---|---|---|"]
    lines += [f"| `{domain.name}` | {domain.base_type} | {cell(domain.comment)} |" for domain in catalog.domains]
    return [
        "## Types",
        "Domains: a column of one cannot hold what its checks refuse. Clients read them as what they are made of.",
        "\n".join(lines),
    ]


def table_entry(table: Relation) -> str:
    """One table: its comment, columns, keys, checks, triggers and rights."""
    lines = [
        f"#### {table.name}",
        "",
        sentence(table.comment),
        "",
        source(table),
        "",
        "| column | type | null | default | meaning |",
        "|---|---|---|---|---|",
    ]
    for column in table.columns:
        null = "" if column.is_not_null else "yes"
        lines.append(f"| `{column.name}` | {column.type} | {null} | {default(column)} | {cell(column.comment)} |")
    lines += ["", *facts_of(table)]
    return "\n".join(lines)


def default(column: Any) -> str:
    """What a row gets that names no value: an expression, or how the store makes it."""
    if column.default_value in (None, "identity", "generated"):
        return column.default_value or ""
    return code(without_cast(column.default_value))


def facts_of(table: Relation) -> list[str]:
    """Keys, checks, triggers and rights, a line a kind."""
    facts = []
    for constraint in table.constraints_of("p"):
        facts.append(f"- Key: {names(constraint.columns)}")
    for constraint in table.constraints_of("u"):
        where = f" where {code(constraint.condition)}" if constraint.condition else ""
        facts.append(f"- Unique: {names(constraint.columns)}{where}")
    for constraint in table.constraints_of("f"):
        facts.append(f"- {names(constraint.columns)} refers to {link(constraint.referenced_table)}")
    for kind, word in [("c", "Checks"), ("x", "Exclusions")]:
        if checks := table.constraints_of(kind):
            facts.append(f"- {word}: {names(check.name for check in checks)}")
    for purpose in dict.fromkeys(trigger.comment for trigger in table.triggers):
        alike = [trigger.name for trigger in table.triggers if trigger.comment == purpose]
        facts.append(f"- {'Triggers' if alike[1:] else 'Trigger'} {names(alike)}: {purpose_of_trigger(purpose)}")
    return [*facts, f"- {rights(table)}"]


def rights(relation: Relation) -> str:
    """Which role may do what, the owner apart, who may do everything."""
    roles: dict[str, list[str]] = {}
    for right in relation.rights:
        of = roles.setdefault(right.role_name, [])
        if right.privilege not in of:
            of.append(right.privilege + (" (some columns)" if right.of_some_columns else ""))
    if not roles:
        return "Rights: nobody but the owner"
    told = "; ".join(f"`{role}` {', '.join(may)}" for role, may in roles.items())
    return f"Rights: {told}" + ("; which rows, a policy says" if relation.has_row_security else "")


def view_entry(view: Relation) -> str:
    """One view: its comment, columns and readers."""
    lines = [
        f"#### {view.name}",
        "",
        sentence(view.comment),
        "",
        source(view),
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{column.name}` | {column.type} | {cell(column.comment)} |" for column in view.columns]
    return "\n".join([*lines, "", f"- {rights(view)}"])


def is_called_from_outside(function: Any) -> bool:
    """Whether anyone but the store itself has a use for it."""
    return bool(function.roles) or function.name in FOR_OWNER_AND_SCHEDULER


def function_entry(function: Any) -> str:
    """One function: how to call it, its comment, who may."""
    who = names(function.roles) if function.roles else "its owner, and whom the owner grants it to"
    signature = f"{function.name}({arguments(function)}) → {function.result}"
    return "\n".join(
        [
            f"#### {function.name}",
            "",
            code(signature),
            "",
            sentence(function.comment),
            "",
            source(function),
            "",
            f"- May be called by {who}",
        ]
    )


def arguments(function: Any) -> str:
    """Its arguments, a default as in the comment: p_limit integer = 100."""
    given = [argument.partition(" DEFAULT ") for argument in function.arguments.split(", ")]
    return ", ".join(f"{name} = {without_cast(value)}" if value else name for name, _, value in given)


def grouped(things: list, entry: Callable[[Any], str], word: str) -> list[str]:
    """Entries under a heading for each directory of sql/."""
    blocks = []
    for directory, title in DIRECTORIES.items():
        found = [thing for thing in things if (thing.source_file or "").startswith(directory)]
        if found:
            blocks += [f"### {word}: {title.lower()}", *map(entry, found)]
    return blocks


def source(made: Any) -> str:
    """The file to read next."""
    if made.source_file is None:
        return "Made by `deploy.py`: [deployment/ledger.sql](../deployment/ledger.sql)"
    return f"[sql/{made.source_file}](../sql/{made.source_file})"


def link(name: str) -> str:
    return f"[{name}](#{anchor(name)})"


def anchor(title: str) -> str:
    """The anchor Markdown viewers give a heading."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")


def names(things: Iterable[str]) -> str:
    return ", ".join(f"`{thing}`" for thing in things)


def code(text: str) -> str:
    return f"`{' '.join(text.split())}`"


def without_cast(expression: str) -> str:
    """A constant as people write it; the catalog adds the type that its place shows anyway."""
    return re.sub(r"^('[^']*'|NULL|-?\d+)::[\w ]+$", r"\1", expression)


def purpose_of_trigger(comment: str | None) -> str:
    """What it does, without the word that every such comment begins with."""
    told = sentence(comment).removeprefix("Trigger: ")
    return told[:1].lower() + told[1:]


def sentence(comment: str | None) -> str:
    """A comment as a paragraph: its lines were broken for a terminal."""
    return " ".join((comment or "").split()).replace("<", "&lt;").replace("*", "\\*")


def cell(comment: str | None) -> str:
    return sentence(comment).replace("|", "\\|")
