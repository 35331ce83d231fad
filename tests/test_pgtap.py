"""Our part of pgTAP says what pgTAP says, and a file of assertions that fails is seen to fail."""

import re
from pathlib import Path

import pytest

from tests.sql_file import psql, run_sql_file
from tests.templates import install_pgtap

SAMPLE = Path(__file__).parent / "pgtap" / "sample.sql"


def test_our_part_of_pgtap_says_what_the_sample_says(empty_database):
    assert output_of_sample(empty_database, as_extension=False) == expected_output()


@pytest.mark.needs_extensions
def test_pgtap_says_what_the_sample_says(empty_database):
    assert output_of_sample(empty_database, as_extension=True) == expected_output()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("SELECT plan(1);\nSELECT ok(FALSE, 'stock is kept');", ["not ok 1 - stock is kept"]),
        ("SELECT plan(2);\nSELECT pass('one');", ["planned 2 tests but ran 1"]),
        ("SELECT plan(1);\nSELECT 1 / 0;", ["planned 1 tests but ran 0", "division by zero"]),
        ("SELECT pass('no plan');", ["no plan", "psql ended with exit status 3"]),
        ("SELECT plan(1);\nSELECT pass('one');", []),
    ],
)
def test_a_file_fails_with_what_failed_in_it(pgtap_database, tmp_path, body, told):
    file = tmp_path / "file.sql"
    file.write_text(f"BEGIN;\n{body}\nSELECT * FROM finish();\nROLLBACK;\n")
    failures = run_sql_file(file, pgtap_database)
    assert bool(failures) == bool(told)
    for text in told:
        assert text in "\n".join(failures)


def output_of_sample(database, as_extension):
    """What psql writes when it runs the sample under one of the two."""
    with database.connect(None, search_path="pgtap") as superuser:
        install_pgtap(superuser, as_extension)
    ended = psql(SAMPLE, database)
    assert ended.stderr == ""
    # Where in its source a function executes the statement under test is its own affair.
    return re.sub(r"line \d+ at EXECUTE", "line … at EXECUTE", ended.stdout)


def expected_output():
    """What pgTAP wrote when the sample was made."""
    return SAMPLE.with_suffix(".tap").read_text()
