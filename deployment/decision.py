"""Decides what a deploy does and why: the one place where a file gets a reason to run.

From the tree, the ledger and the catalog. `--plan` prints it, a deploy and `--repair` carry it out.
"""

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from deployment.catalog import DROPPABLE, CatalogItem, bare_name, kind_of, objects_of, without_arguments
from deployment.dependants import Rebuild, dependants, plan_rebuild, refuse_to_take
from deployment.errors import DeployError
from deployment.ledger import Ledger
from deployment.roles import ROLES_FILE
from deployment.statements import Node, Statement, last_name, parse_tree
from deployment.store import Store
from deployment.tree import FROZEN, SqlFile

# What a changed CREATE cannot replace in place, and others may depend on.
MADE_ANEW = ("materialized view", "view", "type")
ROUTINES = ("function", "procedure", "aggregate")
RELATIONS = ("table", "view", "materialized view", "index", "sequence")
HOLDS_DATA = ("table", "sequence", "foreign table")
Key = tuple[str, str]
# As dependants() takes them.
COLUMNS = """
SELECT format('%%s/%%s/%%s', 'pg_class'::REGCLASS::OID, attrelid, attnum)
FROM pg_attribute INNER JOIN unnest(%s::TEXT[], %s::TEXT[]) AS changed (relation, name)
    ON attrelid = to_regclass(%s || '.' || relation) AND attname = name"""


@dataclass
class Decision:
    """What a deploy is going to do with the tree, by the ledger and what stands before.

    `reasons`: why each file runs. `made_before`: what the files that run, or are removed, had made. `anew`: objects
    that cannot be replaced; `rebuild`: what is dropped and made again for them. `drops`: what no file makes any more.
    `taken_back`: the statements that undo what no file grants any more; `regrants`: those that grant the rest again.
    `fills`: materialised views that nothing ever filled. `demo`: the demo store, if it is to be loaded. `renamed`:
    tables, by their names before.
    """

    tree: list[SqlFile]
    ledger: Ledger
    standing: list[CatalogItem]
    reasons: dict[Key, str] = field(default_factory=dict)
    made_before: dict[str, str | None] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    rebuild: Rebuild = field(default_factory=Rebuild)
    drops: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    regrants: list[str] = field(default_factory=list)
    fills: list[str] = field(default_factory=list)
    demo: SqlFile | None = None
    renamed: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.concerns_files or self.demo is not None

    @property
    def concerns_files(self) -> bool:
        return bool(self.reasons or self.removed or self.fills)

    @cached_property
    def names(self) -> set[str]:
        """Of all that stands."""
        return {item.name for item in self.standing}

    @property
    def running(self) -> list[SqlFile]:
        return [file for file in self.tree if file.key in self.reasons]

    @property
    def online(self) -> list[SqlFile]:
        """The files that wait for the commit, on a live store."""
        return [file for file in self.running if file.is_online and self.ledger.hashes]

    @cached_property
    def schema_changes(self) -> list[tuple[SqlFile, Statement]]:
        """The statements of new schema files, where there is a store already."""
        hashes = self.ledger.hashes
        new = [file for file in self.tree if hashes and file.is_frozen and file.key not in hashes]
        return [(file, one) for file in new for one in file.statements]

    @cached_property
    def removed(self) -> list[Key]:
        """Files that are no longer in the tree."""
        present = {file.key for file in self.tree}
        return [key for key in self.ledger.hashes if key not in present]

    def note_what_was_made(self) -> None:
        """By all files that have a reason by now; what is noted stays so."""
        for key in [*self.reasons, *self.removed]:
            if key[0] != FROZEN:
                self.made_before = self.ledger.objects.get(key, {}) | self.made_before

    def makers(self) -> dict[str, Key]:
        """Which file will have made what stands. What a DO block made stays its file's as long as that has one."""
        makers: dict[str, Key] = {}
        for file in self.tree:
            names = self.ledger.objects.get(file.key, {})
            if file.key in self.reasons:
                names = {name: None for name, sha256 in names.items() if sha256 is None and file.is_dynamic}
                names |= dict.fromkeys(one for one in self.names if {one, without_arguments(one)} & file.makes)
            makers |= dict.fromkeys(names, file.key)
        return makers

    def newly_made(self) -> set[str]:
        known = self.names | {without_arguments(name) for name in self.names}
        gone = {name for key in self.reasons for name in self.ledger.objects.get(key, {})} - self.names
        return {name for file in self.running for name in file.makes} - known | gone

    def told(self) -> dict[str, list[str]]:
        """All but the files, for whoever reads it."""
        return {
            "drops": sorted(self.drops),
            "rebuilds": sorted((self.anew | self.rebuild.ours).difference(self.drops)),
            "rebuilds_of_others": sorted(self.rebuild.theirs),
            "regrants": self.taken_back,
            "fills": self.fills,
        }


@dataclass
class Circumstances:
    """What else there is to know: what was found not to be replaceable, the group roles that had to
    be made, for a repair, by its name, what has drifted, and the demo store if it is asked for.
    """

    irreplaceable: set[str] = field(default_factory=set)
    new_roles: list[str] = field(default_factory=list)
    drifted: set[str] | None = None
    demo: SqlFile | None = None


def decide(store: Store, tree: list[SqlFile], ledger: Ledger, found: Circumstances) -> Decision:
    """Decide; refuse a tree that cannot follow what was applied."""
    refuse_changed_history(tree, ledger)
    decision = Decision(tree, ledger, objects_of(store))
    take_new_names_of_tables(decision)
    standing, lost = decision.names, dropped_by_schema_files(decision)
    for file in tree:
        if reason := why_to_run(file, ledger, standing - lost, found):
            decision.reasons[file.key] = reason
    decision.note_what_was_made()
    running = decision.running
    refuse_two_makers(decision)
    refuse_to_take_over(decision, lost)
    refuse_what_is_not_yet(decision)
    before = decision.made_before
    decision.anew = found.irreplaceable.union(*(cannot_be_replaced(store, file, before) for file in running))
    decision.anew &= before.keys() & standing - lost
    for file in running:
        forget_what_may_have_changed(file, before, found)
    if found.drifted is not None:
        decision.anew |= {name for name in found.drifted & standing if name.startswith("materialized view ")}

    makers = decision.makers()
    doomed = (before.keys() & standing) - makers.keys()
    refuse_to_lose_rows(decision.anew, doomed - lost)
    names_before = {new: old for old, new in decision.renamed.items()}
    held = held_up(store, decision, lost, makers, names_before)
    makers = {name: key for name, key in makers.items() if key[0] != FROZEN}  # which never runs again
    decision.rebuild = plan_rebuild(store, decision.standing, decision.anew, makers, doomed, held)
    drops = (one.partition(" on ") for one in decision.rebuild.drops)
    decision.rebuild.drops = [head + on + names_before.get(table, table) for head, on, table in drops]
    for key, name in decision.rebuild.files.items():
        decision.reasons.setdefault(key, f"{name} is made anew")
    decision.note_what_was_made()
    refuse_to_take(store, decision.standing, doomed, {*makers})

    made = lost | decision.rebuild.ours | decision.newly_made()
    new = {bare_name(name): name for name in sorted(made)}
    for file in tree:
        if not file.is_frozen and file.key not in decision.reasons:
            rights = [right for right in ledger.rights[file.key] if any(name in right for name in new)]
            spoken_of = {part for right in rights for part in bare_targets(right)}
            if hits := sorted(spoken_of & new.keys()):
                decision.reasons[file.key] = f"{new[hits[0]]} is new"
    decision.drops = sorted(doomed - decision.anew)
    decide_on_grants(decision)
    decide_on_fills(decision)
    if found.demo and not ledger.has_demo:
        refuse_orders(store, decision)
        decision.demo = found.demo
    return decision


def take_new_names_of_tables(decision: Decision) -> None:
    """A policy or a trigger stays on its table, which a new schema file may rename."""
    ledger = decision.ledger
    for _, one in decision.schema_changes:
        if one.kind == "RenameStmt" and one.node.renameType == "OBJECT_TABLE":
            decision.renamed[one.node.relation.relname] = one.node.newname

    def now(name: str) -> str:
        head, on, table = name.partition(" on ")
        return head + on + decision.renamed.get(table, table)

    if decision.renamed:
        decision.standing = [item._replace(name=now(item.name)) for item in decision.standing]
        ledger.objects = {key: {now(name): made[name] for name in made} for key, made in ledger.objects.items()}


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


def forget_what_may_have_changed(file: SqlFile, made_before: dict, found: Circumstances) -> None:
    """What is not as its statement made it is made again, although the statement is the same."""
    for name in set(made_before) & (found.drifted or set()):
        made_before[name] = None
    for one in file.statements if found.new_roles else ():
        if one.makes in made_before and one.roles & {*found.new_roles}:
            made_before[one.makes] = None


def cannot_be_replaced(store: Store, file: SqlFile, before: dict[str, str | None]) -> set[str]:
    """What the file makes with another statement than last time, and without OR REPLACE; and
    routines that stand as another kind, with other arguments or another result.
    """
    found: set[str] = set()
    creates = [] if not before else [one for one in file.statements if one.makes]
    unchanged = {one.sha256 for one in creates}
    for create in creates:
        name, kind = str(create.makes), create.made[0]
        namesakes = {one for one in before if bare_name(one) == bare_name(name)}
        if kind in ROUTINES:
            old = {one for one in namesakes if kind_of(one) in ROUTINES and before[one] not in unchanged}
            if old and not (create.replaces and kind != "aggregate" and keeps_signature(store, create)):
                found |= old
        elif name in before and not create.replaces and create.kind != "CreateDomainStmt":
            if before[name] != create.sha256 and kind in MADE_ANEW + HOLDS_DATA:
                found.add(name)
        else:
            found |= {one for one in namesakes - {name} if kind_of(one) in MADE_ANEW}  # of another kind
    return found


def refuse_two_makers(decision: Decision) -> None:
    """What two files make would be as the one says that ran last, which is not always the same."""
    makers: dict[str, SqlFile] = {}
    for file in decision.tree:
        made = decision.ledger.objects.get(file.key, {})
        names = file.makes if file.key in decision.reasons else {without_arguments(one) for one in made if made[one]}
        for name in names if not file.is_frozen else ():
            if (other := makers.setdefault(name, file)) is not file:
                raise DeployError(f"{other.path} makes {name} too", hint="Make it in one of them.", file=file.path)


def refuse_to_take_over(decision: Decision, lost: set[str]) -> None:
    """What stands and was made by no file is somebody else's, with an owner and rights that it would keep."""
    made, unchanged = lost.union(*decision.ledger.objects.values()), decision.made_before.values()
    theirs = {shared_name(item.name): item.name for item in decision.standing if item.name not in made}
    for file in decision.running if theirs else ():
        dropped = {shared_name(name) for one in file.statements for name in one.drops}
        for one in file.statements:
            name = shared_name(one.makes or "")
            may_be_the_same = file.is_online and theirs.get(name) == one.makes  # left by a deploy that was ended
            if name in theirs.keys() - dropped and one.sha256 not in unchanged and not may_be_the_same:
                raise file.taken(one, theirs[name])


def refuse_what_is_not_yet(decision: Decision) -> None:
    """No schema file may count on what an online one does after the commit, nor that drop what no new store has."""
    made = decision.names.union(*(file.makes for file in decision.tree)) if decision.online else set()
    for file in decision.online:
        (online,) = file.statements
        if not online.node.missing_ok and online.drops - made:
            raise file.refused(online.position, f"{min(online.drops)} is not there, and no file makes it")
        for name in map(bare_name, online.drops | file.makes):
            for later, one in decision.schema_changes:
                if later.key > file.key and not later.is_online and f'"{name}"' in json.dumps(one.node.fields):
                    why = f"{name} is not yet as {file.path} makes it, on a live store after the commit"
                    raise later.refused(one.position, why, "Deploy a release that ends with that file first.")


def shared_name(name: str) -> str:
    """The one it has among all that must not have the same: a table and a view, a function and another."""
    kind = kind_of(name)
    return f"{'relation' if kind in RELATIONS else 'routine' if kind in ROUTINES else kind} {bare_name(name)}"


def refuse_to_lose_rows(anew: Set[str], doomed: Set[str]) -> None:
    for name in sorted(anew | doomed):
        if kind_of(name) in HOLDS_DATA:
            why = f"no file any more, and may hold data: drop it, in a new file of sql/{FROZEN} or by hand"
            if name in anew:
                why = f"another statement now, and may hold data: put that back, and alter it in a new file of sql/{FROZEN}"
            raise DeployError(f"{name} is made by {why}")


def refuse_orders(store: Store, decision: Decision) -> None:
    """The demo store is loaded beside nobody's own orders."""
    if "table orders" in decision.names and store.column(f"SELECT TRUE FROM {store.schema}.orders LIMIT 1"):
        raise DeployError(
            "--demo: this store has orders of its own",
            hint="Load the demo into a store beside it: --schema demo --demo",
        )


def keeps_signature(store: Store, statement: Statement) -> bool:
    """Whether a function stands with these arguments, argument names and result."""
    definitions = store.column(
        """SELECT pg_get_functiondef(pg_proc.oid) FROM pg_proc
        WHERE proname = %s AND pronamespace = to_regnamespace(%s) AND prokind IN ('f', 'p')""",
        [last_name(statement.node.funcname), store.schema],
    )
    standing = [signature(parse_tree(definition)) for definition in definitions]
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


def dropped_by_schema_files(decision: Decision) -> set[str]:
    """What new schema files say they drop, of what other files make again after them."""
    made = decision.ledger.objects.items()
    later = {without_arguments(name) for key, names in made if key[0] != FROZEN for name in names}
    dropped: set[str] = set()
    for file, one in decision.schema_changes:
        if (hits := one.drops & later) and not one.node.missing_ok:
            why = f"{min(hits)} is not there yet where a new store is made"
            raise file.refused(one.position, why, "Write IF EXISTS: the file that makes it runs later.")
        dropped |= one.drops
    return {name for name in decision.names if without_arguments(name) in dropped}


def held_up(
    store: Store, decision: Decision, lost: set[str], makers: dict[str, Key], names_before: dict[str, str]
) -> set[str]:
    """What new schema files could not drop, or give a column less or of another type, while this stands: the addresses
    of what is made by later files, or by others.
    """
    columns_before, reshaped = {}, []
    for node in [one.node for _, one in decision.schema_changes if one.node.relation]:
        table = names_before.get(node.relation.relname, node.relation.relname)
        if node.renameType == "OBJECT_COLUMN":
            columns_before[table, node.newname] = node.subname
        for change in node.cmds or ():
            if change.subtype in ("AT_DropColumn", "AT_AlterColumnType"):
                reshaped.append((table, columns_before.get((table, change.name), change.name)))
    start = store.column(COLUMNS, [*map(list, zip(*reshaped, strict=True)), store.schema]) if reshaped else []
    start += [item.address + "/0" for item in decision.standing if item.name in lost]
    return {
        one.address
        for one in dependants(store, decision.standing, start)
        if kind_of(one.name) in DROPPABLE and not one.is_part
        if one.name not in lost and makers.get(one.name, ("",))[0] != FROZEN
    }


def decide_on_grants(decision: Decision) -> None:
    """What was granted, revoked, commented or altered, and is so by no file any more, is undone; then all that
    the files grant and revoke on these objects is done again.
    """
    reasons, said = decision.reasons, decision.ledger.rights
    now = [right for file in decision.tree for right in (file.rights if file.key in reasons else said[file.key])]
    left = {right for rights in said.values() for right in rights} - {*now}
    about = {name for right in left for name in bare_targets(right)}
    still = by_object(right for right in now if left and bare_targets(right) & about)
    lost = {bare_name(name) for name in [*decision.drops, *decision.rebuild.ours]} | decision.renamed.keys()
    touched: set[str] = set()
    for right in sorted({*by_object(left)} - {*still}):
        statement = Statement(right)
        decision.taken_back += filter(None, [statement.inverse])
        touched |= bare_targets(right) if statement.kind == "GrantStmt" else set()
    decision.taken_back = [one for one in decision.taken_back if not bare_targets(one) & lost]
    grants = [right for right in still if Statement(right).kind == "GrantStmt"]
    decision.regrants = [right for right in grants if touched and bare_targets(right) & touched]


def by_object(rights: Iterable[str]) -> list[str]:
    return [one for right in rights for one in Statement(right).by_object]


def bare_targets(statement: str) -> set[str]:
    return {parts[-1] for parts in Statement(statement).targets}


def decide_on_fills(decision: Decision) -> None:
    """Whatever made it, the file's own word is that it has rows; a rebuild fills it anyway."""
    unfilled = {item.name for item in decision.standing if item.is_unfilled} - decision.rebuild.ours
    for file in decision.tree:
        for name in decision.ledger.objects.get(file.key, {}):
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
