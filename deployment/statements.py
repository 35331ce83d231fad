"""Takes an SQL file apart into statements, and tells what each of them is.

Only so can an error be put at its line, a statement be refused, and what a file makes be known.
Where a statement ends and of which kind it is are questions of PostgreSQL's grammar, so PostgreSQL's
own parser answers them, through the library pglast. It is imported only when a file must be read, and
asked for its tree as JSON: the library's own objects take three times as long to make.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from deployment.errors import DeployError

if TYPE_CHECKING:
    from deployment.tree import SqlFile

PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
LONGEST_NAME = 63  # bytes; PostgreSQL cuts what is longer
MAYBE_TOO_LONG = re.compile(r'\b\w{22,}|"[^"]{22,}"')  # a letter has up to three bytes
PSQL_LINE = re.compile(r"^[ \t]*\\", re.MULTILINE)
COPY_FROM_STDIN = re.compile(r"\bCOPY\b[^;]*\bFROM\s+STDIN\b[^;]*;\s*", re.IGNORECASE)
# What may do anything, or writes rows: all other statements define something, and say what.
EXECUTES = {
    "CallStmt", "ConstraintsSetStmt", "CopyStmt", "DeleteStmt", "DoStmt", "ExplainStmt", "InsertStmt", "MergeStmt",
    "SelectStmt", "UpdateStmt", "VariableSetStmt",
}  # fmt: skip
WRITES = {"DeleteStmt", "InsertStmt", "MergeStmt", "UpdateStmt"}
MAY_MAKE_ANYTHING = {"CallStmt", "DoStmt", "RenameStmt", "SelectStmt"}

ONE_TRANSACTION = "A deploy is one transaction, which deploy.py begins and ends."
ONE_SCHEMA = "All objects live in the schema that --schema names."
OUTLIVES = "It would outlive the deploy: write SET LOCAL, or set it in the function."
REFUSED = {
    "TransactionStmt": ("transaction control", ONE_TRANSACTION),
    "CreateSchemaStmt": ("CREATE SCHEMA", ONE_SCHEMA),
    "AlterObjectSchemaStmt": ("SET SCHEMA", ONE_SCHEMA),
    "DropOwnedStmt": ("DROP OWNED", ONE_SCHEMA),
    "ReassignOwnedStmt": ("REASSIGN OWNED", ONE_SCHEMA),
    "AlterDefaultPrivilegesStmt": ("ALTER DEFAULT PRIVILEGES", "Grant by name, on what the files make."),
    "AlterDatabaseSetStmt": ("ALTER DATABASE … SET", OUTLIVES),
    "AlterRoleSetStmt": ("ALTER ROLE … SET", OUTLIVES),
    "DeclareCursorStmt": ("DECLARE", "Nobody would read it."),
    "DiscardStmt": ("DISCARD", "It would reset what deploy.py has set for the deploy."),
    "PrepareStmt": ("PREPARE", "It would outlive the deploy."),
    "ListenStmt": ("LISTEN", "It would outlive the deploy."),
    "GrantRoleStmt": ("GRANT of a role", "Who is a member of a group role is for its DBA to say."),
}
BEYOND = ("what belongs to the whole database", "Make it by hand: a second store there could not.")
OF_THE_DATABASE = """AlterDatabase AlterDatabaseRefreshColl AlterEventTrig AlterExtensionContents AlterExtension AlterFdw
AlterForeignServer AlterPublication AlterRole AlterSubscription AlterSystem AlterTableMoveAll AlterTableSpaceOptions
AlterUserMapping CheckPoint CreateAm CreateCast CreateEventTrig CreateExtension CreateFdw CreateForeignServer CreatePLang
CreatePublication CreateRole CreateSubscription CreateTableSpace CreateTransform CreateUserMapping Createdb DropRole
DropSubscription DropTableSpace DropUserMapping Dropdb ImportForeignSchema Load"""
REFUSED |= {f"{name}Stmt": BEYOND for name in OF_THE_DATABASE.split()}
KINDS_OF_THE_DATABASE = """OBJECT_ACCESS_METHOD OBJECT_CAST OBJECT_DATABASE OBJECT_EVENT_TRIGGER OBJECT_EXTENSION
OBJECT_FDW OBJECT_FOREIGN_SERVER OBJECT_LANGUAGE OBJECT_LARGEOBJECT OBJECT_PARAMETER_ACL OBJECT_PUBLICATION OBJECT_ROLE
OBJECT_SUBSCRIPTION OBJECT_TABLESPACE OBJECT_TRANSFORM OBJECT_USER_MAPPING""".split()
# What a file that may run again may alter, since it can be altered back once no file says so.
ALTERED_BACK = {
    "AT_EnableRowSecurity": "AT_DisableRowSecurity",
    "AT_ForceRowSecurity": "AT_NoForceRowSecurity",
    "AT_EnableAlwaysTrig": "AT_EnableTrig",
    "AT_EnableReplicaTrig": "AT_EnableTrig",
    "AT_DisableTrig": "AT_EnableTrig",
}
COPY_FROM_CLIENT = ("COPY FROM STDIN", "Write the rows as INSERT … VALUES.")
RUNS_AGAIN = "a file that may run again"
STAYS = "It would stay when its line goes: say it in the CREATE, or in a new file of sql/01_schema."
ONLINE = "CREATE, DROP or REINDEX INDEX CONCURRENTLY, VALIDATE CONSTRAINT, DETACH PARTITION CONCURRENTLY"
# What a CREATE makes, and where it says its name and the table's it belongs to.
MAKES = {
    "CompositeTypeStmt": ("type", "typevar"),
    "CreateDomainStmt": ("type", "domainname"),
    "CreateEnumStmt": ("type", "typeName"),
    "CreateFunctionStmt": ("function", "funcname"),
    "CreatePolicyStmt": ("policy", "policy_name", "table"),
    "CreateRangeStmt": ("type", "typeName"),
    "CreateSeqStmt": ("sequence", "sequence"),
    "CreateStatsStmt": ("statistics object", "defnames"),
    "CreateStmt": ("table", "relation"),
    "CreateTableAsStmt": ("materialized view", "into"),
    "CreateTrigStmt": ("trigger", "trigname", "relation"),
    "DefineStmt": ("", "defnames"),
    "IndexStmt": ("index", "idxname"),
    "RuleStmt": ("rule", "rulename", "relation"),
    "ViewStmt": ("view", "view"),
}
# Objects whose name is that of a table, a view or a domain with their own behind it.
PARTS = {
    "OBJECT_COLUMN", "OBJECT_DOMCONSTRAINT", "OBJECT_POLICY", "OBJECT_RULE", "OBJECT_TABCONSTRAINT",
    "OBJECT_TRIGGER",
}  # fmt: skip
# What the catalog calls otherwise than a DROP does.
REMOVED = {"OBJECT_DOMAIN": "type", "OBJECT_MATVIEW": "materialized view", "OBJECT_STATISTIC_EXT": "statistics object"}
HOLDS_ROWS = {"OBJECT_FOREIGN_TABLE", "OBJECT_SEQUENCE", "OBJECT_TABLE"}
# What everybody may use until that is revoked.
EVERYBODYS = {"OBJECT_DOMAIN", "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_TYPE"}
# What may be renamed inside of a table or a type.
INSIDE = {"OBJECT_ATTRIBUTE", "OBJECT_COLUMN", "OBJECT_DOMCONSTRAINT", "OBJECT_TABCONSTRAINT"}
# Where a statement names what it is about.
NAMING = {
    "relation", "view", "sequence", "typevar", "table", "func", "domainname", "defnames", "collname", "opername",
    "opclassname", "opfamilyname", "cfgname", "dictname", "conversion_name",
}  # fmt: skip


class Node:
    """A part of PostgreSQL's parse tree, as far as it is looked at: a field that is false, empty or zero is None.

    `tag` is the kind of node, where its place does not say it: `{"String": {"sval": "orders"}}`.
    """

    def __init__(self, found: dict):
        first = next(iter(found), "")
        self.tag = first if first[:1].isupper() else None
        self.fields: dict = found if self.tag is None else found[first]

    def __getattr__(self, name: str) -> Any:
        return looked_at(self.fields.get(name))


def looked_at(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(looked_at, value)]
    return Node(value) if isinstance(value, dict) else value


def parse_tree(text: str) -> Node:
    """That of one statement."""
    from pglast.parser import parse_sql_json

    return Node(json.loads(parse_sql_json(text))["stmts"][0]["stmt"])


@dataclass(frozen=True)
class Statement:
    """One statement of a file, and where it starts."""

    text: str
    position: int = 0

    @cached_property
    def node(self) -> Node:
        return parse_tree(self.text)

    @cached_property
    def ast(self) -> Any:
        """Its parse tree as pglast has it, who can write it out again."""
        from pglast.parser import parse_sql

        return parse_sql(self.text)[0].stmt

    @property
    def kind(self) -> str:
        return self.node.tag or ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def made(self) -> tuple[str, list[str]]:
        """The kind of what a CREATE makes, its name if it has one, and the table's if it belongs to one."""
        if self.kind not in MAKES:
            return "", []
        node, (kind, *fields) = self.node, MAKES[self.kind]
        if node.is_procedure:
            kind = "procedure"
        elif self.kind == "CreateTableAsStmt" and node.objtype != "OBJECT_MATVIEW":
            kind = "table"
        elif self.kind == "DefineStmt":
            kind = node.kind.removeprefix("OBJECT_").replace("TS", "text search ").lower()
            fields = [] if kind == "operator" else fields
        return kind, [last_name(name) for field in fields if (name := getattr(node, field))]

    @cached_property
    def makes(self) -> str | None:
        """What a CREATE makes, by its name: `view daily_sales`, `policy p on orders`, `function f`."""
        kind, names = self.made
        return f"{kind} {' on '.join(names)}" if names else None

    @property
    def drops(self) -> set[str]:
        """What a DROP names, as the CREATE of it is called."""
        if self.kind != "DropStmt":
            return set()
        removed = self.node.removeType
        kind = REMOVED.get(removed, removed.removeprefix("OBJECT_").lower())
        told = [parts_of(item)[-2 if removed in PARTS else -1 :] for item in self.node.objects]
        return {f"{kind} {' on '.join(reversed(parts))}" for parts in told}

    @property
    def replaces(self) -> bool:
        """Whether it makes what stands what it says: IF NOT EXISTS would leave it as it is."""
        return bool(self.node.replace)

    @cached_property
    def targets(self) -> list[list[str]]:
        """The names of what it makes, alters, drops, grants on or writes to, part by part."""
        return [parts for parts in targets(self.node) if parts]

    @property
    def about(self) -> set[str] | None:
        """The bare names of all it changes something of; None where that cannot be known."""
        if self.kind in EXECUTES or self.kind in ("DropStmt", "RenameStmt") or self.node.objtype == "OBJECT_INDEX":
            return None
        return {parts[-1] for parts in self.targets} or None

    @property
    def is_undone(self) -> bool:
        """Whether it is undone once no file says it: a GRANT or REVOKE on named objects, a COMMENT, an ALTER."""
        is_right = self.kind == "GrantStmt" and self.node.targtype == "ACL_TARGET_OBJECT"
        return is_right or self.kind == "CommentStmt" or self.is_altered_back

    @property
    def is_altered_back(self) -> bool:
        """Whether it alters a table in ways that each have an opposite."""
        return self.kind == "AlterTableStmt" and all(one.subtype in ALTERED_BACK for one in self.node.cmds)

    @property
    def by_object(self) -> list[str]:
        """What it says, as one statement an object or change, all spelled alike; of a comment, its object alone."""
        if self.kind == "CommentStmt":
            return [spelled(self.ast, comment=None)]
        field = "cmds" if self.kind == "AlterTableStmt" else "objects"
        return [spelled(self.ast, **{field: (one,)}) for one in getattr(self.ast, field)]

    @property
    def inverse(self) -> str | None:
        """The REVOKE of what it grants, but for what PostgreSQL itself gives; the GRANT of that, if it revokes it;
        of one change to a table, the opposite; a comment that is none says so itself.
        """
        if self.kind == "CommentStmt":
            return self.text
        if self.kind == "AlterTableStmt":
            (change,) = map(copy.copy, self.ast.cmds)
            change.subtype = type(change.subtype)[ALTERED_BACK[change.subtype.name]]
            return spelled(self.ast, cmds=(change,))
        given = {"PUBLIC": self.node.objtype in EVERYBODYS, "CSTRING": False}  # else the role that acts, the owner
        is_grant = bool(self.node.is_grant)
        rest = [
            one for one in self.ast.grantees if given.get(one.roletype.name.partition("_")[2], True) is not is_grant
        ]
        return spelled(self.ast, is_grant=not is_grant, grant_option=False, grantees=rest) if rest else None

    @property
    def roles(self) -> set[str]:
        """The roles that a GRANT or a policy names."""
        return {one.rolename for one in self.node.grantees or self.node.roles or () if one.rolename}

    @property
    def locks_nobody_out(self) -> bool:
        """Whether it is one of the statements that an online file may hold."""
        node = self.node
        match self.kind:
            case "AlterTableStmt":
                (command, *others) = node.cmds
                is_detach = command.subtype == "AT_DetachPartition" and getattr(command, "def").concurrent
                return not others and bool(is_detach or command.subtype == "AT_ValidateConstraint")
            case "ReindexStmt":
                return any(one.defname == "concurrently" for one in node.params or ())
            case "IndexStmt":
                return bool(node.concurrent and node.idxname)
        return self.kind == "DropStmt" and bool(node.concurrent)

    @property
    def writes_to(self) -> str | None:
        """The table an INSERT, UPDATE, DELETE or MERGE names."""
        return self.node.relation.relname if self.kind in WRITES else None


def statements(file: SqlFile) -> list[Statement]:
    """The statements of a file, or a DeployError for what is no SQL or what a deploy does not allow."""
    from pglast.parser import ParseError, split

    text = file.text
    if (nul := text.find("\0")) >= 0:
        raise file.refused(nul, "a NUL byte cannot stand in a file", "Remove it: PostgreSQL would stop there.")
    try:
        found = [Statement(text[part], part.start) for part in split(text, only_slices=True)]
        for statement in found:
            if refusal := refuse(statement, runs_again=file.path.startswith("sql/") and not file.is_frozen):
                raise file.refused(statement.position, *refusal)
    except ParseError as error:
        message, position = error.args[0], error.args[1] if len(error.args) > 1 else 0
        raise unparsable(file, message, position) from None
    refuse_long_names(file)
    if file.is_online and [one.locks_nobody_out for one in found] != [True]:
        position = found[0].position if found else 0
        raise file.refused(position, "an online file holds one statement that locks out nobody", f"One of: {ONLINE}.")
    return found


def unparsable(file: SqlFile, message: str, position: int) -> DeployError:
    """Names the two usual reasons why a file that psql takes is no SQL."""
    text = file.text
    copies = [*COPY_FROM_STDIN.finditer(text, 0, position)]
    if copies and copies[-1].end() >= len(text[:position].rstrip()):
        return file.refused(copies[-1].start(), "COPY FROM STDIN cannot stand in a deployed file", COPY_FROM_CLIENT[1])
    if PSQL_LINE.match(text, text.rfind("\n", 0, position) + 1):
        hint = "A file holds SQL alone; psql's own commands are not known to the server."
        return file.refused(position, "a psql command cannot stand in a deployed file", hint)
    unseen = [f"U+{ord(one):04X}" for one in file.place(position)["source"] if not one.isprintable() and one != "\t"]
    said = f"In that line stands what nobody sees: {', '.join(unseen)}." if unseen else None
    return file.refused(position, message, said, sqlstate="42601")


def refuse(statement: Statement, runs_again: bool) -> tuple[str, str] | None:
    """Why a statement may not stand in a file, by its kind and never by its words, and what to do about it."""
    node, kind, (made, names) = statement.node, statement.kind, statement.made
    what, hint = REFUSED.get(kind, ("", ""))
    kinds = {node.objtype, node.objectType, node.removeType, node.renameType, node.targtype}  # of what it is about
    where = "a deployed file"
    stays = kind.startswith(("Alter", "Rename")) and not (statement.is_altered_back or statement.locks_nobody_out)
    if kind == "GrantRoleStmt" and not node.is_grant:
        what = ""
    elif kind == "VariableSetStmt" and node.name in ("TRANSACTION", "SESSION CHARACTERISTICS"):
        what, hint = "SET TRANSACTION", ONE_TRANSACTION
    elif kind == "VariableSetStmt" and not node.is_local:
        what, hint = "SET without LOCAL", OUTLIVES
    elif kind == "CopyStmt" and not node.filename:
        what, hint = COPY_FROM_CLIENT if node.is_from else ("COPY TO STDOUT", "Nobody would read it.")
    elif kinds & {"OBJECT_SCHEMA", "ACL_TARGET_ALL_IN_SCHEMA"}:
        what, hint = "a statement about a schema", ONE_SCHEMA
    elif kinds.intersection(KINDS_OF_THE_DATABASE):
        what, hint = BEYOND
    elif kind != "GrantStmt" and "DROP_CASCADE" in [one.behavior for one in [node, *(node.cmds or ())]]:
        what, hint = "CASCADE", "It would take what others have made. What our files made is made anew without it."
    elif runs_again and node.removeType in HOLDS_ROWS and statement.targets[0][0] != "pg_temp":
        what, hint, where = "a DROP of what holds rows", "Drop it in a new file of sql/01_schema.", RUNS_AGAIN
    elif is_temporary(node):
        what, hint = "what is temporary but not ON COMMIT DROP", "It would outlive the deploy in a pooler's session."
    elif other := [parts[-2] for parts in statement.targets if parts[1:] and parts[-2] != "pg_temp"]:
        what, hint = f"the schema {other[0]}", ONE_SCHEMA
    elif runs_again and made in ("index", "statistics object") and not names:
        # PostgreSQL would name it, otherwise the next time, and it would stand twice.
        what, hint, where = "an index, or statistics, without a name", "Name it.", RUNS_AGAIN
    elif runs_again and not what and stays:
        what, hint, where = "an ALTER", STAYS, RUNS_AGAIN
    elif runs_again and kind == "DefineStmt" and made != "aggregate":  # a collation, say, cannot be followed
        what, hint, where = f"CREATE {made.upper()}", "Make it in a new file of sql/01_schema.", RUNS_AGAIN
    if what:
        return f"{what} cannot stand in {where}", hint
    for name in [*names, node.renameType not in INSIDE and node.newname]:
        if name and not is_plain(name):
            hint = "Name it in lower-case letters, digits and underscores, and by no reserved word."
            return f'the name "{name}" would need quotes wherever it is used', hint
    return None


def is_temporary(node: Node) -> bool:
    """Whether it makes something that is there until its session ends."""
    into = node.into or node.intoClause
    made = into.rel if into else node.view or node.sequence or node.relation
    is_dropped = "ONCOMMIT_DROP" in (node.oncommit, into and into.onCommit)
    return bool(made) and made.relpersistence == "t" and not is_dropped


def is_plain(name: str) -> bool:
    """Whether a name needs no quotes anywhere."""
    from pglast import keywords

    reserved = (keywords.RESERVED_KEYWORDS, keywords.TYPE_FUNC_NAME_KEYWORDS, keywords.COL_NAME_KEYWORDS)
    return PLAIN_NAME.fullmatch(name) is not None and not any(name in words for words in reserved)


def refuse_long_names(file: SqlFile) -> None:
    """A name that PostgreSQL would cut is another name in the catalog than in the file."""
    from pglast.parser import scan

    text = file.text
    if all(len(found[0].encode()) <= LONGEST_NAME for found in MAYBE_TOO_LONG.finditer(text)):
        return
    for token in scan(text):
        name = text[token.start : token.end + 1].strip('"')
        if token.name in ("IDENT", "UIDENT") and len(name.encode()) > LONGEST_NAME:
            message = f"the name {name} is longer than {LONGEST_NAME} bytes"
            raise file.refused(token.start, message, "Give it a shorter one.")


def last_name(name: Any) -> str:
    """The last part of a name, in whichever form the parser gives it."""
    return parts_of(name)[-1]


def parts_of(name: Any) -> list[str]:
    """A name part by part: of a relation, a function, a type, or as a list of strings."""
    if isinstance(name, str):
        return [name]
    if isinstance(name, list):
        return [part for item in name for part in parts_of(item)]
    if name.rel:
        return parts_of(name.rel)
    if name.relname:
        return [part for part in (name.schemaname, name.relname) if part]
    inner = name.items or name.objname or name.names
    return parts_of(inner) if inner else [name.sval or ""]


def targets(node: Node) -> Iterator[list[str]]:
    for field in sorted(NAMING & node.fields.keys()):
        yield parts_of(getattr(node, field))
    for found in [*(node.relations or ()), *(node.inhRelations or ())]:
        if found.relname:
            yield parts_of(found)
    if into := node.into or node.intoClause:
        yield parts_of(into)
    for expression in node.withClause.ctes if node.withClause else ():
        yield from targets(expression.ctequery)
    if node.tag == "ExplainStmt":
        yield from targets(node.query)
    if node.tag == "CreateFunctionStmt":
        yield parts_of(node.funcname)
    if isinstance(node.typeName, list):
        yield parts_of(node.typeName)
    if node.tag == "DropStmt":
        for item in node.objects:
            yield parts_of(item)[: -1 if node.removeType in PARTS else None]
    elif node.tag == "GrantStmt" and node.targtype == "ACL_TARGET_OBJECT":
        yield from map(parts_of, node.objects)
    elif node.object:
        of = node.objtype or node.renameType or node.objectType
        yield parts_of(node.object)[: -1 if of in PARTS else None]


def spelled(node: Any, **changes: Any) -> str:
    """The statement of pglast's parse tree with these changes, as pglast writes it."""
    from pglast.stream import RawStream

    node = copy.copy(node)
    for attribute, value in changes.items():
        setattr(node, attribute, value)
    return RawStream()(node).strip()
