"""Carries out what was decided, in the tree's order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors

from deployment.catalog import CatalogItem, kind_and_name, objects_of
from deployment.decision import FROZEN, Circumstances, Decision, why_to_run
from deployment.dependants import make_way, plan_rebuild, restore
from deployment.ledger import Ledger, forget, record
from deployment.report import DeployError, Report
from deployment.running import Run, by_name, check, frame_of, made_by, run_file
from deployment.store import Store
from deployment.tree import SqlFile

# The default privileges of the store's owner, in this schema or anywhere: each as the statement that
# takes it out of the default, and the one that puts it back. What PostgreSQL itself gives to
# everybody is part of the default, so that it may also be a grant that is put back, not a revoke.
DEFAULT_PRIVILEGES = """
WITH standing AS (
    SELECT
        pg_default_acl.*,
        CASE WHEN defaclnamespace = 0 THEN acldefault(
            CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole
        ) END AS shipped
    FROM pg_default_acl
    WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    AND defaclnamespace IN (0, to_regnamespace(current_setting('deploy.schema')))
),

entry AS (
    SELECT *
    FROM standing
    CROSS JOIN LATERAL (
        SELECT
            grantee, privilege_type, shipped.grantor IS NULL AS is_added,
            coalesce(held.is_grantable, shipped.is_grantable) AS is_grantable
        FROM aclexplode(defaclacl) AS held
        FULL JOIN aclexplode(shipped) AS shipped USING (grantee, privilege_type)
        WHERE held.grantor IS NULL OR shipped.grantor IS NULL
    ) AS difference
)

SELECT
    format('%s GRANT %s%s', head, body, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS give,
    format('%s REVOKE %s', head, replace(body, ' TO ', ' FROM ')) AS take,
    is_added
FROM entry
CROSS JOIN LATERAL format(
    'ALTER DEFAULT PRIVILEGES%s', ' IN SCHEMA ' || nullif(defaclnamespace, 0)::REGNAMESPACE
) AS head
CROSS JOIN LATERAL format(
    '%s ON %s TO %s', privilege_type,
    CASE defaclobjtype
        WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
        WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS'
    END, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END
) AS body"""


@contextmanager
def no_default_privileges(store: Store) -> Iterator[None]:
    """What is made in the block is its owner's alone, whatever ALTER DEFAULT PRIVILEGES has said."""
    entries = store.ask(DEFAULT_PRIVILEGES).fetchall()
    for give, take, is_added in entries:
        store.ask(take if is_added else give)
    yield
    for give, take, is_added in entries:
        store.ask(give if is_added else take)


def apply(store: Store, tree: list[SqlFile], decision: Decision, ledger: Ledger, report: Report) -> list[SqlFile]:
    """Run the files that have a reason, but for the online ones; return those that ran."""
    before = {item.address: item for item in decision.standing}
    frame = frame_of(store)
    make_way(store, decision.rebuild)
    runs: list[Run] = []
    now: set[str] | None = None
    for file in report.over(tree):
        reason = decision.reasons.get(file.key)
        if reason is None and runs and runs[0].file.directory == FROZEN != file.directory:
            # A DO block of a schema file may have dropped it; what came later in this run has not.
            now = now or {item.name for item in objects_of(store)}
            reason = why_to_run(file, ledger, now, Circumstances())
        if reason is None:
            report.ran(file, "keep", "unchanged")
        elif file not in decision.online:
            run = run_file(store, file, frame, decision.made_before)
            if file.is_dynamic:  # a DO block that makes what is missing finds it there this time
                run.found |= {name for name, sha256 in ledger.objects.get(file.key, {}).items() if sha256 is None}
            runs.append(run)
            report.ran(file, "apply", reason, run.seconds)
    check(store, None, frame)
    restore(store, decision.rebuild)
    for name in decision.fills:
        store.run(f"REFRESH MATERIALIZED VIEW {kind_and_name(name)[1]}")
    settle(store, runs, decision, ledger, before)
    for statement in [*decision.taken_back, *decision.regrants]:
        run_if_it_applies(store, statement)
    return [run.file for run in runs]


def settle(
    store: Store, runs: list[Run], decision: Decision, ledger: Ledger, before: dict[tuple[int, int], CatalogItem]
) -> None:
    """Drop what no file makes any more, and record what was made."""
    goes = set(decision.drops)
    for name in goes:
        if kind_and_name(name)[0] in ("table", "sequence", "foreign table"):
            raise DeployError(f"{name} is made by no file any more: drop it yourself, it may hold data")
    standing = objects_of(store)
    make_way(store, plan_rebuild(store, standing, goes, {}, goes))
    named = by_name([item for item in standing if item.name not in goes])
    made = [(run.file, made_by(run, before, named), run.seconds) for run in runs]
    record(store, made)
    for key in decision.removed:
        forget(store, key)


def run_if_it_applies(store: Store, statement: str) -> None:
    """What is granted on an object or to a role that is gone has gone with it."""
    try:
        with store.connection.transaction():
            store.run(statement)
    except (errors.UndefinedTable, errors.UndefinedFunction, errors.UndefinedObject, errors.UndefinedColumn):
        store.forget_path()
