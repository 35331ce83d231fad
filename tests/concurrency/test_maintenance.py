"""Maintenance makes nobody wait: no shopper while it refreshes, not itself, no reader of the audit log."""

import pytest

from tests.concurrency.conftest import TOTAL, placing, status_of

MAINTAINING = "SELECT run_maintenance()"
ROW_OF_NEXT_MONTH = """
    INSERT INTO audit_log (table_name, operation, changed_at)
    SELECT 'tax_rates', 'TRUNCATE', date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + INTERVAL '40 days'
"""


def test_a_second_call_does_not_queue_up(shop, open_session):
    """It says so and is done, while the first is still at work."""
    first, second = open_session(), open_session()
    first.execute(MAINTAINING)
    assert second.execute(MAINTAINING) == [({"skipped": "another run_maintenance() is at work"},)]
    second.commit()
    first.commit()
    assert "skipped" not in second.execute(MAINTAINING)[0][0]


def test_nothing_a_shopper_waits_for_is_locked_through_a_refresh(shop, pending_order, open_session):
    """It waits in its refresh; orders, their stock and their coupons can be had meanwhile."""
    shop.execute("INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('TEN', 'percent', 10, 9)")
    (overdue,) = shop.execute("SELECT " + placing(2, {1: 1}, ", NULL, 'ten'")).fetchone()
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute' WHERE order_id = %s", [overdue])
    refresh, maintenance, shopper = open_session(), open_session(), open_session()
    refresh.execute("SELECT refresh_reports()")
    maintenance.start(MAINTAINING)
    maintenance.wait_until_blocked_by(refresh)

    shopper.execute("SET lock_timeout = '1ms'")  # whoever waits at all fails
    for call in [
        placing(2, {1: 1}, ", NULL, 'ten'"),
        f"record_payment({pending_order}, 'bank', 'charge 1', {TOTAL})",
        f"ship_order({pending_order}, 'Post', NULL)",
        f"change_hold({overdue}, now() + INTERVAL '1 hour')",
        "adjust_stock(1, -1, 'damage')",
        "register_customer('new@example.com', NULL, NULL)",
    ]:
        shopper.execute("SELECT " + call)
        shopper.commit()
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute' WHERE order_id = %s", [overdue])

    refresh.commit()
    assert maintenance.result()[0][0]["expired"] == 1
    maintenance.commit()
    assert status_of(shop, overdue) == "cancelled"


@pytest.fixture
def missing_month(shop):
    """Next month's partition is not there yet; its name."""
    (month,) = shop.execute("SELECT to_char(now() AT TIME ZONE 'UTC' + INTERVAL '1 month', 'YYYY-MM')").fetchone()
    partition = "audit_log_" + month.replace("-", "_")
    shop.execute(f"ALTER TABLE audit_log DETACH PARTITION {partition}")
    shop.execute(f"DROP TABLE {partition}")
    return month


def test_a_partition_gives_way_to_whoever_reads_the_log(shop, missing_month, open_session):
    """Attaching it would make every later reader and writer wait behind a long report."""
    auditor, maintenance = open_session(), open_session()
    auditor.execute("SELECT count(*) FROM audit_log")
    assert maintenance.execute(MAINTAINING)[0][0]["partitions"] == "busy"
    maintenance.commit()
    auditor.commit()
    assert maintenance.execute(MAINTAINING)[0][0]["partitions"] == {missing_month: "added"}


def test_a_partition_gives_way_to_whoever_writes_into_its_month(shop, missing_month, superuser, open_session):
    """A row of the month, written but not committed when it was looked for, is in the way; the rest is done."""
    shop.execute("ALTER FUNCTION _add_audit_log_months() SET lock_timeout = 0")
    writer, maintenance = open_session(), open_session()
    writer.execute(ROW_OF_NEXT_MONTH)
    maintenance.start(MAINTAINING)
    maintenance.wait_until_blocked_by(writer)
    writer.commit()
    assert maintenance.result()[0][0]["partitions"] == "busy"
    maintenance.commit()
    assert maintenance.execute(MAINTAINING)[0][0]["partitions"] == {missing_month: "in default partition"}


def test_a_temporary_table_is_no_partition(shop, missing_month, open_session):
    """Of the partition's name, in the session that maintains."""
    maintenance = open_session()
    maintenance.execute(f"CREATE TEMP TABLE audit_log_{missing_month.replace('-', '_')} ()")
    assert maintenance.execute(MAINTAINING)[0][0]["partitions"] == {missing_month: "added"}


def test_a_month_that_has_rows_already_stays_where_they_are(shop, missing_month, superuser):
    superuser.execute(ROW_OF_NEXT_MONTH)
    for _ in range(2):
        assert shop.execute(MAINTAINING).fetchone()[0]["partitions"] == {missing_month: "in default partition"}
