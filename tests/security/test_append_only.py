"""What happened, happened: append-only tables refuse to be changed, whoever asks."""

import pytest

from tests.security.refusals import sqlstate

APPEND_ONLY = [
    "audit_log",
    "audit_seals",
    "call_keys",
    "credits",
    "documents",
    "order_audit",
    "order_event_positions",
    "order_number_key",
    "order_transitions",
    "payments",
    "returns",
    "shipment_items",
    "stock_adjustments",
    "tax_classes",
]
NEVER_DELETED = [
    "countries",
    "inventory",
    "order_items",
    "orders",
    "price_history",
    "products",
    "shipments",
    "signing_keys",
    "store_settings",
    "watermarks",
]
PARTITIONS = "SELECT inhrelid::REGCLASS::TEXT FROM pg_inherits WHERE inhparent = 'audit_log'::REGCLASS"


@pytest.fixture
def busy_store(seeded_store):
    """A store that has rows in each of those tables."""
    seeded_store.execute("""
        INSERT INTO audit_log (table_name, operation, changed_at) VALUES ('x', 'TRUNCATE', '2020-01-01')
    """)
    seeded_store.execute("SELECT set_signing_key('k', sha256('k'))")
    seeded_store.execute("SELECT seal_audit()")
    seeded_store.execute("SELECT read_order_events('feed')")
    seeded_store.execute("SELECT receive_stock(5, 1, 'note', p_idempotency_key => 'k')")
    return seeded_store


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_append_only_tables_refuse_every_change(busy_store, superuser, who):
    """UPDATE, DELETE and TRUNCATE, by the owner and by a superuser, of the log's partitions as well."""
    session = {"owner": busy_store, "superuser": superuser}[who]
    partitions = [name for (name,) in busy_store.execute(PARTITIONS).fetchall()]
    assert len(partitions) == 3
    for table in APPEND_ONLY:
        column = busy_store.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::REGCLASS AND attnum IN (1, 2) ORDER BY attnum DESC",
            [table],
        ).fetchone()[0]
        assert busy_store.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone() == (True,), table
        for statement in [
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"MERGE INTO {table} USING (VALUES (1)) AS one (i) ON TRUE WHEN MATCHED THEN DELETE",
        ]:
            assert sqlstate(session, statement) == "55000", statement
    for partition in partitions:
        assert sqlstate(session, f"TRUNCATE {partition}") == "55000", partition
        is_empty = busy_store.execute(f"SELECT NOT EXISTS (SELECT FROM {partition})").fetchone()[0]
        for statement in [f"UPDATE {partition} SET table_name = 'y'", f"DELETE FROM {partition}"]:
            assert sqlstate(session, statement) == (None if is_empty else "55000"), statement


@pytest.mark.parametrize("table", NEVER_DELETED)
def test_what_the_books_need_is_never_deleted(busy_store, table):
    """Neither row by row nor all at once, by the owner either."""
    for statement in [f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"]:
        assert sqlstate(busy_store, statement) == "55000", statement


def test_a_new_partition_is_born_append_only(busy_store):
    """Triggers of statements are not inherited: each month brings its own."""
    busy_store.execute("SELECT add_audit_log_partition('2031-05-01')")
    busy_store.execute("""
        INSERT INTO audit_log (table_name, operation, changed_at) VALUES ('x', 'TRUNCATE', '2031-05-05')
    """)
    for statement in ["UPDATE {} SET table_name = 'y'", "DELETE FROM {}", "TRUNCATE {}"]:
        assert sqlstate(busy_store, statement.format("audit_log_2031_05")) == "55000"
