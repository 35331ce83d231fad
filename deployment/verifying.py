"""Compares the store, as its catalog describes it, with one that is deployed afresh beside it.

The fresh one is made in a scratch schema, in a transaction that is rolled back; the live store is
only read. Where none can be made, what the last deploy left takes its place. What differs is drift.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from psycopg import errors

from deployment.default_privileges import no_default_privileges
from deployment.errors import DeployError, failure
from deployment.facts import Facts, Parts, by_object, facts, rights_of_others
from deployment.ledger import TABLES, ledger_tables
from deployment.remedies import whole_and_detail
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
IN_TABLES = ("itself", "missing", "persistence", "column ", COLUMN_ORDER, "constraint ", "index ", "row {")


@dataclass
class Drift:
    """One difference; `fix` is the statement that repairs it."""

    object: str
    what: str
    expected: str | None
    actual: str | None
    fix: str

    @property
    def kind(self) -> str:
        return self.object.split(" ")[0]

    @property
    def name(self) -> str:
        """The object or its part, as the ledger names it: `policy p on orders`, `index i`."""
        part = whole_and_detail(self.what)[0]
        if part.startswith(("policy ", "trigger ", "rule ")):
            return f"{part} on {self.object.split(' ')[-1]}"
        return part if part.startswith("index ") else self.object

    @property
    def is_the_owners_to_fix(self) -> bool:
        """A table and what holds or guards its rows, and the cluster's roles: never healed unasked."""
        is_right = whole_and_detail(self.what)[1].startswith(("privilege ", "comment"))
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
        report.finish("verified", f"The store is as {model}, in {sum(map(len, self.actual.values()))} facts.")


def verify(store: Store, tree: list[SqlFile], may_recall: bool = False) -> Survey:
    """Compare; both transactions are rolled back.

    With `may_recall`, what the last deploy left will do where no fresh store can be made.
    """
    store.begin("READ ONLY", "REPEATABLE READ")
    if store.one("SELECT to_regnamespace(%s) IS NULL", [store.schema])[0]:
        raise DeployError(f"no store was deployed in schema {store.schema}")
    why_recall = why_no_fresh_store(store) if may_recall else None
    store.act_as_owner()
    if not why_recall:
        store.require_owner()
    actual = facts(store)
    rights = sorted((name, what) for name, parts in rights_of_others(store).items() for what in parts)
    unmanaged = [{"object": name, "what": what} for name, what in rights]
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
    unmanaged += [{"object": name, "what": "made by others"} for name in sorted(actual.keys() - expected.keys())]
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
    found = (fact.moved_to(store.schema) for parts in fresh.values() for fact in parts.values())
    return by_object(found), rows


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
    tables = store.column(
        """SELECT relname::TEXT FROM pg_class
        WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname <> ALL(%s) ORDER BY oid""",
        [store.schema, TABLES],
    )
    query = "SELECT coalesce(jsonb_agg(t), '[]') FROM {}.{} AS t"
    return {table: rows for table in tables if (rows := store.one(query.format(store.schema, table))[0])}


def compare(expected: Facts, actual: Facts) -> list[Drift]:
    """The differences on our objects: what is missing, what has changed, and what is extra on one."""
    missing = [
        Drift(name, "missing", "there", None, making(parts)) for name, parts in expected.items() if name not in actual
    ]
    both = [(name, parts, actual[name]) for name, parts in expected.items() if name in actual]
    return [*missing, *chain(*(changes(*one) for one in both)), *chain(*(extras(*one) for one in both))]


def changes(name: str, expected: Parts, actual: Parts) -> Iterator[Drift]:
    for what, fact in expected.items():
        now = actual.get(what)
        if what == NEVER_FILLED or now and (now.value == fact.value or normal(now.value) == normal(fact.value)):
            continue
        if what == COLUMN_ORDER and (now is None or is_same_order(now.value, fact.value)):
            continue
        fix = [fact.make, making(expected, what + ": ")]
        if now is None:
            if not is_part_of(what, expected, without=actual):
                yield Drift(name, what, fact.value, None, joined(fix))
        elif what == "definition" and expected["columns"] != actual["columns"]:
            yield Drift(name, what, fact.value, now.value, REPAIR)
        elif what != "columns":
            if what.endswith(": identity"):  # in place: a new one would begin at 1 again
                fix = [re.sub(r"ADD (GENERATED .*?) AS IDENTITY;.*", r"SET \1", fact.make or "")]
            undo = None if what.endswith((": identity", "comment")) else now.unmake
            yield Drift(name, what, fact.value, now.value, joined([undo, *fix]))


def extras(name: str, expected: Parts, actual: Parts) -> Iterator[Drift]:
    for what, fact in actual.items():
        if what not in expected and what != COLUMN_ORDER and not is_part_of(what, actual, without=expected):
            yield Drift(name, what, None, fact.value, fact.unmake or "")


def is_same_order(one: str, other: str) -> bool:
    """Whether the columns that are in both lists come in the same order."""
    first, second = one.split(", "), other.split(", ")
    return [name for name in first if name in second] == [name for name in second if name in first]


def is_part_of(what: str, there: Parts, without: Parts) -> bool:
    """Whether `column x: type` goes with a `column x` that is missing, or extra, as a whole."""
    whole = whole_and_detail(what)[0]
    return whole != what and whole in there and whole not in without


# `status IN ('a', 'b')` on a VARCHAR is told in one way by the server that parsed it, as
# (ARRAY['a'::character varying, …])::text[], in another by one that restored it from a dump, as
# ARRAY[('a'::character varying)::text, …]: the same cast, of the whole or of each.
LITERAL = r"(?:'(?:[^']|'')*'::character varying|[\d.]+)"
LIST = rf"ARRAY\[({LITERAL}(?:, {LITERAL})*)\]"
CAST_OF_ALL = re.compile(rf"(?:\({LIST}\)|{LIST})::([a-z ]+)\[\]")
IN_PARENTHESES = re.compile(rf"\(({LITERAL})\)(?=::)")


def normal(text: str) -> str:
    """With spaces that say nothing made one, and of casts, each that of one literal."""

    def cast_each(found: re.Match) -> str:
        return "ARRAY[" + re.sub(LITERAL, rf"\g<0>::{found[3]}", found[1] or found[2]) + "]"

    return IN_PARENTHESES.sub(r"\1", CAST_OF_ALL.sub(cast_each, re.sub(r"\s+", " ", text)))


def making(parts: Parts, beginning: str = "") -> str:
    """How to make an object with its parts, or the parts of one part."""
    found = [what for what in parts if what.startswith(beginning) and not what.endswith(NEW_ANYHOW)]
    return joined([parts[what].make for what in found])


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
            drift.append(Drift(f"role {member}", f"member of {group}", None, "member", fix))
        else:
            members.append({"object": f"role {group}", "what": f"member {member}"})
    for role, powers in powers_of_roles(store).items():
        drift += [Drift(f"role {role}", one, None, "held", f"ALTER ROLE {role} NO{one}") for one in powers]
    return drift, members
