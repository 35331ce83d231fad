"""The list of who may do what, read from rights.txt."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROLES = ("shop_customer", "shop_staff", "shop_analyst", "shop_auditor")
FILE = Path(__file__).with_name("rights.txt")
PARTITION = re.compile(r"audit_log_(\d{4}_\d{2}|default)")  # made as time goes by


@dataclass
class Relation:
    """A table or view: for each role whose rows it sees, whether it deletes, and its columns."""

    rows: dict[str, str]
    columns: dict[str, dict[str, str]] = field(default_factory=dict)

    def may(self, role: str, action: str, column: str) -> bool:
        """Whether the role may read (r), insert (i) or update (u) the column."""
        rights = self.columns.get(column) or self.columns["*"]
        return action in rights.get(role, "-")

    def whose_rows(self, role: str) -> str:
        """own, all, offer, style, now or -."""
        return self.rows.get(role, "-").removesuffix("+d")

    def may_delete(self, role: str) -> bool:
        """Whether the role may delete the rows it sees."""
        return self.rows.get(role, "-").endswith("+d")


def listed() -> tuple[dict[str, Relation], dict[str, dict[str, bool]]]:
    """The relations and the functions of the list, by name."""
    relations: dict[str, Relation] = {}
    functions: dict[str, dict[str, bool]] = {}
    relation_part, function_part = FILE.read_text().split("[functions]")
    for line, words in lines_of(relation_part.split("[relations]")[1]):
        if line[0].isspace():  # columns of the relation last named
            add(next(reversed(relations.values())).columns, words, lambda right: right)
        else:
            relations[words[0]] = Relation(dict(zip(ROLES, words[1:], strict=True)))
    for _, words in lines_of(function_part):
        add(functions, words, lambda right: right == "x")
    return relations, functions


def lines_of(part: str) -> list[tuple[str, list[str]]]:
    """The lines that say something, each with its words."""
    lines = [(line, line.split("#")[0].split()) for line in part.splitlines()]
    return [(line, words) for line, words in lines if words]


def add(entries: dict, words: list[str], meaning) -> None:
    """Enter a line, four rights and then the names they hold for."""
    rights = {role: meaning(right) for role, right in zip(ROLES, words[:4], strict=True)}
    for name in words[4:]:
        assert name not in entries, f"{name} is listed twice"
        entries[name] = rights


def is_internal(function: str) -> bool:
    """Whether a function's name says that nobody calls it."""
    return function.startswith("_")


def entry(relations: dict[str, Relation], name: str) -> Relation | None:
    """The list's entry for a relation; partitions share one."""
    return relations.get("audit_log_<partition>" if PARTITION.fullmatch(name) else name)
