"""One deploy, and what --plan foretells of it."""

from __future__ import annotations

import time

from psycopg import Connection

from deployment.applying import apply
from deployment.decision import Circumstances, Decision, bare_targets, decide
from deployment.default_privileges import no_default_privileges
from deployment.errors import DeployError
from deployment.facts import Facts, facts
from deployment.ledger import Ledger, ledger_tables, log, read_ledger, record
from deployment.online import run_online, session_beside
from deployment.remembering import remembering
from deployment.report import Report
from deployment.roles import ROLES_FILE, missing_roles, provide_roles
from deployment.running import frame_of, run_file, send
from deployment.store import Store
from deployment.tree import SqlFile
from deployment.verifying import make_fresh_store, why_no_fresh_store
from deployment.waiting import keep_others_out


def deploy(
    store: Store, tree: list[SqlFile], demo: SqlFile | None, roles: str, found: Circumstances, report: Report
) -> None:
    """One transaction, of which nothing stays unless all of it does; then the online files."""
    started = time.monotonic()
    if store.is_standby:
        raise DeployError("this server is a standby: deploy to its primary")
    store.begin()
    keep_others_out(store)
    found.new_roles = provide_roles(store, tree, roles)
    if roles == "create":
        store.commit()
        return report.finish("roles", "The group roles are there.")
    store.become_owner()
    ledger = read_ledger(store)
    if ledger.is_empty:
        raise DeployError(
            f"schema {store.schema} holds a copy of a store without its rows: its ledger is empty",
            hint="Run python deploy.py --adopt, which fills in what the files put there.",
        )
    decision = decide(store, tree, ledger, found)
    report.decided(decision.told())
    if demo and not demo_is_missing(store, ledger, report):
        demo = None
    if not decision and not demo:
        store.commit() if found.new_roles else store.roll_back()
        for file in tree:
            report.ran(file, "keep", "unchanged")
        return report.finish("unchanged", f"Nothing to do: {len(tree)} files are as deployed.")
    applied = change(store, tree, decision, ledger, demo, report)
    if applied or decision.removed or decision.fills:
        log(store, "deploy", applied, started)
    if demo:
        log(store, "demo", [demo], started)
    with session_beside(store, report.dsn, decision.online) as session:
        store.commit()
        report.pending = [*decision.online]
        for file in decision.online:
            run_beside(store, session, file, decision.made_before, report)
            report.pending.remove(file)
    seconds = time.monotonic() - started
    what = f"{len(applied) + len(decision.online)} of {len(tree)} files" if decision else "the demo store"
    report.finish("deployed", f"Deployed {what} in {seconds:.1f} s.")


def change(
    store: Store, tree: list[SqlFile], decision: Decision, ledger: Ledger, demo: SqlFile | None, report: Report
) -> list[SqlFile]:
    """All that the transaction changes in the store; return which files ran."""
    names = None if demo or not ledger.exists else changes_only(tree, decision)
    with remembering(store, not ledger.exists, names), no_default_privileges(store):
        if not ledger.exists:
            send(store, ledger_tables())
        applied = apply(store, tree, decision, ledger, report)
        if demo:
            report.progress("Loading the demo store")
            run = run_file(store, demo, frame_of(store), {})
            report.ran(demo, "apply", "demo", run.seconds)
    return applied


def changes_only(tree: list[SqlFile], decision: Decision) -> set[str] | None:
    """The bare names of the only objects a deploy changes, where its files are so plain that they say."""
    if decision.rebuild.drops or decision.drops or decision.fills or decision.removed:
        return None
    names = {name for one in decision.taken_back for name in bare_targets(one)}
    for file in decision.running(tree):
        if file.about is None or file.is_frozen:
            return None
        names |= file.about
    return names


def run_beside(store: Store, session: Connection, file: SqlFile, made_before: dict, report: Report) -> None:
    """Run an online file in `session`, outside a transaction; record it in one of its own."""
    started = time.monotonic()
    (statement,) = file.statements
    is_outdated = made_before.get(statement.makes) not in (None, statement.sha256)
    store.begin()
    store.become_owner()
    with remembering(store, False, None):
        store.roll_back()
        if session is store.connection:
            seconds = run_online(session, store, file, is_outdated, report)
        else:  # beside an open transaction, which holds no snapshot, lest idle_session_timeout end this session
            store.begin("READ ONLY")
            seconds = run_online(session, store, file, is_outdated, report)
            store.roll_back()
        store.begin()
        store.become_owner()
    record(store, [(file, {one.makes: one.sha256 for one in file.statements if one.makes}, seconds)])
    log(store, "deploy", [file], started)
    store.commit()
    report.ran(file, "apply", "online", seconds)


def demo_is_missing(store: Store, ledger: Ledger, report: Report) -> bool:
    if ledger.has_demo:
        report.say("The demo store was loaded before; it is not loaded again.")
        return False
    (has_orders_table,) = store.one("SELECT to_regclass(%s) IS NOT NULL", [f"{store.schema}.orders"])
    if has_orders_table and store.ask(f"SELECT TRUE FROM {store.schema}.orders LIMIT 1").fetchone():
        raise DeployError(
            "--demo: this store has orders of its own",
            hint="Load the demo into a store beside it: --schema demo --demo",
        )
    return True


def plan(store: Store, tree: list[SqlFile], demo: SqlFile | None, roles: str, report: Report) -> None:
    """Print what a deploy would do, from transactions that change nothing.

    What cannot be replaced in place shows only beside the store as the tree would make it, so it is
    made, in a scratch schema that is rolled back.
    """
    decision = look(store, tree, None)
    if decision.reasons:
        if why := why_no_fresh_store(store):
            report.remark(f"Which views would be made anew could not be looked at: {why}.")
        else:
            decision = look(store, tree, make_fresh_store(store, tree, roles)[0])
    if demo and not is_to_be_loaded(store, report):
        demo = None
    for file in [file for file in tree if file not in decision.online] + decision.online:
        reason = decision.reasons.get(file.key)
        report.ran(file, "apply" if reason else "keep", reason or "unchanged")
    if demo:
        report.ran(demo, "apply", "demo")
    report.decided(decision.told())
    report.forecast()
    if decision or demo:
        return report.finish("pending", "Nothing was changed.", exit_code=3)
    report.finish("unchanged", "There is nothing to do.")


def is_to_be_loaded(store: Store, report: Report) -> bool:
    """Whether a deploy would load the demo store; refused where it would be."""
    store.begin("READ ONLY")
    store.act_as_owner()
    is_missing = demo_is_missing(store, read_ledger(store), report)
    store.roll_back()
    return is_missing


def look(store: Store, tree: list[SqlFile], fresh: Facts | None) -> Decision:
    """What a deploy would decide, as far as it can be seen; `fresh` is what the store would be."""
    store.begin("READ ONLY", "REPEATABLE READ")
    found = Circumstances()
    if any(file.key == ROLES_FILE for file in tree):
        found.new_roles = missing_roles(store)
    store.act_as_owner()
    ledger = read_ledger(store)
    if fresh and ledger.exists:
        found.irreplaceable = reshaped(facts(store), fresh)
    decision = decide(store, tree, ledger, found)
    store.roll_back()
    return decision


def reshaped(live: Facts, fresh: Facts) -> set[str]:
    """Views that will not begin with the columns they have, and domains over another type."""
    found = set()
    for (name, what), fact in live.items():
        now, then = (fresh[name, what].value or "" if (name, what) in fresh else ""), fact.value or ""
        if name.startswith("view ") and what == "columns" and now:
            if not f"{now}, ".startswith(f"{then}, "):
                found.add(name)
        elif what == "base type" and now != then:
            found.add(name)
    return found
