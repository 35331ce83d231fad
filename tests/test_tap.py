"""The TAP reader lets no stream pass that is not wholly good."""

import pytest

from tests.tap import failures

GOOD = "1..2\nok 1 - prices are final\nok 2 - stock is kept\n"


def test_a_good_stream_has_no_failures():
    assert failures(GOOD) == []


def test_other_output_of_psql_is_passed_over():
    assert failures("\n42\nok\n" + GOOD + "not okay\nokay 3\n# a remark\n") == []


def test_a_failed_assertion_is_told_with_its_description_and_diagnostics():
    output = 'ok 1 - a\nnot ok 2 - stock is kept\n# Failed test 2: "stock is kept"\n#  have: 1\n'
    assert failures("1..2\n" + output) == [
        'not ok 2 - stock is kept\n    # Failed test 2: "stock is kept"\n    #  have: 1'
    ]


def test_every_failed_assertion_is_told():
    assert failures("1..3\nnot ok 1 - a\nok 2 - b\nnot ok 3\n") == [
        "not ok 1 - a",
        "not ok 3 - (no description)",
    ]


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("ok 1 - a\n", "no plan: the file must SELECT plan(n) first"),
        ("", "no plan: the file must SELECT plan(n) first"),
        ("1..0\n", "an empty plan tests nothing"),
        ("1..3\nok 1 - a\nok 2 - b\n", "planned 3 tests but ran 2"),
        ("1..1\nok 1 - a\nok 2 - b\n", "planned 1 tests but ran 2"),
        ("1..1\nok 1 - a\n1..1\n", "more than one plan"),
        ("1..3\nok 1 - a\nok 3 - c\n", "test 3 was reported where 2 was due"),
        ("1..2\nok 1 - a\nok 1 - a\n", "test 1 was reported where 2 was due"),
        ("1..1\nok 1 - a\nBail out! the server is gone\n", "bailed out: the server is gone"),
    ],
)
def test_a_stream_that_is_not_whole_fails(output, told):
    assert told in failures(output)


def test_an_error_of_psql_fails_a_stream_that_looks_good():
    assert failures(GOOD, exit_status=3, errors="ERROR:  division by zero\n") == [
        "psql ended with exit status 3\nERROR:  division by zero"
    ]
