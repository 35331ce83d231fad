"""An optional text that is blank, as of a form's empty field, is none: what is stored is NULL."""

from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.procedures.bad_values import BLANKS
from tests.procedures.conftest import PAID, SHIPPED, TOTAL, TWO_KETTLES
from tests.procedures.refusals import call

ONE_OF_IT = '[{"line_no": 1, "quantity": 1}]'
REFUND = {"p_order_id": str(SHIPPED), "p_provider": "bank", "p_provider_reference": "r", "p_amount": "1"}
# A call but for the text, and where the text is kept.
OPTIONAL = {
    "p_first_name": (
        "register_customer",
        {"p_email": "new@example.com", "p_last_name": "N"},
        "first_name",
        "customers",
    ),
    "p_last_name": ("register_customer", {"p_email": "new@example.com", "p_first_name": "N"}, "last_name", "customers"),
    "p_phone": (
        "register_customer",
        {"p_email": "new@example.com", "p_first_name": "N", "p_last_name": "N"},
        "phone",
        "customers",
    ),
    "p_tracking_number": ("ship_order", {"p_order_id": str(PAID), "p_carrier": "P"}, "tracking_number", "shipments"),
    "p_reason of a return": ("return_items", {"p_order_id": str(SHIPPED), "p_items": ONE_OF_IT}, "reason", "returns"),
    "p_reason of a refund": ("refund_order", REFUND | {"p_allowance": "true"}, "reason", "payments"),
    "p_reference": (
        "adjust_stock",
        {"p_product_id": "1", "p_quantity": "-1", "p_reason": "loss"},
        "reference",
        "stock_adjustments",
    ),
    "p_reference of a count": (
        "count_stock",
        {"p_product_id": "1", "p_counted": "2000"},
        "reference",
        "stock_adjustments",
    ),
}


@pytest.mark.parametrize("blank", [*BLANKS.values(), None], ids=[*BLANKS, "NULL"])
@pytest.mark.parametrize("argument", OPTIONAL)
def test_a_blank_optional_text_is_null(shop, argument, blank):
    function, arguments, column, table = OPTIONAL[argument]
    newest = f"SELECT {column} FROM {table} WHERE xmin = pg_current_xact_id()::xid ORDER BY ctid DESC LIMIT 1"
    with shop.transaction(force_rollback=True):
        call(shop, function, arguments | {argument.split()[0]: blank})
        assert shop.execute(newest).fetchall() == [(None,)]


@pytest.mark.parametrize("blank", [*BLANKS.values(), None], ids=[*BLANKS, "NULL"])
def test_a_blank_region_of_a_quote_is_none(shop, blank):
    """It is kept nowhere: one is asked for where the country taxes by region."""
    quote = "SELECT total FROM quote_order(%s, p_country_code => %s, p_region_code => %s)"
    assert shop.execute(quote, [TWO_KETTLES, "US", blank]).fetchall() == [(Decimal(TOTAL),)]
    with pytest.raises(psycopg.Error, match="country CA needs a region"):
        shop.execute(quote, [TWO_KETTLES, "CA", blank])


def test_all_optional_texts_are_tried():
    """Wherever a procedure cleans an optional text; the region of a quote beside those that are kept."""
    procedures = Path(__file__).parents[2] / "sql/03_procedures"
    calls = sum(file.read_text().count("p_is_optional => TRUE") for file in procedures.glob("*.sql"))
    assert calls == len([*OPTIONAL, "p_region_code"])
