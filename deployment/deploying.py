"""One deploy, and what --plan foretells of it."""

import time

from psycopg import Connection

from deployment.applying import apply
from deployment.decision import Circumstances, Decision, bare_targets, decide
from deployment.default_privileges import no_default_privileges
from deployment.errors import DeployError
from deployment.facts import Facts, facts
from deployment.ledger import ledger_tables, log, read_ledger, record
from deployment.online import in_full, run_online, session_beside
from deployment.remembering import remembering
from deployment.report import Report
from deployment.roles import missing_roles, provide_roles
from deployment.running import frame_of, run_file, send
from deployment.store import Store
from deployment.tree import SqlFile
from deployment.verifying import make_fresh_store, why_no_fresh_store
from deployment.waiting import keep_others_out


def deploy(store: Store, tree: list[SqlFile], roles: str, found: Circumstances, report: Report) -> None:
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
    report.decided(decision.told(), loaded_before=found.demo is not None and decision.demo is None)
    if not decision:
        store.commit() if found.new_roles else store.roll_back()
        for file in tree:
            report.ran(file, "keep", "unchanged")
        return report.finish("unchanged", f"Nothing to do: {len(tree)} files are as deployed.")
    applied = change(store, decision, report)
    if applied or decision.removed or decision.fills:
        log(store, "deploy", applied, started)
    if decision.demo:
        log(store, "demo", [decision.demo], started)
    texts = [in_full(store, file, decision.made_before) for file in decision.online]
    with session_beside(store, report.dsn, decision.online) as session:
        store.commit()
        report.pending = decision.online
        for file, text in zip(decision.online, texts, strict=True):
            run_beside(store, session, file, text, decision.made_before, report)
            report.pending.remove(file)
    seconds = time.monotonic() - started
    files = f"{len(applied) + len(decision.online)} of {len(tree)} files"
    report.finish("deployed", f"Deployed {files if decision.concerns_files else 'the demo store'} in {seconds:.1f} s.")


def change(store: Store, decision: Decision, report: Report) -> list[SqlFile]:
    """All that the transaction changes in the store; return which files ran."""
    is_first = not decision.ledger.exists
    names = None if decision.demo or is_first else changes_only(decision)
    with remembering(store, is_first, names), no_default_privileges(store):
        if is_first:
            send(store, ledger_tables())
        applied = apply(store, decision, report)
        if decision.demo:
            report.progress("Loading the demo store")
            run = run_file(store, decision.demo, frame_of(store), {})
            report.ran(decision.demo, "apply", "demo", run.seconds)
    return applied


def changes_only(decision: Decision) -> set[str] | None:
    """The bare names of the only objects a deploy changes, where its files are so plain that they say."""
    if decision.rebuild.drops or decision.drops or decision.fills or decision.removed:
        return None
    names = {name for one in decision.taken_back for name in bare_targets(one)}
    for file in decision.running:
        if file.about is None or file.is_frozen:
            return None
        names |= file.about
    return names


def run_beside(store: Store, session: Connection, file: SqlFile, text: str, made_before: dict, report: Report) -> None:
    """Run an online file in `session`, outside a transaction; record it in one of its own."""
    started = time.monotonic()
    (statement,) = file.statements
    is_outdated = made_before.get(statement.makes) not in (None, statement.sha256)
    store.begin()
    store.become_owner()
    with remembering(store, False, None):
        store.roll_back()
        if session is not store.connection:  # open a transaction, without a snapshot, lest idle_session_timeout end it
            store.begin("READ ONLY")
        seconds = run_online(session, store, file, text, is_outdated, report)
        if session is not store.connection:
            store.roll_back()
        store.begin()
        store.become_owner()
    record(store, [(file, {one.makes: one.sha256 for one in file.statements if one.makes}, seconds)])
    log(store, "deploy", [file], started)
    store.commit()
    report.ran(file, "apply", "online", seconds)


def plan(store: Store, tree: list[SqlFile], roles: str, found: Circumstances, report: Report) -> None:
    """Print what a deploy would do, from transactions that change nothing. What cannot be replaced in place shows only
    beside the store as the tree would make it: it is made, in a scratch schema that is rolled back.
    """
    decision = look(store, tree, found, {})
    if decision.reasons:
        if why := why_no_fresh_store(store):
            report.remark(f"Which views would be made anew could not be looked at: {why}.")
        else:
            decision = look(store, tree, found, make_fresh_store(store, tree, roles)[0])
    report.decided(decision.told(), loaded_before=found.demo is not None and decision.demo is None)
    online = decision.online
    for file in [file for file in tree if file not in online] + online:
        reason = decision.reasons.get(file.key)
        report.ran(file, "apply" if reason else "keep", reason or "unchanged")
    if decision.demo:
        report.ran(decision.demo, "apply", "demo")
    report.forecast()
    if decision:
        return report.finish("pending", "Nothing was changed.", exit_code=3)
    report.finish("unchanged", "There is nothing to do.")


def look(store: Store, tree: list[SqlFile], found: Circumstances, fresh: Facts) -> Decision:
    """What a deploy would decide, as far as it can be seen; `fresh` is what the store would be, if that is known."""
    store.begin("READ ONLY", "REPEATABLE READ")
    found.new_roles = missing_roles(store, tree)
    store.act_as_owner()
    store.require_owner()
    ledger = read_ledger(store)
    live = facts(store) if fresh and ledger.exists else {}
    found.irreplaceable = reshaped(live, fresh)
    decision = decide(store, tree, ledger, found)
    for file in decision.online if fresh else ():  # as in_full() would say it
        (one,) = file.statements
        name = str(one.makes)
        standing, to_be = (
            {parts[name].value for parts in all_of if name in parts} for all_of in (live.values(), fresh.values())
        )
        if name not in decision.made_before and not standing <= to_be:
            raise file.taken(one, name)
    store.roll_back()
    return decision


def reshaped(live: Facts, fresh: Facts) -> set[str]:
    """Views that will not begin with the columns they have, and domains over another type."""
    found = set()
    for name, parts in live.items():
        then, now = ({what: fact.value for what, fact in one.items()} for one in (parts, fresh.get(name, {})))
        if name.startswith("view ") and now.get("columns"):
            is_reshaped = not f"{now['columns']}, ".startswith(f"{then['columns']}, ")
        else:
            is_reshaped = "base type" in then and then["base type"] != now.get("base type")
        if is_reshaped:
            found.add(name)
    return found
