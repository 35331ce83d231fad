"""Every relation, column and function, tried by every role: as rights.txt says, and no more."""

import psycopg
import pytest

from tests.security.rights import ROLES, entry, is_internal, listed

RELATIONS, FUNCTIONS = listed()
TRIED_BY = [*ROLES, "pg_monitor", "public"]  # the last two are given almost nothing, and nothing
WATCHES = {"sequence_positions", "statement_statistics"}  # what pg_monitor's views call

COLUMNS = """
    SELECT relname, relkind, array_agg(attname ORDER BY attnum)
    FROM pg_class INNER JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND attnum > 0 AND NOT attisdropped
    GROUP BY relname, relkind ORDER BY relname
"""
SEQUENCES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE AND relkind = 'S'
"""
# NULLs that the planner does not see: of a strict function it would ask nobody's right.
CALLS = """
    SELECT proname, format('%I(%s) FROM (SELECT %s OFFSET 0) AS given', proname,
        string_agg('given.a' || place, ', ' ORDER BY place),
        string_agg('NULL::' || type::REGTYPE || ' AS a' || place, ', ' ORDER BY place))
    FROM pg_proc LEFT JOIN unnest(proargtypes) WITH ORDINALITY AS argument (type, place) ON TRUE
    WHERE pronamespace = 'store'::REGNAMESPACE
    GROUP BY pg_proc.oid, proname ORDER BY proname
"""
# What of all rows is shown, by the word the list has for it.
SHOWN = {
    "own": " WHERE FALSE",
    "offer": " WHERE is_active",
    "now": " WHERE valid_from <= now() AND valid_until > now()",
    "style": " WHERE style_id IN (SELECT style_id FROM products WHERE is_active)",
}
# Statements that find no row to work on, and so tell of nothing but the right to do it.
ATTEMPTS = {
    "r": "SELECT {column} FROM {relation} WHERE FALSE",
    "i": "INSERT INTO {relation} ({column}) VALUES (DEFAULT)",
    "u": "UPDATE {relation} SET {column} = DEFAULT WHERE FALSE",
}
# PostgreSQL lets whoever may delete rows lock the whole table too.
DELETES = ["DELETE FROM {relation} WHERE FALSE", "LOCK {relation} IN ACCESS EXCLUSIVE MODE"]
# How PostgreSQL refuses to write through a view, whoever asks.
NOT_WRITABLE = (
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.GeneratedAlways,
    psycopg.errors.ObjectNotInPrerequisiteState,
    psycopg.errors.WrongObjectType,
)


def test_the_list_names_what_the_store_consists_of(seeded_store):
    """Neither less, so that nothing new goes untried, nor more."""
    relations = seeded_store.execute(COLUMNS).fetchall()
    names = {name for name, _, _ in relations}
    assert {name for name in names if entry(RELATIONS, name) is None} == set()
    assert RELATIONS.keys() - names == {"audit_log_<partition>"}
    for name, _, columns in relations:
        listed_columns = set(entry(RELATIONS, name).columns)
        assert listed_columns in ({"*"}, set(columns)), name
    functions = [name for name, _ in seeded_store.execute(CALLS) if not is_internal(name)]
    assert sorted(FUNCTIONS) == sorted(functions)


@pytest.mark.parametrize("role", TRIED_BY)
def test_a_column_is_read_and_written_by_those_listed(seeded_store, login, role):
    """SELECT, INSERT and UPDATE of each column by itself."""
    session = login(role)
    wrong = [
        (action, name, column)
        for name, kind, columns in seeded_store.execute(COLUMNS).fetchall()
        for column in columns
        for action, statement in ATTEMPTS.items()
        if is_listed(role, action, name, column)
        is is_refused(session, kind, statement.format(relation=name, column=column))
    ]
    assert wrong == []


@pytest.mark.parametrize("role", TRIED_BY)
def test_rows_are_deleted_by_those_listed_and_tables_emptied_by_nobody(seeded_store, login, role):
    """DELETE, and LOCK with it, where listed; TRUNCATE and the sequences never."""
    session = login(role)
    wrong = []
    for name, kind, _ in seeded_store.execute(COLUMNS).fetchall():
        may_delete = entry(RELATIONS, name).may_delete(role)
        for statement in DELETES:
            if may_delete is is_refused(session, kind, statement.format(relation=name)):
                wrong.append((statement, name))
        if not is_refused(session, kind, f"TRUNCATE {name}"):
            wrong.append(("TRUNCATE", name))
    for (name,) in seeded_store.execute(SEQUENCES).fetchall():
        statements = [f"SELECT nextval('{name}')", f"SELECT last_value FROM {name}"]
        wrong += [each for each in statements if not is_refused(session, "S", each)]
    assert wrong == []


@pytest.mark.parametrize("role", TRIED_BY)
def test_a_function_is_called_by_those_listed(seeded_store, login, role):
    """Whatever it says of arguments that are NULL: whoever is not listed does not get that far."""
    session = login(role)
    wrong = [
        call
        for name, call in seeded_store.execute(CALLS).fetchall()
        if may_call(role, name) is is_refused(session, "f", f"SELECT {call}")
    ]
    assert wrong == []


@pytest.mark.parametrize("role", TRIED_BY)
def test_what_is_listed_can_be_read_in_full(seeded_store, login, role):
    """As many rows as the owner sees, or for a customer none of nobody's: views work for their readers. There is a
    product that is not on offer, and a sale to come.
    """
    seeded_store.execute("UPDATE products SET is_active = FALSE WHERE product_id = 1")
    to_come = "VALUES (2, 1, now() + INTERVAL '1 day', now() + INTERVAL '2 days')"
    seeded_store.execute(f"INSERT INTO sale_prices (product_id, price, valid_from, valid_until) {to_come}")
    session = login(role)
    for name, _, columns in seeded_store.execute(COLUMNS).fetchall():
        readable = [column for column in columns if is_listed(role, "r", name, column)]
        if not readable or name.startswith("monitor_"):
            continue
        query = f"SELECT {', '.join(readable)} FROM {name}"
        expected = query + SHOWN.get(entry(RELATIONS, name).whose_rows(role), "")
        assert rows(session, query) == rows(seeded_store, expected), name


def is_listed(role, action, relation, column):
    """Whether the list, or the one exception it has no column for, lets the role do it."""
    if role == "pg_monitor":
        return action == "r" and relation.startswith("monitor_")
    return entry(RELATIONS, relation).may(role, action, column)


def may_call(role, name):
    """Whether the list, or the same exception, lets the role call the function."""
    if role == "pg_monitor":
        return name in WATCHES
    return not is_internal(name) and FUNCTIONS[name].get(role, False)


def is_refused(session, kind, statement):
    """Whether a right to the statement is missing; a view that cannot be written counts as much."""
    try:
        with session.transaction(force_rollback=True):
            session.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        return "permission denied" in str(error)  # a row refused by a policy is no missing right
    except NOT_WRITABLE:
        return kind in "vm"
    except psycopg.Error:
        pass
    return False


def rows(session, query):
    """What a query returns, in an order of its own."""
    return sorted(map(repr, session.execute(query).fetchall()))
