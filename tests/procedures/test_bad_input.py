"""Every function refuses every kind of bad value its argument types let in.

With the code its COMMENT names, a DETAIL that is JSON and names every offender, a HINT that says what to do,
and no row changed. The tables stand in refused_of_*.py.
"""

import re

import pytest

from tests.procedures import refused_of_buyers, refused_of_goods, refused_of_money, refused_of_stock
from tests.procedures.refusals import call, refusal

FUNCTIONS = refused_of_buyers.REFUSED | refused_of_money.REFUSED | refused_of_goods.REFUSED | refused_of_stock.REFUSED
CASES = [
    pytest.param(function, arguments | wrong, code, told, id=f"{function}-{name}"[:100])
    for function, (arguments, by_code) in FUNCTIONS.items()
    for code, cases in by_code.items()
    for name, (wrong, told) in cases.items()
]


@pytest.mark.parametrize(("function", "arguments", "code", "told"), CASES)
def test_a_bad_value_is_refused_with_its_code(shop, function, arguments, code, told):
    assert refusal(shop, function, arguments) == (code, told)


@pytest.mark.parametrize("function", ["place_order", "quote_order"])
def test_ordering_is_tried_with_60_bad_values_and_more(function):
    assert sum(case.values[0] == function for case in CASES) >= 60


@pytest.mark.parametrize(("function", "arguments"), [(name, arguments) for name, (arguments, _) in FUNCTIONS.items()])
def test_what_the_cases_differ_from_is_not_refused(shop, function, arguments):
    with shop.transaction(force_rollback=True):
        call(shop, function, arguments)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_comment_names_every_code_and_no_other(shop, function):
    """42501, which this owner never meets, is tried in tests/security."""
    query = "SELECT obj_description(%s::REGPROC, 'pg_proc')"
    (comment,) = shop.execute(query, [function]).fetchone()
    _, by_code = FUNCTIONS[function]
    assert set(re.findall(r"\bST\d{3}\b", comment)) == set(by_code)


def test_every_function_that_takes_arguments_of_a_caller_is_tried(shop):
    """Every function of sql/03_procedures that staff or customers may call."""
    granted = shop.execute(
        """SELECT proname FROM pg_proc
        WHERE pronamespace = 'store'::REGNAMESPACE AND prosecdef AND pronargs > 0
        AND (has_function_privilege('shop_staff', oid, 'EXECUTE')
            OR has_function_privilege('shop_customer', oid, 'EXECUTE'))"""
    ).fetchall()
    of_other_directories = {
        "price_at",
        "prior_price",
        "prior_price_of_sale",
        "check_integrity",
        "erase_customer",
        "export_customer",
        "months_since_refresh",
    }
    assert {name for (name,) in granted} - of_other_directories <= set(FUNCTIONS)
