"""An analyst reads every report and, by whatever path, no personal data."""

from datetime import datetime

import psycopg
import pytest

from tests.analytics import oracle
from tests.analytics.comparison import settle, view
from tests.test_expected import REPORT_NOW

PERSONAL = {
    "customers": ["email", "first_name", "last_name", "phone"],
    "addresses": [
        "recipient",
        "company",
        "vat_id",
        "line1",
        "line2",
        "city",
        "region",
        "postal_code",
    ],
    "orders": [
        "ship_to",
        "bill_to",
        "idempotency_key",
        "cancel_reason",
        "release_reason",
        "write_off_reason",
    ],
    "payments": ["provider_reference", "reason"],
    "shipments": ["tracking_number"],
    "returns": ["reason"],
    "credits": ["reason"],
    "order_audit": ["details", "customer_id"],
    "audit_log": ["old_row", "new_row"],
}
NOT_FOR_ANALYSTS = {"customer_overview", "document_lines", "document_corrections"}
# Every word by which a customer of the seed could be known.
NAMES = """
    SELECT email FROM customers WHERE erased_at IS NULL
    UNION SELECT first_name FROM customers WHERE first_name IS NOT NULL
    UNION SELECT last_name FROM customers WHERE last_name IS NOT NULL
    UNION SELECT phone FROM customers WHERE phone IS NOT NULL
    UNION SELECT recipient FROM addresses
    UNION SELECT line1 FROM addresses"""


@pytest.fixture
def analyst(database, seeded_store):
    """A login that has nothing but the group role."""
    settle(seeded_store, datetime.fromisoformat(REPORT_NOW), "UTC")
    with database.connect("shop_analyst", **{"app.report_now": REPORT_NOW}) as connection:
        yield connection


def test_analyst_reads_what_the_owner_reads(analyst, seeded_store):
    for name in {*oracle.REPORTS, *oracle.DESK} - NOT_FOR_ANALYSTS:
        assert oracle.as_text(view(analyst, name)) == oracle.as_text(view(seeded_store, name)), name


def test_no_report_names_a_customer(analyst, seeded_store):
    names = {name.lower() for (name,) in seeded_store.execute(NAMES)}
    assert {"ishmael", "jo@orchardhouse.example", "555 0104", "green gables"} <= names
    for report in oracle.REPORTS:
        shown = {text.lower() for row in oracle.as_text(view(analyst, report)) for _, text in row}
        assert not shown & names, report


def test_analyst_reads_no_personal_column(analyst):
    for table, columns in PERSONAL.items():
        for column in columns:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(f"SELECT {column} FROM {table}")
                pytest.fail(f"an analyst reads {table}.{column}")


def test_analyst_changes_nothing(analyst, seeded_store):
    tables = seeded_store.execute(
        """SELECT relname FROM pg_class
        WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p', 'v', 'm')"""
    )
    for (table,) in tables.fetchall():
        may_write = analyst.execute(
            """SELECT has_table_privilege(%(table)s, 'INSERT, UPDATE, DELETE, TRUNCATE')
                OR has_any_column_privilege(%(table)s, 'INSERT, UPDATE')""",
            {"table": table},
        )
        assert may_write.fetchone() == (False,), table
