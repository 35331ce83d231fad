"""Carries out what was decided, in the tree's order."""

from contextlib import suppress

import psycopg

from deployment.catalog import kind_and_name, objects_of
from deployment.decision import Circumstances, Decision, why_to_run
from deployment.dependants import GONE, make_way, plan_rebuild, restore
from deployment.errors import failure
from deployment.ledger import forget, record
from deployment.report import Report
from deployment.running import Run, check, frame_of, made_by, run_file
from deployment.store import Store
from deployment.tree import SqlFile


def apply(store: Store, decision: Decision, report: Report) -> list[SqlFile]:
    """Run the files that have a reason, but for the online ones; return those that ran."""
    ledger, online, frame = decision.ledger, decision.online, frame_of(store)
    make_way(store, decision.rebuild)
    runs: list[Run] = []
    now: set[str] | None = None
    for file in report.over(decision.tree):
        reason = decision.reasons.get(file.key)
        if reason is None and runs and runs[0].file.is_frozen and not file.is_frozen:
            # A DO block of a schema file may have dropped it; what came later in this run has not.
            now = now or {item.name for item in objects_of(store)}
            reason = why_to_run(file, ledger, now, Circumstances())
        if reason is None:
            report.ran(file, "keep", "unchanged")
        elif file not in online:
            run = run_file(store, file, frame, decision.made_before)
            if file.is_dynamic:  # a DO block that makes what is missing finds it there this time
                run.found |= {name for name, sha256 in ledger.objects.get(file.key, {}).items() if sha256 is None}
            runs.append(run)
            report.ran(file, "apply", reason, run.seconds)
    check(store, None, frame)
    restore(store, decision.rebuild)
    for name in decision.fills:
        store.run(f"REFRESH MATERIALIZED VIEW {kind_and_name(name)[1]}")
    settle(store, runs, decision)
    for statement in [*decision.taken_back, *decision.regrants]:
        try:
            with suppress(*GONE), store.attempt():
                store.run(statement)
        except psycopg.Error as error:
            raise failure(error).after(statement) from error
    return [run.file for run in runs]


def settle(store: Store, runs: list[Run], decision: Decision) -> None:
    """Drop what no file makes any more, and record what was made."""
    goes, standing = set(decision.drops), objects_of(store)
    make_way(store, plan_rebuild(store, standing, goes, {}, goes))
    left = [item for item in standing if item.name not in goes]
    record(store, made_by(runs, decision.standing, left, decision.made_before))
    for key in decision.removed:
        forget(store, key)
