"""A server for reports that follows a publication, as the page makes it: it says what the store says."""

from datetime import datetime

import psycopg
import pytest

from tests.analytics import oracle
from tests.analytics.comparison import settle, view
from tests.operations.manual import blocks
from tests.operations.servers import eventually
from tests.test_expected import REPORT_NOW

ALSO = ["dashboard_kpis", "inventory_alerts", "stock_movements", "inventory_valuation", "payment_reconciliation",
        "order_backlog", "refunds_due", "receivables"]  # fmt: skip
READY = dict(line.split(" = ") for line in blocks("Move a store while it sells", "ini")[0].strip().splitlines())
ARRIVED = "SELECT max(id) FROM order_audit"
FAILED = "SELECT apply_error_count FROM pg_stat_subscription_stats"


def test_a_reporting_server_says_what_the_store_says(start_with_demo, start):
    """Also of what was sold, paid and cancelled since; and once it was made anew, after a table had changed."""
    store, reports = start_with_demo("store", **READY), start("reports", **READY)
    make, refresh, undo = blocks("With indexes of its own", "sh")
    where = {name: f"host={server.host} port={server.port} dbname=shop user=postgres"
             for name, server in {"STORE": store, "REPORTS": reports}.items()}  # fmt: skip
    reports.create_database("shop")
    reports.psql(f"ALTER DATABASE shop SET app.affinity_minimum = '{oracle.AFFINITY_MINIMUM}'")
    reports.run_as_operator('python deploy.py --roles create --dsn "$REPORTS"', **where)
    with store.connect() as owner:
        settle(owner, datetime.fromisoformat(REPORT_NOW), "Asia/Kolkata")
        store.run_as_operator(make, **where)
        copied(reports)
        store.run_as_operator(refresh, **where)
        for server in (store, reports):
            with server.connect() as superuser:
                superuser.execute("CREATE ROLE analyst LOGIN IN ROLE shop_analyst")
                superuser.execute("GRANT USAGE ON SCHEMA store TO analyst")
        assert answers(reports) == answers(store)

        [order] = owner.execute("""SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]')""").fetchone()
        owner.execute("SELECT record_payment(%s, 'bank', 'late', 1)", [order])
        owner.execute("SELECT cancel_order(45, 'changed her mind')")
        arrived(store, reports)
        before = answers(reports)
        assert before == answers(store)
        owner.execute("SELECT run_maintenance()")
        arrived(store, reports)
        assert answers(reports) == answers(store)

        with psycopg.connect(reports.dsn("shop", "analyst"), autocommit=True) as analyst:
            for statement in ["SELECT store.refresh_reports()", "SELECT email FROM store.customers"]:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    analyst.execute(statement)

        owner.execute("ALTER TABLE orders ADD COLUMN remark TEXT")
        owner.execute("""SELECT place_order(2, '[{"product_id": 5, "quantity": 2}]')""")
        with reports.connect() as superuser:
            eventually(lambda: superuser.execute(FAILED).fetchone()[0] > 0)
            assert superuser.execute(ARRIVED).fetchone() < owner.execute(ARRIVED).fetchone()
        for commands in (undo, make):
            store.run_as_operator(commands, **where)
        copied(reports)
        store.run_as_operator(refresh, **where)
        with reports.connect() as superuser:
            superuser.execute("GRANT USAGE ON SCHEMA store TO analyst")
        owner.execute("SELECT refresh_reports()")
        assert answers(reports) == answers(store)


def answers(server):
    """Every report as an analyst reads it there."""
    with psycopg.connect(server.dsn("shop", "analyst"), autocommit=True) as analyst:
        analyst.execute("SET search_path = store, pg_temp")
        settle(analyst, datetime.fromisoformat(REPORT_NOW), "Europe/London", refresh="SELECT 1")
        found = {name: oracle.as_text(view(analyst, name)) for name in [*oracle.REPORTS, *ALSO]}
    assert all(found[name] for name in ["daily_sales", "product_affinity", "monthly_revenue", "dashboard_kpis"])
    return found


def copied(reports):
    """Wait until every table was."""
    with reports.connect() as superuser:
        left = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
        eventually(lambda: superuser.execute(left).fetchone() == (0,))


def arrived(store, reports):
    """Wait until what the store has written by now is there too."""
    with store.connect() as owner:
        [written] = owner.execute("SELECT pg_current_wal_lsn()").fetchone()
        flushed = "SELECT confirmed_flush_lsn >= %s::PG_LSN FROM pg_replication_slots WHERE slot_name = 'reports'"
        eventually(lambda: owner.execute(flushed, [written]).fetchone() == (True,))
