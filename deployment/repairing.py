"""Heals drift, and takes a store that was made by other means into the ledger."""

from __future__ import annotations

import time

import psycopg
from psycopg import Connection

from deployment.applying import apply
from deployment.catalog import objects_of
from deployment.facts import Facts, facts
from deployment.ledger import Ledger, ledger_tables, log, record
from deployment.plan import FROZEN, Plan, make_plan, parsed
from deployment.remembering import Changes, remember_all
from deployment.report import DeployError, Report, failure
from deployment.running import Run, by_name, made_by, send
from deployment.tree import SqlFile
from deployment.verifying import Drift, Survey, compare

MADE_BY_FILES = ("view", "materialized view", "function", "procedure", "type")


def repair(
    connection: Connection,
    schema: str,
    tree: list[SqlFile],
    ledger: Ledger,
    survey: Survey,
    anew: set[str],
    report: Report,
) -> list[Drift]:
    """Apply all repeatable files again and heal the rest; return what is left for the owner."""
    started = time.monotonic()
    plan = plan_repair(connection, schema, tree, ledger, survey)
    plan.anew |= anew
    applied = apply(connection, schema, tree, plan, ledger, Changes(before={}), report)
    heal(connection, survey.expected)
    remember_all(connection, survey.expected)
    log(connection, "repair", applied, started)
    return compare(survey.expected, facts(connection))


def plan_repair(
    connection: Connection, schema: str, tree: list[SqlFile], ledger: Ledger, survey: Survey
) -> Plan:
    """All repeatable files; what has drifted is not taken for made although its statement is
    old.
    """
    plan = make_plan(connection, schema, tree, ledger)
    standing = {item.name for item in plan.standing}
    for file in tree:
        if file.directory != FROZEN:
            plan.reasons.setdefault(file.key, "repair")
            plan.made_before |= ledger.objects.get(file.key, {})
            parsed(file)
    for one in survey.drift:
        if one.name in plan.made_before:
            plan.made_before[one.name] = None
            if (
                one.what == "definition"
                and one.object.startswith("materialized")
                and one.object in standing
            ):
                plan.anew.add(one.object)
    return plan


def heal(connection: Connection, expected: Facts) -> None:
    """Run the printed statements, those that need another one first in a later round."""
    while todo := healable(connection, expected):
        problem = None
        for one in todo:
            try:
                with connection.transaction():
                    connection.execute(one.fix)
            except psycopg.Error as error:
                problem = problem or (one, error)
        if len(healable(connection, expected)) >= len(todo):
            one, error = problem or (todo[0], None)
            told = failure(error) if error else DeployError("it has no effect")
            told.fields["message"] = f"{one.object}, {one.what}: {told.fields['message']}"
            told.fields["statement"] = one.fix
            raise told


def healable(connection: Connection, expected: Facts) -> list[Drift]:
    drift = compare(expected, facts(connection))
    return [one for one in drift if not one.is_the_owners_to_fix and one.fix]


def adopt(
    connection: Connection, schema: str, tree: list[SqlFile], ledger: Ledger, survey: Survey
) -> None:
    """Enter a store into the ledger that equals the tree but was not deployed by deploy.py."""
    started = time.monotonic()
    if ledger.exists:
        raise DeployError("this store has a ledger already: there is nothing to adopt")
    own = {one.makes for one in ledger_tables().statements if one.makes}
    drift = [one for one in survey.drift if one.object.split("(")[0] not in own]
    if drift:
        raise DeployError(
            f"the store differs from the tree in {len(drift)} ways, first {drift[0].object}:"
            f" {drift[0].what}",
            hint="See python deploy.py --verify; adopt it once that finds nothing but the ledger.",
        )
    standing = by_name(objects_of(connection, schema))
    send(connection, ledger_tables())
    made = [(file, made_by(Run(parsed(file), 0, set()), {}, standing), 0) for file in tree]
    record(connection, made)
    remember_all(connection, survey.expected)
    log(connection, "adopt", tree, started)
