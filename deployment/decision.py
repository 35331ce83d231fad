"""Decides what a deploy does and why: the one place where a file gets a reason to run.

From the tree, the ledger and the catalog. `--plan` prints it, a deploy and `--repair` carry it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Any

from deployment.catalog import CatalogItem, bare_name, kind_and_name, objects_of, without_arguments
from deployment.dependants import Rebuild, plan_rebuild, refuse_to_take
from deployment.errors import DeployError
from deployment.ledger import Ledger
from deployment.roles import ROLES_FILE
from deployment.statements import Node, Statement, last_name, parse_tree
from deployment.store import Store
from deployment.tree import FROZEN, SqlFile

GRANTS = "05_security"
# What a changed CREATE cannot replace in place, and others may depend on.
MADE_ANEW = ("materialized view", "view", "type")
ROUTINES = ("function", "procedure", "aggregate")
HOLDS_DATA = ("table", "sequence", "foreign table")
Key = tuple[str, str]


@dataclass
class Decision:
    """What a deploy is going to do.

    `reasons`: why each file runs; `online`: those of them that wait for the commit. `removed`: files
    that are no longer in the tree. `anew`: objects that cannot be replaced; `rebuild`: what is dropped
    and made again for them. `drops`: what no file makes any more. `taken_back`: the statements that undo
    what no file grants any more; `regrants`: those that grant the rest again. `fills`: materialised views
    that nothing ever filled. `standing`: what stands before; `made_before`: what the files that run, or
    are removed, had made of it.
    """

    standing: list[CatalogItem]
    reasons: dict[Key, str] = field(default_factory=dict)
    online: list[SqlFile] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    made_before: dict[str, str | None] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    rebuild: Rebuild = field(default_factory=Rebuild)
    drops: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    regrants: list[str] = field(default_factory=list)
    fills: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.reasons or self.removed or self.fills)

    def running(self, tree: list[SqlFile]) -> list[SqlFile]:
        return [file for file in tree if file.key in self.reasons]

    def told(self) -> dict[str, list[str]]:
        """All but the files, for whoever reads it."""
        return {
            "drops": sorted(self.drops),
            "rebuilds": sorted(self.anew | self.rebuild.ours),
            "rebuilds_of_others": sorted(self.rebuild.theirs),
            "regrants": self.taken_back,
            "fills": self.fills,
        }


@dataclass
class Circumstances:
    """What else there is to know: what was found not to be replaceable, the group roles that had to
    be made, and for a repair, by its name, what has drifted.
    """

    irreplaceable: set[str] = field(default_factory=set)
    new_roles: list[str] = field(default_factory=list)
    drifted: set[str] | None = None


def decide(store: Store, tree: list[SqlFile], ledger: Ledger, found: Circumstances) -> Decision:
    """Decide; refuse a tree that cannot follow what was applied."""
    refuse_changed_history(tree, ledger)
    decision = Decision(standing=objects_of(store))
    standing = {item.name for item in decision.standing}
    lost = dropped_by_schema_files(tree, ledger, standing)
    for file in tree:
        if reason := why_to_run(file, ledger, standing - lost, found):
            decision.reasons[file.key] = reason
    present = {file.key for file in tree}
    decision.removed = [key for key in ledger.hashes if key not in present]
    note_what_was_made(decision, ledger, [*decision.reasons, *decision.removed])
    running = decision.running(tree)
    decision.anew = set(found.irreplaceable).union(*(cannot_be_replaced(store, file, decision) for file in running))
    decision.anew &= decision.made_before.keys() & standing - lost
    for file in running:
        forget_what_may_have_changed(file, decision.made_before, found)
    if found.drifted is not None:
        decision.anew |= {name for name in found.drifted & standing if name.startswith("materialized view ")}

    makers = makers_of(tree, ledger, decision, standing)
    doomed = (decision.made_before.keys() & standing) - makers.keys()
    refuse_to_lose_rows(decision.anew, doomed)
    makers = {name: key for name, key in makers.items() if key[0] != FROZEN}  # which never runs again
    decision.rebuild = plan_rebuild(store, decision.standing, decision.anew, makers, doomed)
    for key, name in decision.rebuild.files.items():
        decision.reasons.setdefault(key, f"{name} is made anew")
    note_what_was_made(decision, ledger, decision.reasons)
    refuse_to_take(store, decision.standing, doomed, {*makers})

    made = lost | decision.rebuild.ours | newly_made(tree, ledger, decision, standing)
    new = {bare_name(name): name for name in sorted(made)}
    for file in tree:
        if file.directory == GRANTS and file.key not in decision.reasons and new:
            spoken_of = {part for right in ledger.rights[file.key] for part in bare_targets(right)}
            if hits := sorted(spoken_of & new.keys()):
                decision.reasons[file.key] = f"{new[hits[0]]} is new"
    decision.online = [file for file in tree if file.key in decision.reasons and file.is_online and ledger.hashes]
    decision.drops = sorted(doomed - decision.rebuild.ours)
    decide_on_grants(tree, ledger, decision)
    decide_on_fills(tree, ledger, decision)
    return decision


def why_to_run(file: SqlFile, ledger: Ledger, standing: Set[str], found: Circumstances) -> str | None:
    if file.key not in ledger.hashes:
        return "new"
    if file.is_frozen:
        return None
    if file.sha256 != ledger.hashes[file.key]:
        return "changed"
    for name in ledger.objects[file.key]:
        if name not in standing:
            return f"{name} is gone"
    for role in found.new_roles:
        if file.key == ROLES_FILE or any(role in one.roles for one in file.statements):
            return f"role {role} is new"
    return None if found.drifted is None else "repair"


def note_what_was_made(decision: Decision, ledger: Ledger, keys: Iterable[Key]) -> None:
    for key in keys:
        if key[0] != FROZEN:
            decision.made_before = ledger.objects.get(key, {}) | decision.made_before


def forget_what_may_have_changed(file: SqlFile, made_before: dict, found: Circumstances) -> None:
    """What is not as its statement made it is made again, although the statement is the same."""
    for name in set(made_before) & (found.drifted or set()):
        made_before[name] = None
    for one in file.statements if found.new_roles else ():
        if one.makes in made_before and one.roles & {*found.new_roles}:
            made_before[one.makes] = None


def cannot_be_replaced(store: Store, file: SqlFile, decision: Decision) -> set[str]:
    """What the file makes with another statement than last time, and without OR REPLACE; and
    routines that stand as another kind, with other arguments or another result.
    """
    found = set()
    before = decision.made_before
    unchanged = {one.sha256 for one in file.statements} if before else set()
    for statement in file.statements if before and not file.is_frozen else ():
        name = statement.makes
        if kind_and_name(str(name))[0] in ROUTINES:
            old = {one for one in before if bare_name(one) == bare_name(str(name)) and before[one] not in unchanged}
            old = {one for one in old if kind_and_name(one)[0] in ROUTINES}
            if old and not (
                statement.replaces and statement.kind != "DefineStmt" and keeps_signature(store, statement)
            ):
                found |= old
        elif name in before and not statement.replaces and statement.kind != "CreateDomainStmt":
            if before[name] != statement.sha256 and kind_and_name(name)[0] in MADE_ANEW + HOLDS_DATA:
                found.add(name)
        elif name and (others := {one for one in before if bare_name(one) == bare_name(name)} - {name}):
            found |= {one for one in others if kind_and_name(one)[0] in MADE_ANEW}  # of another kind
    return found


def refuse_to_lose_rows(anew: Set[str], doomed: Set[str]) -> None:
    for name in sorted(anew | doomed):
        if kind_and_name(name)[0] in HOLDS_DATA:
            why = "no file any more: drop it yourself, it may hold data"
            if name in anew:
                why = f"another statement now, and may hold data: put that back, and alter it in a new file of sql/{FROZEN}"
            raise DeployError(f"{name} is made by {why}")


def keeps_signature(store: Store, statement: Statement) -> bool:
    """Whether a function stands with these arguments, argument names and result."""
    definitions = store.ask(
        """SELECT pg_get_functiondef(pg_proc.oid) FROM pg_proc
        WHERE proname = %s AND pronamespace = to_regnamespace(%s) AND prokind IN ('f', 'p')""",
        [last_name(statement.node.funcname), store.schema],
    )
    standing = [signature(parse_tree(definition)) for (definition,) in definitions]
    now, defaults_now = signature(statement.node)
    return not standing or any(
        now == then and all(new or not old for new, old in zip(defaults_now, defaults_then, strict=True))
        for then, defaults_then in standing
    )


def signature(node: Node) -> tuple[tuple, list[bool]]:
    """Arguments and result, and which arguments have defaults, which may be added and never taken."""

    def type_of(name: Any) -> tuple | None:
        return name and (last_name(name.names), name.setof, len(name.arrayBounds or ()))

    parameters = node.parameters or ()
    modes = [one.mode.replace("DEFAULT", "IN") for one in parameters]
    kinds = [(one.name, mode, type_of(one.argType)) for one, mode in zip(parameters, modes, strict=True)]
    says_result = not set(modes) & {"FUNC_PARAM_OUT", "FUNC_PARAM_INOUT"}  # else that is what the arguments say
    return (kinds, type_of(node.returnType) if says_result else None), [bool(one.defexpr) for one in parameters]


def newly_made(tree: list[SqlFile], ledger: Ledger, decision: Decision, standing: Set[str]) -> set[str]:
    known = standing | {without_arguments(name) for name in standing}
    gone = {name for key in decision.reasons for name in ledger.objects.get(key, {})} - standing
    return {name for file in decision.running(tree) for name in file.makes} - known | gone


def makers_of(tree: list[SqlFile], ledger: Ledger, decision: Decision, standing: Set[str]) -> dict[str, Key]:
    """Which file will have made an object that stands. What a DO block made stays its file's as long as it has one."""
    makers: dict[str, Key] = {}
    for file in tree:
        names = ledger.objects.get(file.key, {})
        if file.key in decision.reasons:
            names = {name: None for name, sha256 in names.items() if sha256 is None and file.is_dynamic}
            names |= {name: None for name in standing if name in file.makes or without_arguments(name) in file.makes}
        makers |= dict.fromkeys(names, file.key)
    return makers


def dropped_by_schema_files(tree: list[SqlFile], ledger: Ledger, standing: Set[str]) -> set[str]:
    """What new schema files say they drop, of what other files make again after them."""
    new = [file for file in tree if ledger.hashes and file.is_frozen and file.key not in ledger.hashes]
    dropped = {name for file in new for one in file.statements for name in one.drops}
    return {name for name in standing if without_arguments(name) in dropped}


def decide_on_grants(tree: list[SqlFile], ledger: Ledger, decision: Decision) -> None:
    """What was granted, revoked from everybody or commented, and is so by no file any more, is undone; then
    all that the files grant on these objects is granted again.
    """
    said = {right for rights in ledger.rights.values() for right in rights}
    now = [right for file in tree for right in rights_of(file, ledger, decision)]
    left = said - {*now}
    about = {name for right in left for name in bare_targets(right)}
    still = by_object(right for right in now if left and bare_targets(right) & about)
    lost = {bare_name(name) for name in [*decision.drops, *decision.rebuild.ours]}
    touched: set[str] = set()
    for right in sorted({*by_object(left)} - {*still}):
        statement = Statement(right)
        if statement.kind == "CommentStmt":
            decision.taken_back.append(right)
        elif statement.node.is_grant or "PUBLIC" in right.rpartition(" FROM ")[2]:
            decision.taken_back.append(statement.inverse)
            touched |= bare_targets(right)
    decision.taken_back = [one for one in decision.taken_back if not bare_targets(one) & lost]
    grants = [right for right in still if Statement(right).kind == "GrantStmt"]
    decision.regrants = [right for right in grants if touched and bare_targets(right) & touched]


def rights_of(file: SqlFile, ledger: Ledger, decision: Decision) -> list[str]:
    return file.rights if file.key in decision.reasons else ledger.rights[file.key]


def by_object(rights: Iterable[str]) -> list[str]:
    return [one for right in rights for one in Statement(right).by_object]


def bare_targets(statement: str) -> set[str]:
    return {parts[-1] for parts in Statement(statement).targets}


def decide_on_fills(tree: list[SqlFile], ledger: Ledger, decision: Decision) -> None:
    """Whatever made it, the file's own word is that it has rows; a rebuild fills it anyway."""
    unfilled = {item.name for item in decision.standing if item.is_unfilled} - decision.rebuild.ours
    for file in tree:
        for name in ledger.objects.get(file.key, {}):
            if name in unfilled and not any(one.makes == name and one.node.into.skipData for one in file.statements):
                decision.fills.append(name)


def refuse_changed_history(tree: list[SqlFile], ledger: Ledger) -> None:
    """Every store must have seen the same schema files in the same order."""
    applied = sorted(name for directory, name in ledger.hashes if directory == FROZEN)
    present = {file.name: file for file in tree if file.is_frozen}
    for name in applied:
        if name not in present:
            message = f"sql/{FROZEN}/{name} was applied and is missing now"
            raise DeployError(message, hint="Put it back: a store is made by all its files.")
        then, now = ledger.hashes[FROZEN, name], present[name].sha256
        if then != now:
            raise DeployError(
                f"a schema file must not change once it was applied; its hash was {then}, is {now}",
                file=present[name].path,
                hint="Put it back as it was, and write the change, as ALTER statements, into a"
                f" new file numbered after {applied[-1]}.",
            )
    for name, file in present.items():
        if applied and name not in applied and name < applied[-1]:
            raise DeployError(
                f"the file is new, but {applied[-1]}, which comes after it, was applied already",
                file=file.path,
                hint=f"Number it after {applied[-1]}: all stores apply the same order.",
            )
