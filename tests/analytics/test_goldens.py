"""tests/expected is what the oracle works out from the seed: test_expected.py holds the views to it."""

from datetime import datetime

from tests.analytics import oracle
from tests.analytics.books import Books
from tests.test_expected import EXPECTED, REPORT_NOW


def test_expected_results_are_the_oracles(seeded_store):
    books = Books.of(seeded_store, datetime.fromisoformat(REPORT_NOW))
    for name in oracle.REPORTS:
        expected = (EXPECTED / f"{name}.csv").read_text()
        assert as_csv(oracle.report(name, books)).splitlines() == expected.splitlines(), name


def as_csv(rows):
    """Rows as PostgreSQL's COPY writes them, sorted by each column in turn, NULL last."""
    ordered = sorted(rows, key=lambda row: [(value is None, value) for value in row.values()])
    lines = [list(ordered[0]), *(map(oracle.value_as_text, row.values()) for row in ordered)]
    return "".join(",".join(line) + "\n" for line in lines)
