"""Sums of products, months and hours, and orders of categories, are exact at every snapshot, whatever goes on."""

import re

import pytest

from tests.security.product_traffic import DIFFERENCES, ProductTraffic
from tests.security.sales_traffic import DIFFERENCES as DIFFERENT_DAYS

PLACE = """SELECT place_order(1, '[{"product_id": 1, "quantity": 1}, {"product_id": 5, "quantity": 2}]')"""
TRUSTED = "SELECT system_identifier IS NOT NULL FROM watermarks WHERE name = 'product_sales'"
CHANGED = "SELECT product_id FROM product_sales_since_refresh() ORDER BY 1"
CHANGED_MONTHS = "SELECT month::TEXT FROM months_since_refresh(FALSE) ORDER BY 1"
CHANGED_FUNNELS = "SELECT month::TEXT FROM months_since_refresh(TRUE) ORDER BY 1"
CHANGED_HOURS = "SELECT iso_weekday, hour, order_count, revenue::TEXT FROM hourly_sales_since_refresh() ORDER BY 1, 2"
CHANGED_CATEGORIES = "SELECT category_id, order_count FROM category_orders_since_refresh() ORDER BY 1"
EXACT = re.compile(r"_is_unseen\(([\w.]*transaction_id), v_watermark.snapshot\)")
NAIVE = r"\1 >= pg_snapshot_xmax(v_watermark.snapshot)"


@pytest.mark.long
def test_product_sales_equal_the_lines_at_every_snapshot(store, dsn, repetitions):
    """Every call that changes what a line brings, rolled back and committed late, and refreshes meanwhile."""
    traffic = ProductTraffic(dsn, repetitions(20_000))
    traffic.run()
    assert traffic.differences == []
    assert traffic.comparisons >= repetitions(20_000)
    happened = {"place", "pay", "ship", "deliver", "cancel", "cancel units", "return", "allow", "expire"}
    happened |= {"move a product", "move a branch", "redate", "redate a parcel", "new settings"}
    happened |= {"commit", "commit late", "roll back", "alone", "among changes", "read at an old snapshot"}
    assert happened <= traffic.done.keys()
    assert store.execute("TABLE integrity_violations").fetchall() == []


@pytest.mark.any_server
@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("_lines_since_refresh", {"live", "shown", "live orders", "shown orders"}),
        ("months_since_refresh", {"live months", "shown months", "live funnel", "shown funnel"}),
        ("hourly_sales_since_refresh", {"live hours", "shown hours"}),
    ],
)
def test_a_naive_version_fails_the_same_test(store, dsn, function, told):
    """Comparing transaction numbers instead of snapshots loses what commits late."""
    definition = store.execute("SELECT pg_get_functiondef(%s::REGPROC)", [function]).fetchone()[0]
    naive, replaced = EXACT.subn(NAIVE, definition)
    assert replaced == 1
    store.execute(naive)
    traffic = ProductTraffic(dsn, 20_000)
    traffic.run()
    assert {kind for kind, _ in traffic.differences} & told


def test_only_what_changed_is_added(seeded_store):
    """After a refresh nothing; after an order its products; after a payment nothing."""
    assert seeded_store.execute(TRUSTED).fetchone() == (False,)
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("SELECT refresh_reports()")
    assert seeded_store.execute(TRUSTED).fetchone() == (True,)
    assert seeded_store.execute(CHANGED).fetchall() == []
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    [order_id] = seeded_store.execute(PLACE).fetchone()
    assert seeded_store.execute(CHANGED).fetchall() == [(1,), (5,)]
    seeded_store.execute("SELECT refresh_product_sales()")
    seeded_store.execute("SELECT record_payment(%s, 'bank', 'r', 1)", [order_id])
    assert seeded_store.execute(CHANGED).fetchall() == []


def test_what_was_cut_by_other_rules_of_the_zone_is_cut_anew(seeded_store):
    """As when the server is told of a law after orders were placed: in Calcutta it was Tokyo's time, as was thought."""
    for zone in ("Asia/Tokyo", "Asia/Kolkata"):
        seeded_store.execute("UPDATE store_settings SET time_zone = %s", [zone])
        if zone == "Asia/Tokyo":
            seeded_store.execute("SELECT refresh_reports()")
    seeded_store.execute("UPDATE watermarks SET time_zone = 'Asia/Kolkata' WHERE time_zone IS NOT NULL")
    for _ in range(2):
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
        assert seeded_store.execute(DIFFERENT_DAYS).fetchall() == []
        assert seeded_store.execute("TABLE integrity_violations").fetchall() == []
        seeded_store.execute("SELECT refresh_reports()")
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == []
    assert seeded_store.execute("SELECT * FROM sales_days_since_refresh()").fetchall() == []


def test_a_product_or_branch_that_moves_is_counted_where_it_is(seeded_store):
    """Of orders that nobody touched: by the reader until the next refresh, and stored by that."""
    seeded_store.execute("SELECT refresh_product_sales()")
    [(child,)] = seeded_store.execute("""
        SELECT category_id FROM categories JOIN products USING (category_id) JOIN order_items USING (product_id)
        WHERE parent_id IS NOT NULL ORDER BY category_id DESC LIMIT 1
    """).fetchall()
    for move in (
        "UPDATE products SET category_id = NULL WHERE category_id = %s",
        "UPDATE products SET category_id = %s WHERE category_id IS NULL",
        "UPDATE categories SET parent_id = NULL, name = 'Alone' WHERE category_id = %s",
        "UPDATE products SET category_id = NULL WHERE category_id = %s",
    ):
        assert seeded_store.execute(CHANGED_CATEGORIES).fetchall() == []
        seeded_store.execute(move, [child])
        assert seeded_store.execute(CHANGED_CATEGORIES).fetchall() != []
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
        seeded_store.execute("SELECT refresh_product_sales()")
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("DELETE FROM categories WHERE category_id = %s", [child])
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_what_moved_is_counted_though_the_audit_log_has_forgotten_it(seeded_store):
    """However little is sold, the counts are stored once a month, before one of the audit log is let go."""
    seeded_store.execute(
        "UPDATE store_settings SET time_zone = 'UTC'"
    )  # no clock change, so that only the month counts
    seeded_store.execute("SELECT refresh_reports()")
    seeded_store.execute("UPDATE products SET category_id = NULL WHERE category_id = 2")
    seeded_store.execute("""
        UPDATE watermarks SET refreshed_at = date_trunc('month', now(), 'UTC') - INTERVAL '1 second'
        WHERE refreshed_at IS NOT NULL
    """)
    for reports in (["product_affinity", "product_sales"], []):
        [(done,)] = seeded_store.execute("SELECT run_maintenance()").fetchall()
        assert set(reports) == set(done["reports"]) - {"daily_sales"}
    [(month,)] = seeded_store.execute("SELECT 'audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')").fetchall()
    seeded_store.execute(f"ALTER TABLE audit_log DETACH PARTITION {month}")
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    assert seeded_store.execute("TABLE integrity_violations").fetchall() == []


def test_only_months_that_changed_are_computed(seeded_store):
    """Where an order is dated, where it was, and where its credits are; in another zone every month."""

    def changed_after(statement):
        seeded_store.execute("SELECT refresh_product_sales()")
        assert seeded_store.execute(CHANGED_MONTHS).fetchall() == []
        seeded_store.execute(statement)
        return [month for (month,) in seeded_store.execute(CHANGED_MONTHS).fetchall()]

    this_month = "SELECT date_trunc('month', now() AT TIME ZONE time_zone)::DATE::TEXT FROM store_settings"
    seeded_store.execute("UPDATE store_settings SET time_zone = 'America/New_York'")
    [today] = seeded_store.execute(this_month).fetchone()
    assert changed_after("SELECT grant_allowance(19, 1.00, 'a scratch')") == ["2025-04-01", today]
    assert changed_after("SELECT record_payment(19, 'bank', 'r', 1)") == []
    # The last half hour of the month before, which is May in UTC.
    assert changed_after("""
        UPDATE orders SET created_at = '2025-05-01 03:30Z' WHERE order_id = (
            SELECT order_id FROM orders WHERE created_at > '2025-12-02' AND order_id NOT IN (
                SELECT order_id FROM credits UNION SELECT order_id FROM documents UNION SELECT order_id FROM payments
                UNION SELECT order_id FROM shipments
            ) ORDER BY order_id LIMIT 1
        )
    """) == ["2025-04-01", "2025-12-01"]
    every = changed_after("UPDATE store_settings SET time_zone = 'Pacific/Apia'")
    [today] = seeded_store.execute(this_month).fetchone()  # where a month may have begun already
    assert every[0] == "2024-11-01" and every[-1] == today and len(every) > 20
    assert seeded_store.execute("SELECT _product_sales_are_due()").fetchone() == (True,)


def test_only_months_in_which_an_order_got_further_are_counted(seeded_store):
    """The funnel's: by each step, not by an allowance; and a parcel makes nobody add up sales."""

    def changed_after(statement):
        seeded_store.execute("SELECT refresh_product_sales()")
        assert seeded_store.execute(CHANGED_FUNNELS).fetchall() == []
        seeded_store.execute(statement)
        months = [month for (month,) in seeded_store.execute(CHANGED_FUNNELS).fetchall()]
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
        return months

    assert changed_after("SELECT grant_allowance(19, 1.00, 'a scratch')") == []
    assert changed_after("SELECT record_payment(43, 'bank', 'r', 30.00)") == ["2025-12-01"]
    assert changed_after("SELECT ship_order(42, 'post', NULL)") == ["2025-11-01"]
    assert seeded_store.execute(CHANGED_MONTHS).fetchall() == []
    assert changed_after("SELECT deliver_order(42)") == ["2025-11-01"]
    assert seeded_store.execute(CHANGED_MONTHS).fetchall() == []
    assert changed_after("SELECT cancel_order(45, 'too late')") == ["2025-12-01"]
    # All that left comes back, and then what has not left is given up: by that it has returned.
    items = """jsonb_build_array(jsonb_build_object('line_no', 1, 'quantity', 1))"""
    place = """SELECT place_order(1, '[{"product_id": 5, "quantity": 2}]')"""
    [(order_id,)] = seeded_store.execute(place).fetchall()
    seeded_store.execute("SELECT release_order(%s, 'known')", [order_id])
    seeded_store.execute(f"SELECT ship_order(%s, 'post', NULL, {items})", [order_id])
    seeded_store.execute(f"SELECT return_items(%s, {items}, TRUE)", [order_id])
    [this_month] = changed_after(f"SELECT cancel_order({order_id}, 'no more', {items})")
    returned = "SELECT returned FROM order_funnel WHERE month = %s"
    assert seeded_store.execute(returned, [this_month]).fetchone() == (1,)
    assert changed_after("UPDATE orders SET created_at = '2025-02-03 12:00Z' WHERE order_id = 3") == [
        "2024-11-01", "2025-02-01",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("correction", "months"),
    [
        ("shipped_at = shipped_at - INTERVAL '5 hours' WHERE order_id IN (1, 2)", ["2024-11-01"]),
        ("shipped_at = shipped_at - INTERVAL '1 day', delivered_at = delivered_at - INTERVAL '1 day'", None),
        ("delivered_at = delivered_at + INTERVAL '1 hour' WHERE order_id = 1", ["2024-11-01"]),
        ("delivered_at = NULL WHERE order_id = 1", ["2024-11-01"]),
    ],
)
def test_a_parcel_s_date_that_the_owner_corrects_is_told(seeded_store, correction, months):
    """Whoever follows the trail learns what it was, and the funnel counts the month anew; refreshed, it stays so."""
    seeded_store.execute("SELECT refresh_product_sales()")
    seeded_store.execute("UPDATE shipments SET carrier = 'post', shipped_at = shipped_at")
    assert seeded_store.execute(CHANGED_FUNNELS).fetchall() == []
    parcels = "SELECT array_agg(shipments ORDER BY shipment_id)::TEXT FROM shipments"
    before = seeded_store.execute(parcels).fetchall()
    seeded_store.execute(f"UPDATE shipments SET {correction}")
    changed = [month for (month,) in seeded_store.execute(CHANGED_FUNNELS).fetchall()]
    assert changed == months or (months is None and len(changed) > 10)
    assert seeded_store.execute(CHANGED_MONTHS).fetchall() == []
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("SELECT refresh_product_sales()")
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    # Put back by what was told, the parcels are what they were.
    seeded_store.execute("""
        UPDATE shipments
        SET
            shipped_at = (details ->> 'shipped_from')::TIMESTAMPTZ,
            delivered_at = (details ->> 'delivered_from')::TIMESTAMPTZ
        FROM order_audit
        WHERE action = 'parcel_redated' AND shipment_id = (details ->> 'shipment_id')::INT
    """)
    assert seeded_store.execute(parcels).fetchall() == before


def test_months_emptied_by_redating_are_empty(seeded_store):
    """An order is dated beyond all others, then among them, then further beyond, so that there is a gap."""
    for instant in ("2027-01-10 12:00Z", "2025-01-10 12:00Z", "2027-03-10 12:00Z"):
        seeded_store.execute("UPDATE orders SET created_at = %s WHERE order_id = 45", [instant])
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
        seeded_store.execute("SELECT refresh_product_sales()")
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
    placed = "SELECT month::TEXT, placed FROM order_funnel WHERE month >= '2027-01-01' ORDER BY month"
    assert seeded_store.execute(placed).fetchall() == [("2027-01-01", 0), ("2027-02-01", 0), ("2027-03-01", 1)]


def test_an_order_is_added_to_its_hour_and_taken_off_the_one_it_had(seeded_store):
    """Order 2, of 26.30, on a Sunday after one; order 45, of 78.56, on a Monday after eleven. A refresh leaves nothing."""
    seeded_store.execute("SELECT refresh_product_sales()")
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == []
    for instant in ("2025-01-06 12:30-05", "2025-01-07 09:59:59-05"):
        seeded_store.execute("UPDATE orders SET created_at = %s WHERE order_id = 2", [instant])
    tuesday, sunday = (2, 9, 1, "26.30"), (7, 1, -1, "-26.30")
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == [tuesday, sunday]
    seeded_store.execute("UPDATE orders SET created_at = '2025-01-08 10:00-05' WHERE order_id = 45")
    seeded_store.execute("SELECT cancel_order(45, 'changed her mind')")
    monday = (1, 11, -1, "-78.56")
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == [monday, tuesday, sunday]
    # What came and went since was never counted, wherever it stood.
    [(order_id,)] = seeded_store.execute(PLACE).fetchall()
    seeded_store.execute("UPDATE orders SET created_at = '2025-01-09 10:00-05' WHERE order_id = %s", [order_id])
    seeded_store.execute("SELECT cancel_order(%s, 'changed her mind')", [order_id])
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == [monday, tuesday, sunday]
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("SELECT refresh_product_sales()")
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == []
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_in_another_zone_every_hour_is_another(seeded_store):
    """Until the next refresh, which upkeep makes."""
    seeded_store.execute("SELECT refresh_product_sales()")
    seeded_store.execute("UPDATE store_settings SET time_zone = 'Asia/Kathmandu'")
    assert len(seeded_store.execute(CHANGED_HOURS).fetchall()) > 20
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("SELECT refresh_product_sales()")
    assert seeded_store.execute(CHANGED_HOURS).fetchall() == []
    assert seeded_store.execute(CHANGED_FUNNELS).fetchall() == []
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_a_transaction_that_sells_leaves_refreshing_to_others(seeded_store, open_session):
    """It could not tell afterwards what it had counted; what it does after a refresh is counted once."""
    seeded_store.execute("SELECT refresh_product_sales()")
    session = open_session()
    session.execute(PLACE)
    session.execute("SELECT refresh_product_sales()")
    assert session.execute(DIFFERENCES) == []
    session.commit()
    assert len(seeded_store.execute(CHANGED).fetchall()) == 2
    session.execute("SELECT refresh_product_sales()")
    session.execute(PLACE)
    assert session.execute(DIFFERENCES) == []
    session.commit()
    assert len(seeded_store.execute(CHANGED).fetchall()) == 2
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_rows_of_another_cluster_are_never_counted_again(seeded_store, superuser):
    """As after a restore: their numbers are ahead, and this cluster's come by them later."""
    seeded_store.execute("UPDATE store_settings SET max_pending_orders = NULL")
    seeded_store.execute("SELECT receive_stock(product_id, 1000, 'the beach') FROM products")
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("""
        UPDATE order_audit SET transaction_id = (pg_current_xact_id()::TEXT::BIGINT + 20 + id)::TEXT::XID8
    """)
    superuser.execute("UPDATE watermarks SET system_identifier = 1 WHERE snapshot IS NOT NULL")
    seeded_store.execute("SELECT refresh_reports()")
    for _ in range(40):
        seeded_store.execute(PLACE)
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("SELECT refresh_product_sales()")
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_an_order_of_three_lines_costs_at_most_60_bytes_of_log(store, superuser):
    """As seldom as maintenance stores the sums: eight lines a product. As few products as that goes by, in a tree of 40
    categories, and orders of three months and every hour of the week.
    """
    store.execute("INSERT INTO customers (email) VALUES ('a@example.com')")
    store.execute("UPDATE store_settings SET max_pending_orders = NULL")
    store.execute(
        "INSERT INTO categories (name, parent_id) SELECT 'C' || i, nullif(i / 3, 0) FROM generate_series(1, 40) AS i"
    )
    store.execute("""
        INSERT INTO products (sku, name, price, cost, category_id)
        SELECT 'P' || i, 'Product', i + 0.99, i / 2.0, i % 40 + 1 FROM generate_series(1, 200) AS i
    """)
    store.execute("SELECT receive_stock(product_id, 1000, 'the beach') FROM products")
    spread = """
        SELECT place_order(1, jsonb_agg(jsonb_build_object('product_id', (n * 3 + i) %% 200 + 1, 'quantity', 1)))
        FROM generate_series(1, %s) AS n, generate_series(1, 3) AS i GROUP BY n
    """
    redate = """
        UPDATE orders SET created_at = now() - order_id % 168 * INTERVAL '1 hour' - order_id % 3 * INTERVAL '28 days'
        WHERE order_id > (SELECT max(order_id) - 534 FROM orders)
    """
    costs = []
    for _ in range(4):  # the least one: a checkpoint has whole pages logged anew
        store.execute(spread, [533])
        assert store.execute("SELECT _product_sales_are_due()").fetchone() == (not costs,)
        store.execute(spread, [1])
        assert store.execute("SELECT _product_sales_are_due()").fetchone() == (True,)
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(redate)
        superuser.execute("VACUUM orders")
        [(before,)] = store.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchall()
        store.execute("SELECT refresh_product_sales()")
        [(after,)] = store.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchall()
        costs.append((after - before) / 534)
    assert 0 < min(costs) <= 60


def test_two_refreshes_take_turns_and_writers_do_not_wait(seeded_store, open_session):
    first, second = open_session(), open_session()
    first.execute("SELECT refresh_product_sales()")
    second.start("SELECT refresh_product_sales()")
    second.wait_until_blocked_by(first)
    seeded_store.execute(PLACE)
    first.commit()
    assert second.sqlstate() == "00000"
    second.commit()
    assert seeded_store.execute(CHANGED).fetchall() == []
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
