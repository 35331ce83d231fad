"""A store's views beside the oracle: where they differ, and in which rows."""

from psycopg import sql
from psycopg.rows import dict_row

from tests.analytics import oracle
from tests.analytics.books import Books

SHOWN = 3  # rows of each side


def settle(connection, now, time_zone, refresh="SELECT refresh_reports()"):
    """Make the session's reports take `now` for now, its zone another than the store's, and refresh."""
    connection.execute(
        """SELECT set_config('app.report_now', %s, false),
            set_config('app.affinity_minimum', %s, false),
            set_config('TimeZone', %s, false)""",
        [now.isoformat(), str(oracle.AFFINITY_MINIMUM), time_zone],
    )
    connection.execute(refresh)


def differences(connection, now, reports=oracle.REPORTS):
    """What is wrong with each report that says something else than the oracle."""
    books = Books.of(connection, now)
    wrong = []
    for name in reports:
        expected = oracle.as_text(oracle.report(name, books))
        actual = oracle.as_text(view(connection, name))
        if actual != expected:
            wrong += [f"{name}: the oracle has, the view has not:"]
            wrong += [describe(row) for row in expected if row not in actual][:SHOWN]
            wrong += [f"{name}: the view has, the oracle has not:"]
            wrong += [describe(row) for row in actual if row not in expected][:SHOWN]
            wrong += [f"{name}: {len(expected)} rows of the oracle, {len(actual)} of the view"]
    return wrong


def view(connection, name):
    """All rows of a view."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.SQL("TABLE {}").format(sql.Identifier(name))).fetchall()


def describe(row):
    """A row on one line."""
    return "    " + ", ".join(f"{column} {value or '-'}" for column, value in row)
