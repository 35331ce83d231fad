"""Maintenance makes nobody wait: no shopper while it refreshes, not itself, no reader of the audit log."""

import re

import pytest

from tests.concurrency.conftest import TOTAL, placing, status_of

MAINTAINING = "SELECT run_maintenance()"
DOCUMENTS = """
    UPDATE store_settings SET
        legal_name = 'Shop', legal_address = '{"line1": "1 Street", "city": "Town", "country_code": "US"}',
        documents_from = now() - INTERVAL '1 day'
"""
ROW_OF_NEXT_MONTH = """
    INSERT INTO audit_log (table_name, operation, changed_at)
    SELECT 'tax_rates', 'TRUNCATE', date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + INTERVAL '40 days'
"""


@pytest.fixture
def shop(shop_of_its_own):
    """Upkeep makes partitions and refreshes views."""
    return shop_of_its_own


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


def test_what_one_part_cannot_do_is_told_and_all_else_is_done(shop, pending_order):
    """Each part broken once: the others do their work as if nothing had happened."""
    parts = {
        "product_affinity": "refresh_product_affinity",
        "product_sales": "refresh_product_sales",
        "daily_sales": "refresh_daily_sales",
        "buyers_emptied": "_empty_buyers",
        "documents": "issue_documents",
        "sealed": "seal_audit",
        "partitions": "_add_audit_log_months",
        "expired": "_expire_orders",
    }
    done = shop.execute(MAINTAINING).fetchone()[0]
    assert done["failed"] == [] and set(parts) == done.keys() - {"reports", "failed"} | set(done["reports"])
    signature = "SELECT pg_get_functiondef(%s::REGPROC)"
    for part, function in parts.items():
        with shop.transaction(force_rollback=True):
            shop.execute("SELECT " + placing(2, {1: 1}))
            shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute'")
            shop.execute("UPDATE watermarks SET refreshed_at = NULL")
            shop.execute("UPDATE watermarks SET system_identifier = 0 WHERE name = 'product_sales'")
            (definition,) = shop.execute(signature, [function]).fetchone()
            shop.execute(definition.replace("BEGIN\n", "BEGIN\nRAISE 'broken' USING ERRCODE = 'XX001';\n", 1))
            done = shop.execute(MAINTAINING).fetchone()[0]
            assert done["failed"] == [{"part": part, "sqlstate": "XX001", "message": "broken"}]
            assert done.keys() | set(done["reports"]) == parts.keys() - {part} | {"reports", "failed"}
            assert done.get("expired", 1) >= 1  # on a slow machine one a call


@pytest.mark.parametrize(
    ("work", "parts"),
    [
        ("SELECT seal_audit()", ["sealed"]),  # as a manifest's is, for as long as it counts
        ("SELECT refresh_reports()", ["product_sales", "product_affinity", "daily_sales"]),
        ("UPDATE orders SET created_at = created_at - INTERVAL '1 hour' WHERE customer_id = 1", ["documents"]),
    ],
)
def test_who_is_at_a_part_s_work_keeps_nothing_else(shop, open_session, pending_order, work, parts):
    """However long it takes: it is told, and the next call does it."""
    shop.execute(DOCUMENTS)
    shop.execute("SELECT " + placing(2, {1: 1}))
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute' WHERE customer_id = 2")
    worker, maintenance = open_session(), open_session()
    worker.execute(work)
    [(done,)] = maintenance.execute(MAINTAINING)
    assert [(failure["part"], failure["sqlstate"]) for failure in done["failed"]] == [(part, "55P03") for part in parts]
    assert done["expired"] == 1 and maintenance.execute("SHOW lock_timeout") == [("0",)]
    maintenance.commit()
    worker.commit()
    assert shop.execute(MAINTAINING).fetchone()[0]["failed"] == []


def test_a_refresh_and_maintenance_take_turns_in_one_order(shop, open_session):
    """Whoever waits for the first of the stored reports keeps none of the others, which the first still wants."""
    refresh, maintenance = open_session(), open_session()
    (body,) = shop.execute("SELECT prosrc FROM pg_proc WHERE oid = 'refresh_reports()'::REGPROCEDURE").fetchone()
    first, *others = re.findall(r"PERFORM (refresh_\w+\(\))", body)
    refresh.execute(f"SELECT {first}")
    maintenance.start(MAINTAINING)
    maintenance.wait_until_blocked_by(refresh)
    refresh.execute("SET lock_timeout = '1ms'")  # whoever waits at all fails
    assert len(others) == 2
    for other in others:
        refresh.execute(f"SELECT {other}")
    refresh.commit()
    assert maintenance.result()[0][0]["failed"] == []


def test_one_order_that_cannot_expire_keeps_no_other(shop):
    """Whatever the error is, and however long it takes. It is told, by integrity_violations too where it is the books."""
    orders = [shop.execute("SELECT " + placing(1, {product: 1})).fetchone()[0] for product in (1, 2, 3)]
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute'")
    shop.execute("UPDATE inventory SET reserved = 0 WHERE product_id = 2")
    shop.execute("""
        CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN
            PERFORM pg_sleep(0.1); RAISE 'no' USING ERRCODE = '22012';
        END$$;
        CREATE TRIGGER refuse BEFORE UPDATE ON inventory FOR EACH ROW WHEN (OLD.product_id = 1) EXECUTE FUNCTION refuse();
    """)
    done = shop.execute(MAINTAINING).fetchone()[0]
    told = {failure["part"]: failure["sqlstate"] for failure in done["failed"]}
    assert told == {f"expiry of order {orders[0]}": "22012", f"expiry of order {orders[1]}": "23514"}
    assert done["expired"] == 1 and status_of(shop, orders[2]) == "cancelled"
    assert shop.execute("SELECT object FROM integrity_violations").fetchall() == [("product 2",)]
    shop.execute("DROP FUNCTION refuse CASCADE; UPDATE inventory SET reserved = 1 WHERE product_id = 2")
    assert sum(shop.execute(MAINTAINING).fetchone()[0]["expired"] for _ in range(2)) == 2


def test_expiry_gives_way_to_who_keeps_a_product(shop, open_session):
    """Orders of what somebody holds wait for the next call; the others go, and nobody is waited for."""
    held, other = (shop.execute("SELECT " + placing(1, {product: 1})).fetchone()[0] for product in (1, 2))
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute'")
    counter, maintenance = open_session(), open_session()
    counter.execute("SELECT count_stock(1, 9)")
    done = maintenance.execute(MAINTAINING)[0][0]
    assert (done["expired"], done["failed"]) == (1, [])
    assert maintenance.execute("SHOW lock_timeout") == [("0",)]
    maintenance.commit()
    counter.commit()
    assert (status_of(shop, held), status_of(shop, other)) == ("pending", "cancelled")


def test_many_short_waits_are_no_long_one(shop, open_session):
    """Once its time is over, expiry waits for no further product: it has others in hand that orders want."""
    for product in (1, 2):
        shop.execute("SELECT " + placing(1, {product: 1}))
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute'")
    counter, maintenance = open_session(), open_session()
    counter.execute("SELECT count_stock(2, 9)")
    assert maintenance.execute("SELECT * FROM _expire_orders(100, INTERVAL '0')") == [(1, [])]
    maintenance.commit()
    counter.commit()


def test_expiry_keeps_what_orders_want_for_a_moment_only(shop):
    """An order takes 30 ms here, and a call begins none after 25: the rest is for the next call."""
    for product in (1, 2, 3):
        shop.execute("SELECT " + placing(1, {product: 1}))
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 minute'")
    shop.execute("""
        CREATE FUNCTION dawdle() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END$$;
        CREATE TRIGGER dawdle BEFORE UPDATE ON inventory FOR EACH ROW EXECUTE FUNCTION dawdle();
    """)
    assert [shop.execute(MAINTAINING).fetchone()[0]["expired"] for _ in range(4)] == [1, 1, 1, 0]


def test_no_part_keeps_a_lock_that_an_order_or_a_setting_waits_for(shop, pending_order, missing_month, open_session):
    """It has done everything but expiry and is not committed: a picture, documents, seals and a partition."""
    shop.execute(DOCUMENTS)
    shop.execute("SELECT record_payment(%s, 'bank', 'charge 1', %s)", [pending_order, TOTAL])
    shop.execute("SELECT ship_order(%s, 'Post', NULL, '[{\"line_no\": 1, \"quantity\": 1}]')", [pending_order])
    maintenance, other = open_session(), open_session()
    done = maintenance.execute(MAINTAINING)[0][0]
    assert done["documents"] == 1 and done["partitions"] == {missing_month: "added"} and done["failed"] == []
    assert "daily_sales" in done["reports"] and done["sealed"]

    other.execute("SET lock_timeout = '1ms'")  # whoever waits at all fails
    for statement in [
        "SELECT " + placing(2, {1: 1}),
        f"SELECT ship_order({pending_order}, 'Post', NULL)",
        f"SELECT deliver_order({pending_order})",
        f"SELECT grant_allowance({pending_order}, 1, 'late')",
        f'SELECT return_items({pending_order}, \'[{{"line_no": 1, "quantity": 1}}]\')',
        "SELECT adjust_stock(1, -1, 'damage')",
        "UPDATE store_settings SET time_zone = 'Asia/Tokyo', shipping_fee = 1, order_hold = '1 hour', shown_stock = 5",
        "UPDATE store_settings SET invoice_series = 'NEW', document_retention = '11 years', vat_id = 'X1'",
        "UPDATE customers SET is_vip = TRUE",
        "UPDATE products SET price = 11 WHERE product_id = 1",
        "UPDATE countries SET is_served = TRUE WHERE country_code = 'CA'",
        "INSERT INTO tax_rates VALUES ('reduced', 'US', '', '2020-01-01', 0.05)",
    ]:
        other.execute(statement)
        other.commit()
    maintenance.commit()


def test_settings_changed_during_a_refresh_are_noticed(shop, open_session):
    """The zone changes there and back while the picture is taken: it is trusted for no day."""
    shop.execute("SELECT " + placing(2, {1: 1}))
    first, refresh, staff = open_session(), open_session(), open_session()
    first.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY mv_daily_sales")
    refresh.start("SELECT refresh_daily_sales()")
    refresh.wait_until_blocked_by(first)
    for zone in ["Asia/Tokyo", "UTC"]:
        staff.execute("UPDATE store_settings SET time_zone = %s", [zone])
        staff.commit()
    first.commit()
    assert refresh.sqlstate() == "00000"
    refresh.commit()
    snapshot = "SELECT snapshot FROM watermarks WHERE name = 'daily_sales'"
    assert shop.execute(snapshot).fetchone() == (None,)
    shop.execute("SELECT refresh_daily_sales()")
    assert shop.execute(snapshot).fetchone() != (None,)


def test_a_call_that_finds_nothing_new_takes_no_picture(shop, pending_order):
    assert "daily_sales" in shop.execute(MAINTAINING).fetchone()[0]["reports"]
    assert shop.execute(MAINTAINING).fetchone()[0]["reports"] == []


def test_a_picture_that_was_never_taken_stops_nothing(shop, pending_order):
    """As after a restore of the schema alone."""
    shop.execute("REFRESH MATERIALIZED VIEW mv_daily_sales WITH NO DATA")
    shop.execute("REFRESH MATERIALIZED VIEW product_affinity WITH NO DATA")
    done = shop.execute(MAINTAINING).fetchone()[0]
    assert (done["reports"], done["failed"]) == (["daily_sales", "product_affinity", "product_sales"], [])
    assert shop.execute("SELECT orders FROM daily_sales").fetchall() == [(1,)]


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
