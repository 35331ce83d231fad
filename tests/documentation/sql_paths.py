"""What a reader of sql/ goes through to follow one call: the functions and views it names, the triggers its writes
fire, and on from each of these. Read off the text, as a reader does it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.documentation.manual_pages import ROOT

DEFINITION = re.compile(
    r"^CREATE (?:OR REPLACE )?(?:FUNCTION|(?:MATERIALIZED )?VIEW) (?:IF NOT EXISTS )?(\w+)", re.MULTILINE
)
TRIGGER = re.compile(
    r"^CREATE (?:OR REPLACE )?TRIGGER \w+\s+(?:BEFORE|AFTER) (.*?) ON (\w+)\s.*?EXECUTE FUNCTION (\w+)",
    re.MULTILINE | re.DOTALL,
)
WRITE = re.compile(
    r"\b(?:(INSERT) INTO|(DELETE) FROM|(UPDATE)) (\w+)(?: SET\b(.*?)(?:\bFROM\b|\bWHERE\b|;))?", re.DOTALL
)


@dataclass(frozen=True)
class Definition:
    """A function or view: where it stands, and its text from the comment above it to the one below."""

    name: str
    file: str
    text: str

    @property
    def code(self) -> str:
        """Its text without comments and strings."""
        return re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", self.text))


@dataclass(frozen=True)
class Trigger:
    """What fires it (INSERT, UPDATE, …), the columns an UPDATE must name (none = any), and what it calls."""

    table: str
    events: frozenset[str]
    columns: frozenset[str]
    function: str


def definitions() -> dict[str, Definition]:
    found = {}
    for path in sorted(ROOT.glob("sql/*/*.sql")):
        text = path.read_text()
        starts = [start_with_comment(text, match.start()) for match in DEFINITION.finditer(text)]
        for match, start, end in zip(DEFINITION.finditer(text), starts, [*starts[1:], len(text)]):
            found[match[1]] = Definition(match[1], path.relative_to(ROOT).as_posix(), text[start:end].strip())
    return found


def start_with_comment(text: str, start: int) -> int:
    """Where the comment begins that stands right above."""
    while text[:start].endswith("\n") and text[: start - 1].rpartition("\n")[2].startswith("--"):
        start = text.rfind("\n", 0, start - 1) + 1
    return start


def triggers() -> list[Trigger]:
    found = []
    for path in sorted(ROOT.glob("sql/*/*.sql")):
        for events, table, function in TRIGGER.findall(path.read_text()):
            _, _, columns = events.partition(" OF ")
            found.append(
                Trigger(
                    table,
                    frozenset(re.findall(r"INSERT|UPDATE|DELETE", events)),
                    frozenset(re.findall(r"\w+", columns)),
                    function,
                )
            )
    return found


def writes(code: str) -> list[tuple[str, str, frozenset[str]]]:
    """(INSERT, UPDATE or DELETE, table, columns it sets) of every statement of a function that changes rows."""
    return [
        (insert or delete or update, table, frozenset(re.findall(r"\w+(?= =)", columns)))
        for insert, delete, update, table, columns in WRITE.findall(code)
        if insert or delete or columns  # FOR NO KEY UPDATE is none
    ]


def path_of(name: str) -> dict[str, Definition]:
    """Everything a call of the function, or a query of the view, may come through."""
    known, guards = definitions(), triggers()
    called = re.compile(rf"\b({'|'.join(known)})\b(?=\s*\()|\b(?:FROM|JOIN)\s+(\w+)")
    path: dict[str, Definition] = {}
    to_follow = [name]
    while to_follow:
        definition = known[to_follow.pop()]
        if definition.name in path:
            continue
        path[definition.name] = definition
        names = {function or relation for function, relation in called.findall(definition.code)}
        for event, table, columns in writes(definition.code):
            names |= {
                guard.function
                for guard in guards
                if guard.table == table
                and event in guard.events
                and (event != "UPDATE" or not guard.columns or guard.columns & columns)
            }
        to_follow += names & known.keys()
    return path


def lines_by_file(path: dict[str, Definition]) -> dict[str, int]:
    """How many lines there are in each file its reader opens, whatever else stands in it."""
    files = sorted({definition.file for definition in path.values()})
    return {file: len((ROOT / file).read_text().splitlines()) for file in files}


def tables_written(path: dict[str, Definition]) -> set[str]:
    return {table for definition in path.values() for _, table, _ in writes(definition.code)}
