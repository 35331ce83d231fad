"""No object of the caller's takes the place of one a function means: not by search_path, not in pg_temp."""

import json
from pathlib import Path

import psycopg
import pytest

from tests.security.tokens import token

SHADOWS = Path(__file__).with_name("shadows.sql")
EVIL_PATH = "SELECT set_config('search_path', 'pg_temp, evil, pg_catalog, store', FALSE)"

# One call of each function that acts with the owner's rights, in an order in which all succeed.
CUSTOMERS_CALLS = [
    "current_customer_id()",
    """place_order(3, '[{"product_id": 5, "quantity": 2}]', 'key', NULL, 3, NULL)""",
    """place_order(3, '[{"product_id": 5, "quantity": 2}]', 'key', NULL, 3, NULL)""",
    """quote_order('[{"product_id": 5, "quantity": 10}]', 'CLAMS15', 3, 3)""",
    "cancel_order(46, 'changed my mind', NULL)",
    "search_products('clams', 5)",
    "prior_price_of_sale(16)",
    "order_number(46)",
    "order_id_of('2222-2222')",
    "export_customer(3)",
]
STAFFS_CALLS = [
    "register_customer('new@a.example', 'N', 'N', '1')",
    """place_order(1, '[{"product_id": 5, "quantity": 2}]', NULL, NULL, NULL, NULL)""",
    "change_hold(47, NULL)",
    "redirect_order(47, 1)",
    "release_order(47, 'known')",
    "record_payment(47, 'card', 'x1', 50.00, 'USD', '2025-12-01 00:00Z')",
    "ship_order(47, 'Pony Express', 'T1', NULL)",
    "deliver_order(47)",
    """return_items(47, '[{"line_no": 1, "quantity": 1}]', TRUE, 'soggy')""",
    "grant_allowance(47, 1.00, 'late', 1, 'key')",
    "refund_order(7, 'card', 'x2', 1.00, 'soggy')",
    "reverse_payment(51, 'of order 45', 45)",
    "record_chargeback(45, 'card', 'x3', 1.00)",
    "write_off(39, 'gone')",
    """cancel_order(44, 'late', '[{"line_no": 1, "quantity": 1}]')""",
    "receive_stock(5, 10, 'note', 1.05)",
    "adjust_stock(5, -1, 'damage', NULL)",
    "count_stock(5, 50, NULL)",
    "expire_unpaid_orders(10)",
    "issue_documents(10)",
    "read_order_events('feed', 10)",
    "acknowledge_order_events('feed', 1)",
    "price_at(1, '2025-01-01 00:00Z')",
    "prior_price(13, '2025-08-15 00:00Z')",
    "check_integrity('-infinity')",
    "refresh_reports()",
    "sales_days_since_refresh()",
    "product_sales_since_refresh()",
    "category_orders_since_refresh()",
    "months_since_refresh(FALSE)",
    "hourly_sales_since_refresh()",
    "erase_customer(6)",
    "sequence_positions()",
]
LEDGERS = (
    "orders", "order_items", "payments", "shipments", "shipment_items", "returns", "credits", "documents",
    "stock_adjustments", "order_audit",
)  # fmt: skip
MANIFEST = {
    "feed_position": 0,
    "seal_batch": 0,
    "ledgers": {ledger: {"rows": 0, "sum": 0, "ids": "{}"} for ledger in LEDGERS},
}
AUDITORS_CALLS = ["verify_audit(NULL)", f"verify_manifest('{json.dumps(MANIFEST)}')"]

RELATIONS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p', 'v', 'm')
"""


@pytest.fixture
def shadowed_store(signed_store, superuser):
    """A store beside which a schema shadows what its functions call."""
    superuser.execute(SHADOWS.read_text())
    return signed_store


def test_the_shadows_would_be_reached(shadowed_store, superuser, login):
    """By the caller's own statements, and by a function of the owner's that pins no path."""
    shadowed_store.execute("""
        CREATE FUNCTION store.unpinned() RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN RETURN EXISTS (SELECT FROM orders WHERE order_id = 1); END'
    """)
    session = login("public")
    session.execute(EVIL_PATH)
    for query in ["SELECT 1 = 1", "SELECT sha256('')", "SELECT store.unpinned()"]:
        with pytest.raises(psycopg.errors.RaiseException, match="shadowed"):
            session.execute(query)


def test_no_function_is_led_astray(shadowed_store, login):
    """Temporary tables of the same names, shadowed functions and operators: all calls do their work."""
    calls = {
        "shop_customer": CUSTOMERS_CALLS,
        "shop_staff": STAFFS_CALLS,
        "shop_auditor": AUDITORS_CALLS,
    }
    for role, role_calls in calls.items():
        session = login(role, **{"app.session_token": token(claims={"customer_id": 3})})
        for (name,) in shadowed_store.execute(RELATIONS).fetchall():
            session.execute(f"CREATE TEMP TABLE {name} (customer_id INT, order_id INT, status TEXT)")
        session.execute(EVIL_PATH)
        for call in role_calls:
            session.execute(f"SELECT store.{call}")
        for (name,) in shadowed_store.execute(RELATIONS).fetchall():
            assert session.execute(f"SELECT FROM pg_temp.{name}").rowcount == 0


def test_the_calls_are_of_every_function_that_acts_for_the_owner(seeded_store):
    """A new definer function that a group role may call has to be tried too."""
    query = """
        SELECT DISTINCT proname FROM pg_proc CROSS JOIN aclexplode(proacl)
        WHERE pronamespace = 'store'::REGNAMESPACE AND prosecdef AND grantee <> proowner
    """
    called = {call.split("(")[0] for call in CUSTOMERS_CALLS + STAFFS_CALLS + AUDITORS_CALLS}
    assert {name for (name,) in seeded_store.execute(query)} == called
