"""Takes an SQL file apart into statements, and tells what each of them is.

Only so can an error be put at its line, a statement be refused, and what a file makes be known.
Where a statement ends is a question of PostgreSQL's grammar (strings, dollar quotes, nested
comments, BEGIN ATOMIC bodies with their own semicolons), so PostgreSQL's own parser answers it,
through the library pglast. A hundred lines of one's own would find the ends as well, but not what
comes with the tree: what a statement is, what it makes, what it grants on. It is imported only when
a file must be read, and not for one that holds a view and its comments: loading it takes longer
than deploying that.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

PSQL_LINE = re.compile(r"^[ \t]*\\", re.MULTILINE)
# What most files say; the tree of a long view is not worth building for its name.
PLAINLY_NAMED = re.compile(
    r"CREATE (?:OR REPLACE |UNIQUE )?(TABLE|MATERIALIZED VIEW|VIEW|FUNCTION|INDEX)"
    r" ([a-z_][a-z0-9_]*)(?=[ \n(])"
)
# What changes nothing but the view or the function it names.
PLAINLY_ABOUT = re.compile(
    r"(?:CREATE (?:OR REPLACE )?|COMMENT ON )(?P<kind>VIEW|FUNCTION) (?P<name>[a-z_][a-z0-9_]*)(?=[ \n(])"
    r"|COMMENT ON COLUMN (?P<view>[a-z_][a-z0-9_]*)\."
    r"|(?:GRANT|REVOKE) EXECUTE ON FUNCTION (?P<function>[a-z_][a-z0-9_]*) ?\([^()]*\)\s+(?:TO|FROM)\s"
)
# A view or a comment on one, spelled without what makes the end of a statement hard to tell:
# double quotes, dollar quotes, backslashes, comments within comments.
VIEW_STATEMENT = re.compile(
    r"(?:\s|--[^\n]*\n)*+"
    r"(?P<text>(?:CREATE OR REPLACE VIEW|COMMENT ON (?:VIEW|COLUMN))\s"
    r"(?:[^;'\"$\\/-]++|'[^'\\]*'|--[^\n]*\n|-(?!-)|/(?!\*))*+);"
)
NOTHING_MORE = re.compile(r"(?:\s|--[^\n]*(?:\n|$))*+")
COPY_FROM_STDIN = re.compile(r"\bCOPY\b[^;]*\bFROM\s+STDIN\b[^;]*;\s*", re.IGNORECASE)


class StatementError(Exception):
    """The file cannot be used: `position` is the offset of the offending text."""

    def __init__(self, message: str, position: int, hint: str = "", sqlstate: str = ""):
        super().__init__(message)
        self.position, self.hint, self.sqlstate = position, hint, sqlstate


@dataclass(frozen=True)
class Statement:
    """One statement of a file, and where it starts."""

    text: str
    position: int

    @property
    def word(self) -> str:
        """Its first word, which often says enough."""
        return self.text.split(None, 1)[0].rstrip(";(").upper()

    @cached_property
    def node(self) -> Any:
        """Its parse tree."""
        from pglast.parser import parse_sql

        return parse_sql(self.text)[0].stmt

    @property
    def kind(self) -> str:
        return type(self.node).__name__

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def makes(self) -> str | None:
        """What a CREATE makes, as the catalog calls it: `view daily_sales`, `policy p on
        orders`, `function f`.
        """
        if plain := PLAINLY_NAMED.match(self.text):
            return f"{plain[1].lower()} {plain[2]}"
        find = MAKES.get(self.kind) if self.word == "CREATE" else None
        return find(self.node) if find else None

    def is_plainly_about(self, made: set[str]) -> bool:
        """Whether it changes nothing but one of these views and functions."""
        found = PLAINLY_ABOUT.match(self.text)
        if found is None:
            return False
        kind = found["kind"] or ("VIEW" if found["view"] else "FUNCTION")
        name = found["name"] or found["view"] or found["function"]
        return f"{kind.lower()} {name}" in made

    @property
    def replaces(self) -> bool:
        """Whether it may run again as it stands: CREATE OR REPLACE, CREATE IF NOT EXISTS."""
        return self.text.startswith("CREATE OR REPLACE ") or bool(
            getattr(self.node, "replace", False) or getattr(self.node, "if_not_exists", False)
        )

    @property
    def grants_on(self) -> list[str]:
        """The names of the relations and functions a GRANT or REVOKE speaks of."""
        if self.word not in ("GRANT", "REVOKE") or self.kind != "GrantStmt":
            return []
        objects = self.node.objects or ()
        return [
            last_name(getattr(item, "objname", None) or getattr(item, "relname", item))
            for item in objects
        ]

    @property
    def writes_to(self) -> str | None:
        """The table an INSERT, UPDATE, DELETE or MERGE names."""
        if self.kind not in ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"):
            return None
        return self.node.relation.relname


def statements(text: str) -> list[Statement]:
    """The statements of a file, or a StatementError for text that is none or that a deploy does
    not allow.
    """
    if found := statements_of_a_view(text):
        return found
    from pglast.parser import ParseError, split

    try:
        slices = split(text, only_slices=True)
    except ParseError as error:
        message, position = error.args[0], error.args[1] if len(error.args) > 1 else 0
        raise unparsable(text, message, position) from None
    found = [Statement(text[part], part.start) for part in slices]
    for statement in found:
        is_suspect = statement.word in WORTH_A_LOOK or CREATE_SCHEMA.match(statement.text)
        if is_suspect and (refusal := refuse(statement)):
            raise StatementError(*refusal)
    return found


def statements_of_a_view(text: str) -> list[Statement] | None:
    """The statements, if there are no others than a view's and its comments', else None."""
    found, end = [], 0
    while part := VIEW_STATEMENT.match(text, end):
        found.append(Statement(part["text"].rstrip(), part.start("text")))
        end = part.end()
    return found if NOTHING_MORE.fullmatch(text, end) else None


def unparsable(text: str, message: str, position: int) -> StatementError:
    """Names the two usual reasons why a file that psql takes is no SQL."""
    copy = None
    for copy in COPY_FROM_STDIN.finditer(text, 0, position):
        pass
    if copy and copy.end() >= len(text[:position].rstrip()):
        return copy_refusal(copy.start())
    line_start = text.rfind("\n", 0, position) + 1
    if PSQL_LINE.match(text, line_start):
        hint = "A file holds SQL alone; psql's own commands are not known to the server."
        return StatementError("a psql command cannot stand in a deployed file", position, hint)
    return StatementError(message, position, sqlstate="42601")


def copy_refusal(position: int) -> StatementError:
    hint = "Write the rows as INSERT … VALUES."
    return StatementError("COPY FROM STDIN cannot stand in a deployed file", position, hint)


CREATE_SCHEMA = re.compile(r"CREATE\s+SCHEMA\b", re.IGNORECASE)
WORTH_A_LOOK = {
    "ABORT",
    "BEGIN",
    "COMMIT",
    "COPY",
    "DISCARD",
    "END",
    "PREPARE",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "START",
}


def refuse(statement: Statement) -> tuple[str, int, str] | None:
    """Why a statement may not stand in a deployed file: it would leave the deploy's transaction
    or settings.
    """
    node, kind = statement.node, statement.kind
    if kind == "TransactionStmt":
        message, hint = (
            "transaction control",
            "A deploy is one transaction, which deploy.py begins and ends.",
        )
    elif kind == "VariableSetStmt" and node.name in ("TRANSACTION", "SESSION CHARACTERISTICS"):
        message, hint = (
            "SET TRANSACTION",
            "A deploy is one transaction, which deploy.py begins and ends.",
        )
    elif kind == "VariableSetStmt" and not node.is_local:
        message, hint = (
            "SET without LOCAL",
            "It would outlive the deploy: write SET LOCAL, or set it in the function.",
        )
    elif kind == "CopyStmt" and not node.filename:
        error = copy_refusal(statement.position)
        return str(error), error.position, error.hint
    elif kind == "CreateSchemaStmt":
        message, hint = "CREATE SCHEMA", "All objects live in the schema that --schema names."
    elif kind == "DiscardStmt":
        message, hint = "DISCARD", "It would reset what deploy.py has set for the deploy."
    else:
        return None
    return f"{message} cannot stand in a deployed file", statement.position, hint


def last_name(name: Any) -> str:
    """The last part of a name, which the parser gives as a string or as a list of parts."""
    parts = name if isinstance(name, (tuple, list)) else [name]
    return getattr(parts[-1], "sval", parts[-1])


def relation(kind: str, attribute: str):
    return lambda node: f"{kind} {getattr(node, attribute).relname}"


def named(kind: str, attribute: str):
    return lambda node: f"{kind} {last_name(getattr(node, attribute))}"


def on_table(kind: str, attribute: str, table: str = "relation"):
    return lambda node: f"{kind} {getattr(node, attribute)} on {getattr(node, table).relname}"


MAKES = {
    "CreateStmt": relation("table", "relation"),
    "ViewStmt": relation("view", "view"),
    "CreateSeqStmt": relation("sequence", "sequence"),
    "CompositeTypeStmt": relation("composite type", "typevar"),
    "CreateTableAsStmt": lambda node: (
        ("materialized view " if node.objtype.name == "OBJECT_MATVIEW" else "table ")
        + node.into.rel.relname
    ),
    "IndexStmt": lambda node: f"index {node.idxname}" if node.idxname else None,
    "CreateFunctionStmt": lambda node: (
        f"{'procedure' if node.is_procedure else 'function'} {last_name(node.funcname)}"
    ),
    "CreateEnumStmt": named("type", "typeName"),
    "CreateRangeStmt": named("type", "typeName"),
    "CreateDomainStmt": named("type", "domainname"),
    "CreateStatsStmt": named("statistics object", "defnames"),
    "CreateTrigStmt": on_table("trigger", "trigname"),
    "CreatePolicyStmt": on_table("policy", "policy_name", "table"),
    "RuleStmt": on_table("rule", "rulename"),
}
