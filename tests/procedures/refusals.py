"""Calls a function that must refuse, and says how it did: code, detail, that no row changed, no number was given."""

import json

import psycopg

# A query per table, made by the catalog: its name and a digest of its rows.
QUERIES = """
    SELECT string_agg(
        format(
            'SELECT %L, md5(coalesce(string_agg(row_of::TEXT, chr(10) ORDER BY row_of::TEXT), '''')) FROM %I AS row_of',
            relname, relname
        ),
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
    """A digest of every table, by name."""
    (query,) = connection.execute(QUERIES).fetchone()
    return dict(connection.execute(query).fetchall())
