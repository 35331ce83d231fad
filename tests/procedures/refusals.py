"""Calls a function that must refuse, and says how it did: code, detail, that no row changed, no number was given."""

import json

import psycopg

# A query per table, made by the catalog: its name, its rows, and the sum of the numbers of the transactions that wrote
# them. Whatever a later transaction inserts, updates or deletes, and commits, changes one of the two.
QUERIES = """
    SELECT string_agg(
        format('SELECT %L, ARRAY[count(*), sum(xmin::TEXT::BIGINT)] FROM %I', relname, relname),
        ' UNION ALL ' ORDER BY relname
    )
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'store'::REGNAMESPACE
"""

NUMBERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'store'"


def refusal(connection, function, arguments):
    """The SQLSTATE and the parsed DETAIL; fails if there is none, or if it is not as refusals are."""
    before = rows_of_all_tables(connection)
    numbers = dict(connection.execute(NUMBERS).fetchall())
    try:
        answer = call(connection, function, arguments)
    except psycopg.Error as error:
        refused = error
    else:
        raise AssertionError(f"it was not refused: {answer}")
    assert rows_of_all_tables(connection) == before, "a row changed"
    assert dict(connection.execute(NUMBERS).fetchall()) == numbers, "a number was given"
    told = refused.diag
    assert told.message_detail and told.message_hint, refused
    assert told.message_hint.endswith("."), told.message_hint
    assert told.message_primary[0].islower() and not told.message_primary.endswith("."), told.message_primary
    return refused.sqlstate, json.loads(told.message_detail)


def call(connection, function, arguments):
    """The rows of a call; arguments are texts, which the server reads as the function's types."""
    names = ", ".join(f"{name} => %({name})s" for name in arguments)
    return connection.execute(f"SELECT * FROM {function}({names})", arguments).fetchall()


def rows_of_all_tables(connection):
    """What tells whether a row of any table was written or deleted, by the table's name."""
    (query,) = connection.execute(QUERIES).fetchone()
    return dict(connection.execute(query).fetchall())
