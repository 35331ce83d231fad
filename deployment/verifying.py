"""Compares the store, as its catalog describes it, with one that is deployed afresh beside it.

The fresh one is made in a scratch schema, in a transaction that is rolled back; the live store is
only read. Where none can be made, what the last deploy left takes its place. What differs is drift.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from psycopg import errors

from deployment.default_privileges import no_default_privileges
from deployment.errors import DeployError, failure
from deployment.facts import Fact, Facts, facts, rights_of_others
from deployment.ledger import TABLES, ledger_tables
from deployment.remembering import recall
from deployment.report import Report
from deployment.roles import GROUP_ROLES, powers_of_roles, provide_roles
from deployment.running import frame_of, run_file
from deployment.store import Store
from deployment.tree import SqlFile

EVENT_TRIGGER = "runs on what is deployed, and on the fresh store it is compared with"
REPAIR = "python deploy.py --repair"
# Parts of which nothing need be said when their whole is made.
NEW_ANYHOW = (": triggers", ": state")
COLUMN_ORDER = "order of columns"
NEVER_FILLED = "never filled"  # which a file may leave a materialised view, until somebody does
IN_TABLES = ("itself", "missing", "persistence", "column ", COLUMN_ORDER, "constraint ", "index ", "row ")


@dataclass
class Drift:
    """One difference; `fix` is the statement that repairs it."""

    kind: str
    object: str
    what: str
    expected: str | None
    actual: str | None
    fix: str

    @property
    def name(self) -> str:
        """The object or its part, as the ledger names it: `policy p on orders`, `index i`."""
        part = self.what.split(": ")[0]
        if part.startswith(("policy ", "trigger ", "rule ")):
            return f"{part} on {self.object.split(' ')[-1]}"
        return part if part.startswith("index ") else self.object

    @property
    def is_the_owners_to_fix(self) -> bool:
        """A table and what holds or guards its rows, and the cluster's roles: never healed unasked."""
        is_right = ": privilege " in self.what or self.what.endswith("comment")
        is_in_a_table = self.kind == "table" and self.what.startswith(IN_TABLES) and not is_right
        is_everywhere = self.kind == "schema" and self.what.endswith(" everywhere")
        return is_in_a_table or is_everywhere or self.kind == "role"


@dataclass
class Survey:
    """What should be, what is, how they differ, and what others have here that is none of ours.

    `rows` are those of a fresh store's tables; `compared_with` tells why it is no fresh store that
    the expected is taken from.
    """

    expected: Facts
    actual: Facts
    drift: list[Drift]
    unmanaged: list[dict]
    rows: dict[str, list]
    compared_with: str | None

    def tell(self, report: Report) -> None:
        report.survey(self.drift, self.unmanaged, self.compared_with)
        model = "it was deployed" if self.compared_with else "its files make it"
        if self.drift:
            return report.finish("drift", f"{len(self.drift)} differences from the store as {model}.", exit_code=3)
        report.finish("verified", f"The store is as {model}, in {len(self.actual)} facts.")


def verify(store: Store, tree: list[SqlFile], may_recall: bool = False) -> Survey:
    """Compare; both transactions are rolled back.

    With `may_recall`, what the last deploy left will do where no fresh store can be made.
    """
    store.begin("READ ONLY", "REPEATABLE READ")
    if store.one("SELECT to_regnamespace(%s) IS NULL", [store.schema])[0]:
        raise DeployError(f"no store was deployed in schema {store.schema}")
    why_recall = why_no_fresh_store(store) if may_recall else None
    store.act_as_owner()
    actual = facts(store)
    unmanaged = [{"object": name, "what": what} for name, what in sorted(rights_of_others(store))]
    unmanaged += [{"object": f"event trigger {name}", "what": EVENT_TRIGGER} for name in store.event_triggers]
    drift, members = rights_of_roles(store)
    unmanaged += members
    compared_with = None
    if why_recall:
        expected, deployed_at = recall(store, why_recall)
        compared_with = f"what the deploy of {deployed_at:%Y-%m-%d %H:%M %Z} left: {why_recall}"
    store.roll_back()
    rows: dict[str, list] = {}
    if not why_recall:
        expected, rows = make_fresh_store(store, tree)
    ours = {name for name, _ in expected}
    theirs = sorted({name for name, _ in actual} - ours)
    unmanaged += [{"object": name, "what": "made by others"} for name in theirs]
    drift += compare(expected, actual)
    return Survey(expected, actual, drift, unmanaged, rows, compared_with)


def why_no_fresh_store(store: Store) -> str | None:
    """Why none can be made beside this one, or None if it can."""
    if store.is_standby:
        return "this server is a standby"
    (may_create,) = store.one(
        """SELECT bool_or(has_database_privilege(oid, current_database(), 'CREATE'))
        FROM pg_roles WHERE rolname::TEXT IN (current_user::TEXT, %s)""",
        [store.owner],
    )
    return None if may_create else f"{store.login} lacks CREATE on the database"


def make_fresh_store(store: Store, tree: list[SqlFile], roles: str = "auto") -> tuple[Facts, dict[str, list]]:
    """Deploy into a scratch schema, and roll back; return its facts and the rows of its tables."""
    if store.is_standby:
        raise DeployError(
            "this server is a standby: there is no making a fresh store beside this one", hint="Do it on the primary."
        )
    scratch = store.beside(f"{store.schema}_scratch_{secrets.token_hex(4)}")
    scratch.begin()
    try:
        provide_roles(scratch, tree, roles)
        become_owner_of(scratch)
        with no_default_privileges(scratch):
            frame = frame_of(scratch)
            for file in [ledger_tables(), *tree]:
                run_file(scratch, file, frame, {})
            fresh, rows = facts(scratch), rows_of(scratch)
    except errors.Error as error:
        raise failure(error) from error
    finally:
        scratch.roll_back()

    def renamed(text: str) -> str:
        return text.replace(scratch.schema, store.schema)

    named = [
        Fact(store.schema, renamed(of), renamed(what), renamed(value), given and renamed(given))
        for _, of, what, value, given in fresh.values()
    ]
    return {fact.key: fact for fact in named}, rows


def become_owner_of(scratch: Store) -> None:
    try:
        scratch.become_owner()
    except DeployError as error:
        if error.fields["sqlstate"] == "42501":
            error.fields["message"] = f"{error}: a fresh store cannot be made beside this one to compare it with"
            error.fields["hint"] = "Do it as a role that has CREATE on the database."
        raise


def rows_of(store: Store) -> dict[str, list]:
    """The rows that the files themselves have put into tables."""
    tables = store.ask(
        """SELECT relname::TEXT FROM pg_class
        WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname <> ALL(%s) ORDER BY oid""",
        [store.schema, TABLES],
    ).fetchall()
    query = "SELECT coalesce(jsonb_agg(t), '[]') FROM {}.{} AS t"
    found = {table: store.one(query.format(store.schema, table))[0] for (table,) in tables}
    return {table: rows for table, rows in found.items() if rows}


def compare(expected: Facts, actual: Facts) -> list[Drift]:
    """The differences on our objects; a part that is missing or extra takes its own parts along."""
    drift = []
    standing = {name for name, _ in actual}
    for name in dict.fromkeys(name for name, _ in expected):
        if name not in standing:
            drift.append(drifted(name, "missing", "there", None, makes(name, "", expected)))
    for (name, what), fact in expected.items():
        now = actual.get((name, what))
        if name not in standing or what == NEVER_FILLED or now and is_same(now.value, fact.value):
            continue
        if what == COLUMN_ORDER and (now is None or is_same_order(now.value, fact.value)):
            continue
        fix = [fact.make, makes(name, what + ": ", expected)]
        if now is None:
            if not is_part_of(name, what, expected, without=actual):
                drift.append(drifted(name, what, fact.value, None, joined(fix)))
        elif what == "definition" and expected[name, "columns"] != actual[name, "columns"]:
            drift.append(drifted(name, what, fact.value, now.value, REPAIR))
        elif what != "columns":
            undo = None if what.endswith("comment") else now.unmake
            drift.append(drifted(name, what, fact.value, now.value, joined([undo, *fix])))
    ours = {name for name, _ in expected}
    for (name, what), fact in actual.items():
        if name in ours and (name, what) not in expected and what != COLUMN_ORDER:
            if not is_part_of(name, what, actual, without=expected):
                drift.append(drifted(name, what, None, fact.value, fact.unmake or ""))
    return drift


def is_same_order(one: str | None, other: str | None) -> bool:
    """Whether the columns that are in both lists come in the same order."""
    first, second = (one or "").split(", "), (other or "").split(", ")
    return [name for name in first if name in second] == [name for name in second if name in first]


def drifted(name: str, what: str, expected: str | None, actual: str | None, fix: str) -> Drift:
    return Drift(name.split(" ")[0], name, what, expected, actual, fix)


def is_part_of(name: str, what: str, there: Facts, without: Facts) -> bool:
    """Whether `column x: type` goes with a `column x` that is missing, or extra, as a whole."""
    whole = (name, what.split(": ")[0])
    return whole != (name, what) and whole in there and whole not in without


# `status IN ('a', 'b')` on a VARCHAR is told in one way by the server that parsed it, as
# (ARRAY['a'::character varying, …])::text[], in another by one that restored it from a dump, as
# ARRAY[('a'::character varying)::text, …]: the same cast, of the whole or of each.
LITERAL = r"(?:'(?:[^']|'')*'::character varying|[\d.]+)"
LIST = rf"ARRAY\[({LITERAL}(?:, {LITERAL})*)\]"
CAST_OF_ALL = re.compile(rf"(?:\({LIST}\)|{LIST})::([a-z ]+)\[\]")
CAST_OF_EACH = re.compile(rf"ARRAY\[((?:\(?{LITERAL}\)?::([a-z ]+)(?:, |(?=\])))+)\]")
CAST_LITERAL = re.compile(rf"\(?({LITERAL})\)?::[a-z ]+(?=, |$)")
AROUND = re.compile(r"\((ARRAY<[a-z ]+>\[[^\]]*\])\)")
SPACE = re.compile(r"\s+")


def is_same(one: str | None, other: str | None) -> bool:
    return one == other or one is not None and other is not None and normal(one) == normal(other)


def normal(text: str) -> str:
    text = SPACE.sub(" ", text)
    text = CAST_OF_ALL.sub(lambda found: f"ARRAY<{found[3]}>[{found[1] or found[2]}]", text)
    text = CAST_OF_EACH.sub(lambda found: f"ARRAY<{found[2]}>[" + CAST_LITERAL.sub(r"\1", found[1]) + "]", text)
    while AROUND.search(text):
        text = AROUND.sub(r"\1", text)
    return text


def makes(name: str, beginning: str, expected: Facts) -> str:
    """How to make an object with its parts, or the parts of one part."""
    found = [
        fact.make
        for (owner, what), fact in expected.items()
        if owner == name and what.startswith(beginning) and not what.endswith(NEW_ANYHOW)
    ]
    return joined(found)


def joined(statements: list[str | None]) -> str:
    return "; ".join(statement for statement in statements if statement)


def rights_of_roles(store: Store) -> tuple[list[Drift], list[dict]]:
    """A group role says what one may do: it must be nobody's member and have no power, which is drift.
    Who is a member of it is for others to say.
    """
    rows = store.ask(
        """SELECT roleid::REGROLE::TEXT, member::REGROLE::TEXT, rolname = ANY(%(roles)s)
        FROM pg_auth_members INNER JOIN pg_roles ON pg_roles.oid = member
        WHERE rolname = ANY(%(roles)s) OR pg_get_userbyid(roleid) = ANY(%(roles)s) ORDER BY 1, 2""",
        {"roles": GROUP_ROLES},
    )
    drift, members = [], []
    for group, member, is_ours in rows:
        if is_ours:
            fix = f"REVOKE {group} FROM {member}"
            drift.append(Drift("role", f"role {member}", f"member of {group}", None, "member", fix))
        else:
            members.append({"object": f"role {group}", "what": f"member {member}"})
    for role, powers in powers_of_roles(store).items():
        drift += [Drift("role", f"role {role}", one, None, "held", f"ALTER ROLE {role} NO{one}") for one in powers]
    return drift, members
