"""What each report says about the seed, beside what it must say: tests/expected, one CSV a view.

    pytest tests/test_expected.py --rewrite-expected

writes today's results there instead. The difference is then read like code: every number of it was,
or has to be, worked out from demo/seed.sql by hand.
"""

import re
from pathlib import Path

import pytest
from psycopg import sql

ROOT = Path(__file__).parents[1]
EXPECTED = ROOT / "tests" / "expected"
REPORT_NOW = "2025-12-15T12:00-05"  # the seed is told as of then
AFFINITY_MINIMUM = 2  # orders that make a pair: no two products of the seed share twenty

CREATE_VIEW = re.compile(r"^CREATE (?:OR REPLACE |MATERIALIZED )?VIEW (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)
REPORTS = {
    view
    for file in sorted((ROOT / "sql" / "02_analytics").glob("*.sql"))
    for view in CREATE_VIEW.findall(file.read_text())
} - {"mv_daily_sales"}  # what daily_sales had been when it was last stored


@pytest.mark.parametrize("view", sorted(REPORTS | {file.stem for file in EXPECTED.glob("*.csv")}))
def test_report_over_the_seed(view, database, seeded_store, request):
    file = EXPECTED / f"{view}.csv"
    settings = {"app.report_now": REPORT_NOW, "app.affinity_minimum": AFFINITY_MINIMUM}
    with database.connect(**settings) as connection:
        connection.execute("SELECT refresh_reports()")
        result = as_csv(connection, view)
    if request.config.getoption("rewrite_expected"):
        file.write_text(result)
    assert file.exists(), f"{view} has no expected result: see pytest --rewrite-expected"
    assert result.splitlines() == file.read_text().splitlines()


@pytest.mark.parametrize("view", sorted(REPORTS))
def test_report_is_the_same_in_a_session_of_any_time_zone(view, database, seeded_store):
    rows = [rows_in(zone, view, database) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")]
    assert rows[0] == rows[1]


def rows_in(time_zone, view, database):
    """All rows of a view as a session in this time zone sees them, in a settled order."""
    with database.connect(**{"app.report_now": REPORT_NOW, "TimeZone": time_zone}) as connection:
        rows = connection.execute(sql.SQL("TABLE {}").format(sql.Identifier(view))).fetchall()
    return sorted(rows, key=lambda row: [(value is None, value) for value in row])


def as_csv(connection, view):
    """All rows of a view, sorted by its first column, then its second and so on."""
    columns = connection.execute(sql.SQL("TABLE {} LIMIT 0").format(sql.Identifier(view))).description
    query = sql.SQL("COPY (SELECT * FROM {} ORDER BY {}) TO STDOUT (FORMAT csv, HEADER)").format(
        sql.Identifier(view), sql.SQL(", ").join(sql.Literal(n + 1) for n in range(len(columns)))
    )
    with connection.cursor().copy(query) as copied:
        return b"".join(copied).decode()
