"""On its first day a store has nothing to show, and every view shows it without an error."""

import re
from pathlib import Path

import pytest

VIEWS = [
    re.search(r"^CREATE OR REPLACE VIEW (\w+)", file.read_text(), re.MULTILINE)
    for file in sorted((Path(__file__).parents[2] / "sql" / "04_views").glob("*.sql"))
]
NAMES = [view[1] for view in VIEWS if view]
# What is there before anything was sold: the tables themselves, and one row of key figures.
NEVER_EMPTY = {"dashboard_kpis", "monitor_tables", "monitor_indexes", "monitor_sequences"}


def test_every_view_is_here():
    """A dozen of the shop and six of the server at least, or this file tests fewer than it says."""
    assert len(NAMES) >= 18


@pytest.mark.parametrize("view", sorted(set(NAMES) - NEVER_EMPTY))
def test_a_view_of_nothing_is_empty(view, store):
    """No customer, no product, no order: no row."""
    assert store.execute(f"TABLE {view}").fetchall() == []


def test_the_key_figures_of_nothing_are_one_row(store):
    """Sums are 0; shares, growth and averages of nothing are unknown."""
    (row,) = store.execute("TABLE dashboard_kpis").fetchall()
    assert row == (0, 0, None, 0, None, 0, 0, None, 0, None, 0, 0, 0)
    assert [str(value) for value in row[:2]] == ["0.00", "0.00"]
