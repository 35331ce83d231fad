"""Runs what the plan says in the tree's order, and what follows from it."""

from __future__ import annotations

from psycopg import Connection, errors

from deployment.catalog import CatalogItem, drop_statement, objects_of
from deployment.dependants import make_way, plan_rebuild, restore
from deployment.ledger import Ledger, forget, record
from deployment.plan import FROZEN, Plan, parsed, why_to_run
from deployment.remembering import Changes
from deployment.report import DeployError, Report, failure
from deployment.running import (
    CannotReplace,
    Run,
    by_name,
    check,
    frame_of,
    made_by,
    run_file,
)
from deployment.tree import SqlFile

GRANTS = "05_security"
Standing = dict[tuple[int, int], CatalogItem]


def apply(
    connection: Connection,
    schema: str,
    tree: list[SqlFile],
    plan: Plan,
    ledger: Ledger,
    changes: Changes,
    report: Report,
) -> list[SqlFile]:
    """Run what the plan says and what follows from it, in the tree's order; return what ran."""
    before = {item.address: item for item in plan.standing}
    rebuild = plan_rebuild(connection, schema, plan.anew, ledger.makers(tree, FROZEN))
    if rebuild.drops:
        changes.by_anything(connection)
        make_way(connection, rebuild)
    for key, name in rebuild.files.items():
        plan.reasons.setdefault(key, f"{name} is made anew")
    frame = frame_of(connection, schema)
    runs, standing, new = [], set(), None
    now = None if rebuild.drops else plan.standing  # what stands now, where that is known
    now_names = {item.name for item in now or ()}
    for file in report.over(tree):
        reason = plan.reasons.get(file.key)
        if reason is None and runs and runs[0].file.directory == FROZEN != file.directory:
            # A schema file may have dropped it; what came later in this run has not.
            standing = standing or {item.name for item in objects_of(connection, schema)}
            reason = why_to_run(file, ledger, standing)
        if reason is None and runs and file.directory == GRANTS:
            now = now or objects_of(connection, schema)
            if new is None:
                new = {one.bare_name: one.name for one in now if one.address not in before}
            reason = grants_on_what_is_new(file, new)
        if reason is None:
            report.ran(file, "keep", "unchanged")
            continue
        if parsed(file).is_online and ledger.hashes:
            plan.online.append(file)
            continue
        made_before = ledger.objects.get(file.key, {})
        plan.made_before |= made_before
        changes.by(connection, file, now_names)
        runs.append(run_file(connection, schema, file, frame, plan.made_before))
        if not file.only_replaces_views(now_names):
            now, now_names, new = None, set(), None
        if file.is_dynamic:  # a DO block that makes what is missing finds it there this time
            runs[-1].found |= {name for name, sha256 in made_before.items() if sha256 is None}
        drop_old_overloads(connection, schema, runs[-1], ledger, before)
        report.ran(file, "apply", reason, runs[-1].seconds)
    check(connection, schema, None, frame)
    restore(connection, rebuild)
    now = now or objects_of(connection, schema)
    settle_ledger(connection, schema, runs, plan, ledger, now, changes)
    return [run.file for run in runs]


def grants_on_what_is_new(file: SqlFile, new: dict[str, str]) -> str | None:
    """Why an unchanged file must grant again: an object made anew has lost its grants."""
    if not new:
        return None
    granted = {name for statement in parsed(file).statements for name in statement.grants_on}
    return next((f"{new[name]} is new" for name in sorted(granted & new.keys())), None)


def drop_old_overloads(
    connection: Connection, schema: str, run: Run, ledger: Ledger, before: Standing
) -> None:
    """A function whose arguments changed stands there twice; calls would find the wrong one."""
    made_before = ledger.objects.get(run.file.key, {})
    if not any(name.startswith("function ") for name in made_before):
        return
    standing = objects_of(connection, schema)
    made = made_by(run, before, by_name(standing))
    names_made = {item.bare_name for item in standing if item.name in made}
    for item in standing:
        if item.name in made_before and item.name not in made and item.bare_name in names_made:
            drop(connection, item.name)


def drop(connection: Connection, name: str) -> None:
    statement = drop_statement(name)
    if statement is None:
        raise DeployError(f"{name} is made by no file any more: drop it yourself, it may hold data")
    try:
        connection.execute(statement)
    except errors.DependentObjectsStillExist as error:
        raise CannotReplace(name, failure(error)) from error


def settle_ledger(
    connection: Connection,
    schema: str,
    runs: list[Run],
    plan: Plan,
    ledger: Ledger,
    standing: list[CatalogItem],
    changes: Changes,
) -> None:
    """Record what was made, and drop what no file makes any more."""
    before = {item.address: item for item in plan.standing}
    named = by_name(standing)
    for run in runs:
        ledger.objects[run.file.key] = made_by(run, before, named)
    record(connection, [(run.file, ledger.objects[run.file.key], run.seconds) for run in runs])
    for key in plan.removed:
        ledger.objects.pop(key)
        forget(connection, key)
    made = {name for objects in ledger.objects.values() for name in objects}
    orphans = {item.name for item in standing if item.name in plan.made_before} - made
    if orphans:
        changes.by_anything(connection)
        rebuild = plan_rebuild(connection, schema, orphans, {})
        make_way(connection, rebuild)
        restore(connection, rebuild)
