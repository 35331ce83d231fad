"""Decides which files have to run and why, from the tree and from what the store says was
applied.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg import Connection

from deployment.catalog import CatalogItem, kind_and_name, objects_of
from deployment.ledger import Ledger
from deployment.online import is_fit
from deployment.report import DeployError, place
from deployment.statements import StatementError
from deployment.tree import SqlFile

FROZEN = "01_schema"
# What a changed CREATE cannot replace in place, and others may depend on.
MADE_ANEW = ("materialized view", "view", "type", "composite type")


@dataclass
class Plan:
    """What a deploy is going to do.

    `reasons`: why each file runs. `removed`: files that are no longer in the tree. `anew`: objects
    to drop before anything runs. `made_before`: what the files that run, or are removed, had made.
    `online`: files that wait for the commit. `standing`: what stands in the schema before.
    """

    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    removed: list[tuple[str, str]] = field(default_factory=list)
    anew: set[str] = field(default_factory=set)
    made_before: dict[str, str | None] = field(default_factory=dict)
    online: list[SqlFile] = field(default_factory=list)
    standing: list[CatalogItem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.reasons or self.removed)


def make_plan(connection: Connection, schema: str, tree: list[SqlFile], ledger: Ledger) -> Plan:
    """Plan the deploy; refuse a tree that cannot follow what was applied."""
    refuse_changed_history(tree, ledger)
    plan = Plan(standing=objects_of(connection, schema))
    standing = {item.name for item in plan.standing}
    for file in tree:
        if reason := why_to_run(file, ledger, standing):
            plan.reasons[file.key] = reason
            parsed(file)
    present = {file.key for file in tree}
    plan.removed = [key for key in ledger.hashes if key not in present]
    for key in [*plan.reasons, *plan.removed]:
        if key[0] != FROZEN:
            plan.made_before |= ledger.objects.get(key, {})
    for file in tree:
        if file.key in plan.reasons:
            plan.anew |= cannot_be_replaced(file, plan.made_before) & standing
    return plan


def why_to_run(file: SqlFile, ledger: Ledger, standing: set[str]) -> str | None:
    if file.key not in ledger.hashes:
        return "new"
    if file.directory == FROZEN:
        return None
    if file.sha256 != ledger.hashes[file.key]:
        return "changed"
    gone = [name for name in ledger.objects[file.key] if name not in standing]
    return f"{gone[0]} is gone" if gone else None


def parsed(file: SqlFile) -> SqlFile:
    """The file, if nothing stands in it that a deploy refuses."""
    try:
        found = file.statements
    except StatementError as error:
        where = place(file, error.position)
        raise DeployError(str(error), sqlstate=error.sqlstate, hint=error.hint, **where) from None
    if file.is_online and [is_fit(statement) for statement in found] != [True]:
        raise DeployError(
            "an online file holds one statement that locks out nobody",
            hint="One of: CREATE, DROP or REINDEX INDEX CONCURRENTLY, VALIDATE CONSTRAINT, DETACH"
            " PARTITION CONCURRENTLY.",
            **place(file, found[0].position if found else 0),
        )
    return file


def cannot_be_replaced(file: SqlFile, made_before: dict[str, str | None]) -> set[str]:
    """What the file makes with another statement than last time, and without OR REPLACE."""
    if not made_before:
        return set()
    return {
        statement.makes
        for statement in file.statements
        if statement.makes in made_before
        and not statement.replaces
        and made_before[statement.makes] != statement.sha256
        and kind_and_name(statement.makes)[0] in MADE_ANEW
    }


def refuse_changed_history(tree: list[SqlFile], ledger: Ledger) -> None:
    """Every store must have seen the same schema files in the same order."""
    applied = sorted(name for directory, name in ledger.hashes if directory == FROZEN)
    present = {file.name: file for file in tree if file.directory == FROZEN}
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
