"""Heals drift, and takes a store that was made by other means into the ledger."""

import time

import psycopg
from psycopg.types.json import Jsonb

from deployment.applying import apply
from deployment.catalog import objects_of
from deployment.decision import Circumstances, decide
from deployment.default_privileges import no_default_privileges
from deployment.errors import DeployError, failure
from deployment.facts import Facts, facts, of_the_ledger
from deployment.ledger import Ledger, ledger_tables, log, read_ledger, record
from deployment.remembering import remember_all
from deployment.report import Report
from deployment.running import Run, made_by, send
from deployment.store import Store
from deployment.tree import SqlFile
from deployment.verifying import Drift, Survey, compare
from deployment.waiting import keep_others_out


def repair(store: Store, tree: list[SqlFile], survey: Survey, found: Circumstances, report: Report) -> None:
    """Apply all repeatable files again, heal the rest, and tell what is left for the owner."""
    started = time.monotonic()
    begin_alone(store)
    found.drifted = {one.name for one in survey.drift}
    decision = decide(store, tree, read_ledger(store), found)
    report.decided(decision.told())
    with no_default_privileges(store):
        applied = apply(store, decision, report)
    heal(store, survey.expected, report)
    remember_all(store, survey.expected)
    log(store, "repair", applied, started)
    left = [one for one in survey.drift if one.kind == "role"] + compare(survey.expected, facts(store))
    store.commit()
    report.survey(left, survey.unmanaged)
    message = f"{len(survey.drift)} differences found, {len(left)} left to you."
    report.finish("repaired", message, exit_code=3 if left else 0)


def begin_alone(store: Store) -> None:
    store.begin()
    keep_others_out(store)
    store.become_owner()


def heal(store: Store, expected: Facts, report: Report) -> None:
    """Run the printed statements, those that need another one first in a later round; tell why one cannot be run."""
    while todo := healable(store, expected):
        problems = []
        for one in todo:
            try:
                with store.attempt():
                    store.run(one.fix)
            except psycopg.Error as error:
                problems.append((one, failure(error)))
        if len(healable(store, expected)) >= len(todo):
            for one, told in problems:
                report.remark(f"{one.object}, {one.what}: {told}")
            return


def healable(store: Store, expected: Facts) -> list[Drift]:
    drift = compare(expected, facts(store))
    return [one for one in drift if not one.is_the_owners_to_fix and one.fix]


def adopt(store: Store, tree: list[SqlFile], survey: Survey, report: Report) -> None:
    """Enter a store into the ledger that equals the tree but was not deployed by deploy.py. A copy
    without its rows is given those that the files put into tables, and its ledger is taken for none.
    """
    started = time.monotonic()
    begin_alone(store)
    ledger = read_ledger(store)
    if ledger.exists and not ledger.is_empty:
        raise DeployError("this store has a ledger already: there is nothing to adopt")
    if not ledger.exists:
        with no_default_privileges(store):
            send(store, ledger_tables())
    fill(store, tree, survey, ledger)
    drift = [one for one in compare(survey.expected, facts(store)) if not of_the_ledger(one.object)]
    if drift:
        raise DeployError(
            f"the store differs from the tree in {len(drift)} ways, first {drift[0].object}: {drift[0].what}",
            hint="See python deploy.py --verify; adopt it once that finds nothing but the ledger.",
        )
    record(store, made_by([Run(file, 0, set()) for file in tree], [], objects_of(store), {}))
    remember_all(store, survey.expected)
    log(store, "adopt", tree, started)
    store.commit()
    report.finish("adopted", f"{len(tree)} files are in the ledger now, as if deployed.")


def fill(store: Store, tree: list[SqlFile], survey: Survey, ledger: Ledger) -> None:
    """Put the files' own rows into tables that have none, and fill materialised views."""
    if not ledger.is_empty:
        return
    schema = store.schema
    for table, rows in survey.rows.items():
        if store.one(f"SELECT NOT EXISTS (SELECT FROM {schema}.{table})") == (True,):
            columns, numbers = store.one(
                """SELECT
                    string_agg(quote_ident(attname), ', ' ORDER BY attnum) FILTER (WHERE attgenerated = ''),
                    array_agg(quote_ident(attname)) FILTER (WHERE attidentity <> '')
                FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped""",
                [f"{schema}.{table}"],
            )
            store.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            store.ask(
                f"INSERT INTO {schema}.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns}"
                f" FROM jsonb_populate_recordset(NULL::{schema}.{table}, %s)",
                [Jsonb(rows)],
            )
            store.run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for column in numbers or ():
                store.ask(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), max({column})) FROM {schema}.{table}",
                    [f"{schema}.{table}", column],
                )
    for file in tree:
        for one in file.statements:
            if one.kind == "CreateTableAsStmt" and not one.node.into.skipData:
                store.run(f"REFRESH MATERIALIZED VIEW {one.node.into.rel.relname}")
