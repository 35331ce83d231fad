"""An order refused for short stock, a shop's most common no, uses up no number and leaves no dead rows.

That no refusal gives a number, each of test_bad_input's looks.
"""

import psycopg
import pytest

from tests.procedures.conftest import PAID, RETURNED, TOTAL

ORDER = """SELECT place_order(4, '[{"product_id": 5, "quantity": 6}]', %s)"""
ROWS = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"
LAST = "SELECT last_value, is_called FROM orders_order_id_seq"


@pytest.mark.parametrize("key", [None, "a key"])
def test_an_order_refused_for_short_stock_writes_nothing(shop, key):
    shop.execute("UPDATE store_settings SET max_pending_orders = NULL")
    before = shop.execute(LAST).fetchone()
    with shop.transaction():
        rows = shop.execute(ROWS).fetchone()
        for _ in range(100):
            with pytest.raises(psycopg.Error) as caught, shop.transaction():
                shop.execute(ORDER, [key])
            assert caught.value.sqlstate == "ST001"
        assert shop.execute(ROWS).fetchone() == rows
    assert shop.execute(LAST).fetchone() == before


TOLD_AGAIN = [
    f"SELECT record_payment({PAID}, 'bank', 'charge-{PAID}', {TOTAL})",
    f"SELECT refund_order({RETURNED}, 'bank', 'refund-{RETURNED}', {TOTAL})",
]


@pytest.mark.parametrize("telling", TOLD_AGAIN)
def test_a_payment_told_again_uses_up_no_number(shop, telling):
    """A provider repeats its webhook until it is answered in time."""
    last = "SELECT last_value, (SELECT max(payment_id) FROM payments) FROM payments_payment_id_seq"
    before = shop.execute(last).fetchone()
    shop.execute(telling)
    assert shop.execute(last).fetchone() == before
