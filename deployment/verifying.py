"""Compares the store, as its catalog describes it, with one that is deployed afresh beside it.

The fresh one is made in a scratch schema, in a transaction that is rolled back; the live store is
only read. Where none can be made, what the last deploy left takes its place. What differs is drift.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from psycopg import Connection, errors, sql

from deployment.dependants import MANAGED_GRANTEES
from deployment.facts import Fact, Facts, facts, set_path
from deployment.ledger import ledger_tables
from deployment.owner import GROUP_ROLES, become_owner
from deployment.plan import parsed
from deployment.remembering import recall
from deployment.report import DeployError, failure
from deployment.running import send
from deployment.tree import SqlFile

REPAIR = "python deploy.py --repair"
# Parts of which nothing need be said when their whole is made.
NEW_ANYHOW = (": triggers", ": state")
COLUMN_ORDER = "order of columns"
IN_TABLES = (
    "itself",
    "missing",
    "persistence",
    "column ",
    COLUMN_ORDER,
    "constraint ",
    "index ",
    "row ",
)


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
        """A table and what holds or guards its rows, and the cluster's roles: never healed
        unasked.
        """
        is_right = ": privilege " in self.what or self.what.endswith("comment")
        is_in_a_table = self.kind == "table" and self.what.startswith(IN_TABLES) and not is_right
        return is_in_a_table or self.kind == "role"


@dataclass
class Survey:
    """What should be, what is, how they differ, and what others have here that is none of ours.

    `compared_with` tells why it is no fresh store that the expected is taken from.
    """

    expected: Facts
    actual: Facts
    drift: list[Drift]
    unmanaged: list[dict]
    compared_with: str | None = None


def verify(
    connection: Connection,
    schema: str,
    role: str | None,
    tree: list[SqlFile],
    may_recall: bool = False,
) -> Survey:
    """Compare; both transactions are rolled back.

    With `may_recall`, what the last deploy left will do where no fresh store can be made.
    """
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    set_path(connection, schema)
    known = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema])
    if known.fetchone() is None:
        raise DeployError(f"no store was deployed in schema {schema}")
    why_recall = why_no_fresh_store(connection, role) if may_recall else None
    if role:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
    actual = facts(connection)
    unmanaged = rights_of_others(connection)
    drift = drift_of_roles(connection)
    compared_with = None
    if why_recall:
        expected, deployed_at = recall(connection, why_recall)
        compared_with = f"what the deploy of {deployed_at:%Y-%m-%d %H:%M %Z} left: {why_recall}"
    connection.execute("ROLLBACK")
    if not why_recall:
        expected = facts_of_a_fresh_store(connection, schema, role, tree)
    ours = {name for name, _ in expected}
    theirs = sorted({name for name, _ in actual} - ours)
    unmanaged += [{"object": name, "what": "made by others"} for name in theirs]
    drift += compare(expected, actual)
    return Survey(expected, actual, drift, unmanaged, compared_with)


def why_no_fresh_store(connection: Connection, role: str | None) -> str | None:
    """Why none can be made beside this one, or None if it can."""
    is_standby, login, may_create = connection.execute(
        """SELECT
            pg_is_in_recovery(),
            current_user,
            bool_or(has_database_privilege(oid, current_database(), 'CREATE'))
        FROM pg_roles WHERE rolname IN (current_user, %s)""",
        [role],
    ).fetchone()
    if is_standby:
        return "this server is a standby"
    return None if may_create else f"{login} lacks CREATE on the database"


def facts_of_a_fresh_store(
    connection: Connection, schema: str, role: str | None, tree: list[SqlFile]
) -> Facts:
    """Deploys into a scratch schema, describes it, and rolls back."""
    scratch = f"{schema[:40]}_verify_{secrets.token_hex(4)}"
    connection.execute("BEGIN")
    try:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        set_path(connection, scratch)
        make_scratch_schema(connection, scratch, role)
        for file in [ledger_tables(), *tree]:
            send(connection, parsed(file), scratch)
        fresh = facts(connection)
    except errors.Error as error:
        raise failure(error) from error
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")

    def renamed(text: str | None) -> str | None:
        return text and text.replace(scratch, schema)

    return {
        (renamed(name), renamed(what)): Fact(*map(renamed, fact))
        for (name, what), fact in fresh.items()
    }


def make_scratch_schema(connection: Connection, scratch: str, role: str | None) -> None:
    if connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
        raise DeployError(
            "this server is a standby: there is no making a fresh store beside this one",
            hint="Do it on the primary.",
        )
    try:
        become_owner(connection, scratch, role)
    except DeployError as error:
        if error.fields["sqlstate"] == "42501":
            error.fields["message"] = (
                f"{error}: a fresh store cannot be made beside this one to compare it with"
            )
            error.fields["hint"] = "Do it as a role that has CREATE on the database."
        raise


def compare(expected: Facts, actual: Facts) -> list[Drift]:
    """The differences on our objects; a part that is missing or extra takes its own parts along."""
    drift = []
    standing = {name for name, _ in actual}
    for name in dict.fromkeys(name for name, _ in expected):
        if name not in standing:
            drift.append(drifted(name, "missing", "there", None, makes(name, "", expected)))
    for (name, what), fact in expected.items():
        now = actual.get((name, what))
        if name not in standing or now and is_same(now.value, fact.value):
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


def is_same_order(one: str, other: str) -> bool:
    """Whether the columns that are in both lists come in the same order."""
    columns = [one.split(", "), other.split(", ")]
    common = set(columns[0]) & set(columns[1])
    first, second = ([name for name in side if name in common] for side in columns)
    return first == second


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
    return one == other or None not in (one, other) and normal(one) == normal(other)


def normal(text: str) -> str:
    text = SPACE.sub(" ", text)
    text = CAST_OF_ALL.sub(lambda found: f"ARRAY<{found[3]}>[{found[1] or found[2]}]", text)
    text = CAST_OF_EACH.sub(
        lambda found: f"ARRAY<{found[2]}>[" + CAST_LITERAL.sub(r"\1", found[1]) + "]", text
    )
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


def drift_of_roles(connection: Connection) -> list[Drift]:
    """A group role says what one may do; it must be nobody's member and have no power."""
    rows = connection.execute(
        """SELECT member::REGROLE::TEXT, roleid::REGROLE::TEXT FROM pg_auth_members
        INNER JOIN pg_roles ON pg_roles.oid = member WHERE rolname = ANY(%s) ORDER BY 1, 2""",
        [GROUP_ROLES],
    ).fetchall()
    drift = [
        Drift(
            "role",
            f"role {role}",
            f"member of {group}",
            None,
            "member",
            f"REVOKE {group} FROM {role}",
        )
        for role, group in rows
    ]
    powers = connection.execute(
        """SELECT rolname, power FROM pg_roles CROSS JOIN LATERAL (
            VALUES ('LOGIN', rolcanlogin), ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls),
            ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb),
            ('REPLICATION', rolreplication)
        ) AS held (power, has) WHERE has AND rolname = ANY(%s) ORDER BY 1, 2""",
        [GROUP_ROLES],
    )
    for role, power in powers:
        fix = f"ALTER ROLE {role} NO{power}"
        drift.append(Drift("role", f"role {role}", power, None, "held", fix))
    return drift


def rights_of_others(connection: Connection) -> list[dict]:
    """Grants to roles that are not the project's, and the members of the group roles."""
    rows = connection.execute(
        """SELECT
            held.object,
            format('%%s for %%s', string_agg(privilege_type, ', ' ORDER BY privilege_type), rolname)
        FROM (
            SELECT oid::REGCLASS::TEXT AS object, relacl AS acl, relowner AS owner
            FROM pg_class WHERE relnamespace = current_schema()::REGNAMESPACE
            UNION ALL
            SELECT format('%%s.%%I', attrelid::REGCLASS, attname), attacl, relowner
            FROM pg_class INNER JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace = current_schema()::REGNAMESPACE
            UNION ALL
            SELECT oid::REGPROCEDURE::TEXT, proacl, proowner
            FROM pg_proc WHERE pronamespace = current_schema()::REGNAMESPACE
            UNION ALL
            SELECT 'schema', nspacl, nspowner
            FROM pg_namespace WHERE oid = current_schema()::REGNAMESPACE
        ) AS held
        CROSS JOIN LATERAL aclexplode(held.acl)
        INNER JOIN pg_roles ON pg_roles.oid = grantee
        WHERE grantee <> held.owner AND rolname <> ALL(%(managed)s)
        GROUP BY held.object, rolname
        UNION ALL
        SELECT 'role ' || roleid::REGROLE::TEXT, format('member %%s', member::REGROLE)
        FROM pg_auth_members INNER JOIN pg_roles ON pg_roles.oid = roleid
        WHERE rolname = ANY(%(groups)s)
        ORDER BY 1, 2""",
        {"managed": MANAGED_GRANTEES, "groups": GROUP_ROLES},
    )
    return [{"object": name, "what": what} for name, what in rows]
