"""Tells what a deploy would do, from a transaction that can change nothing."""

from __future__ import annotations

import psycopg
from psycopg import Connection

from deployment.applying import GRANTS
from deployment.catalog import kind_and_name
from deployment.dependants import plan_rebuild
from deployment.ledger import Ledger
from deployment.plan import FROZEN, Plan, make_plan, parsed
from deployment.report import Report
from deployment.statements import Statement, last_name
from deployment.tree import SqlFile


def forecast(
    connection: Connection, schema: str, tree: list[SqlFile], ledger: Ledger, report: Report
) -> bool:
    """Print each file that would run, and what would be made anew or dropped; return if any."""
    plan = make_plan(connection, schema, tree, ledger)
    standing = {item.name for item in plan.standing}
    plan.anew |= will_not_be_replaced(connection, tree, plan)
    rebuild = plan_rebuild(connection, schema, plan.anew, ledger.makers(tree, FROZEN))
    for key, name in rebuild.files.items():
        plan.reasons.setdefault(key, f"{name} is made anew")
    new = plan.anew | set(rebuild.files.values()) | created(tree, plan) - standing
    bare_names = {kind_and_name(name)[1].split("(")[0]: name for name in new}
    for file in tree:
        reason = plan.reasons.get(file.key)
        if reason is None and file.directory == GRANTS and new:
            granted = {
                name for statement in parsed(file).statements for name in statement.grants_on
            }
            hits = sorted(bare_names.keys() & granted)
            reason = f"{bare_names[hits[0]]} is new" if hits else None
        report.ran(file, "apply" if reason else "keep", reason or "unchanged")
    drops = sorted(name for name in plan.made_before if is_made_no_more(name, tree, plan, ledger))
    report.forecast(drops, sorted(plan.anew | set(rebuild.files.values())), rebuild.strangers)
    return bool(plan)


def created(tree: list[SqlFile], plan: Plan) -> set[str]:
    """What the CREATEs of the files that run name."""
    running = [file for file in tree if file.key in plan.reasons]
    return {one.makes for file in running for one in file.statements if one.makes}


def is_made_no_more(name: str, tree: list[SqlFile], plan: Plan, ledger: Ledger) -> bool:
    """Whether no file makes the object any more; what a DO block made is given the benefit."""
    kept = {key: made for key, made in ledger.objects.items() if key not in plan.reasons}
    if any(name in made for key, made in kept.items() if key not in plan.removed):
        return False
    makes = created(tree, plan)
    if name in makes or name.split("(")[0] in makes:
        return False
    return any(
        name in made and (key in plan.removed or made[name] is not None)
        for key, made in ledger.objects.items()
    )


def will_not_be_replaced(connection: Connection, tree: list[SqlFile], plan: Plan) -> set[str]:
    """The views and functions that stand with other columns, arguments or results."""
    found = set()
    for file in tree:
        if file.key in plan.reasons and file.directory != FROZEN:
            for statement in file.statements:
                if statement.kind == "ViewStmt" and statement.makes in plan.made_before:
                    if not keeps_columns(connection, statement):
                        found.add(statement.makes)
                elif statement.kind == "CreateFunctionStmt":
                    old = [
                        name for name in plan.made_before if name.split("(")[0] == statement.makes
                    ]
                    if old and not keeps_signature(connection, statement):
                        found |= set(old)
    return found


def keeps_columns(connection: Connection, statement: Statement) -> bool:
    """Whether the new query begins with the old columns; True where it cannot be asked yet."""
    from pglast.stream import RawStream

    query = RawStream()(statement.node.query)
    view = statement.node.view.relname
    try:
        with connection.transaction():
            new = connection.execute(f"SELECT * FROM ({query}) AS query LIMIT 0").description
            old = connection.execute(f"SELECT * FROM {view} LIMIT 0").description
    except psycopg.Error:
        return True
    described = [
        [(one.name, one.type_code, one.type_display) for one in side] for side in (old, new)
    ]
    if statement.node.aliases:
        names = [alias.sval for alias in statement.node.aliases]
        described[1] = [
            (name, *rest) for name, (_, *rest) in zip(names, described[1], strict=False)
        ]
    return described[1][: len(described[0])] == described[0]


def keeps_signature(connection: Connection, statement: Statement) -> bool:
    """Whether a function stands with these arguments, argument names and result."""
    from pglast.parser import parse_sql

    definitions = connection.execute(
        """SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE proname = %s AND pronamespace = current_schema()::REGNAMESPACE
        AND prokind IN ('f', 'p')""",
        [last_name(statement.node.funcname)],
    )
    standing = [signature(parse_sql(definition)[0].stmt) for (definition,) in definitions]
    return not standing or signature(statement.node) in standing


def signature(node) -> tuple:
    def type_of(name) -> tuple | None:
        return name and (last_name(name.names), name.setof, len(name.arrayBounds or ()))

    parameters = [(one.name, one.mode, type_of(one.argType)) for one in node.parameters or ()]
    modes = {"d": "i"}
    return (
        tuple((name, modes.get(mode.value, mode.value), kind) for name, mode, kind in parameters),
        type_of(node.returnType),
    )
