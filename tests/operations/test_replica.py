"""What a hot standby answers beside the reports (tests/analytics/test_standby.py), and what it refuses."""

import pytest

from tests.analytics.test_standby import Standby
from tests.operations.manual import section
from tests.security.tokens import KEY_ID, SECRET, token

ITEMS = """'[{"product_id": 5, "quantity": 1}]'"""
ANSWERED = {
    "shop_customer": [
        "SELECT count(*) FROM orders",
        f"SELECT * FROM quote_order({ITEMS})",
        "SELECT * FROM search_products('rope')",
        "SELECT export_customer(1)",
    ],
    "shop_staff": [
        "SELECT * FROM daily_sales",
        "SELECT * FROM integrity_violations",
        "SELECT * FROM check_integrity('2025-01-01')",
    ],
    "shop_auditor": ["SELECT * FROM verify_audit()"],
    "pg_monitor": ["SELECT kind FROM monitor_replication"],
}
REFUSED = {
    "shop_customer": [f"SELECT place_order(1, {ITEMS})"],
    "shop_staff": ["SELECT * FROM read_order_events('feed')", "SELECT refresh_reports()"],
    "store_owner": ["SELECT run_maintenance()", "SELECT seal_audit()"],
}


def test_a_standby_answers_what_reads_and_refuses_what_writes(seeded_store, database, superuser):
    """Its customers are known by the tokens of the primary."""
    seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    seeded_store.execute("SELECT seal_audit()")
    expected = answers(database.connect)
    with Standby(superuser, database) as standby:
        assert answers(standby.connect) == {**expected, "SELECT kind FROM monitor_replication": [("this standby",)]}
        for role, statements in REFUSED.items():
            with as_customer(standby.connect(role)) as session:
                for statement in statements:
                    with pytest.raises(Exception) as refused:
                        session.execute(statement)
                    assert refused.value.sqlstate == "25006", statement


def test_the_page_names_what_was_asked():
    """Functions and views by name."""
    page = section("Read reports elsewhere")
    for name in ["quote_order", "search_products", "export_customer", "check_integrity", "daily_sales",
                 "integrity_violations", "verify_audit", "monitor_replication", "read_order_events",
                 "refresh_reports", "run_maintenance", "seal_audit"]:  # fmt: skip
        assert f"`{name}" in page


def answers(connect):
    """What each statement says to whom it is meant for."""
    found = {}
    for role, statements in ANSWERED.items():
        with as_customer(connect(role)) as session:
            found |= {statement: session.execute(statement).fetchall() for statement in statements}
    return found


def as_customer(session):
    """Act for customer 1."""
    session.execute("SELECT set_config('app.session_token', %s, FALSE)", [token()])
    return session
