"""daily_sales is what the orders say, at every snapshot, whatever goes on."""

import pytest

from tests.security.sales_traffic import DIFFERENCES, SalesTraffic

EXACT = "_is_unseen(order_audit.transaction_id, v_watermark.snapshot)"
# What one writes first: whatever began after the refresh. It forgets who committed after it.
NAIVE = "order_audit.transaction_id >= pg_snapshot_xmax(v_watermark.snapshot)"


@pytest.mark.long
def test_daily_sales_equals_the_orders_at_every_snapshot(store, dsn, repetitions):
    """Sales placed, cancelled, moved, rolled back and committed late, and refreshes meanwhile."""
    traffic = SalesTraffic(dsn, repetitions(50_000))
    traffic.run()
    assert traffic.differences == []
    assert traffic.comparisons >= repetitions(50_000)
    happened = {"place", "cancel", "move", "commit", "commit late", "roll back", "alone"}
    assert happened | {"among changes", "read at an old snapshot"} <= traffic.done.keys()


@pytest.mark.any_server
def test_a_naive_version_fails_the_same_test(store, dsn):
    """Comparing transaction numbers instead of snapshots loses what commits late."""
    read_by_number(store)
    traffic = SalesTraffic(dsn, 50_000)
    traffic.run()
    assert traffic.differences != []


def test_no_writer_waits_for_a_refresh_nor_a_refresh_for_a_writer(seeded_store, open_session):
    """Both orders: a refresh under way, and a sale under way."""
    writer, refresher = open_session(), open_session()
    writer.execute("UPDATE orders SET created_at = '2025-01-01 12:00Z' WHERE order_id = 1")
    refresher.execute("SELECT refresh_daily_sales()")
    writer.execute("UPDATE orders SET created_at = '2025-01-02 12:00Z' WHERE order_id = 2")
    writer.commit()
    refresher.commit()
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_two_refreshes_take_turns(seeded_store, open_session):
    """The second waits for the first, and then shows what was sold meanwhile."""
    first, second = open_session(), open_session()
    first.execute("SELECT refresh_daily_sales()")
    second.start("SELECT refresh_daily_sales()")
    second.wait_until_blocked_by(first)
    seeded_store.execute("UPDATE orders SET created_at = '2025-01-01 12:00Z' WHERE order_id = 1")
    first.commit()
    assert second.sqlstate() == "00000"
    second.commit()
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_a_refresh_at_an_old_snapshot_settles_no_day_that_changed_since(seeded_store, open_session):
    """The picture is of that snapshot, and says so; after a younger one it is refused."""
    old, older = open_session(), open_session()
    for session in (old, older):
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("SELECT FROM orders LIMIT 1")
    seeded_store.execute("UPDATE orders SET created_at = '2025-01-01 12:00Z' WHERE order_id = 1")
    old.execute("SELECT refresh_daily_sales()")
    old.execute("UPDATE orders SET created_at = '2025-01-02 12:00Z' WHERE order_id = 4")
    assert old.execute(DIFFERENCES) == []
    old.commit()
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    assert live_days(seeded_store) == 4
    older.start("SELECT refresh_daily_sales()")
    assert older.sqlstate() == "40001"


def test_a_picture_taken_by_hand_is_as_good(seeded_store, open_session):
    """By REFRESH itself, which the watermark knows nothing of: over the last picture, over none, and never at a
    snapshot before the last refresh.
    """
    old = open_session()
    old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    old.execute("SELECT FROM orders LIMIT 1")
    by_hand = ["REFRESH MATERIALIZED VIEW CONCURRENTLY mv_daily_sales", "REFRESH MATERIALIZED VIEW mv_daily_sales"]
    for day, statement in enumerate(by_hand, 1):
        seeded_store.execute("SELECT refresh_daily_sales()")
        move(seeded_store, 1, day)
        seeded_store.execute(statement)
        move(seeded_store, 4, day)
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
    seeded_store.execute("REFRESH MATERIALIZED VIEW mv_daily_sales WITH NO DATA")
    seeded_store.execute("REFRESH MATERIALIZED VIEW mv_daily_sales")
    assert live_days(seeded_store) > 0
    assert seeded_store.execute(DIFFERENCES).fetchall() == []
    old.start("REFRESH MATERIALIZED VIEW mv_daily_sales")
    assert old.sqlstate() == "40001"


def test_a_wrong_picture_is_drawn_anew_when_its_watermark_is_put_back(seeded_store, superuser):
    """What somebody sold with the triggers off no refresh learns; the books tell, and so they are mended."""
    seeded_store.execute("SELECT refresh_daily_sales()")
    superuser.execute("SET session_replication_role = replica")
    move(superuser, 1, 1)
    superuser.execute("RESET session_replication_role")
    seeded_store.execute("SELECT refresh_daily_sales()")
    wrong = "SELECT object FROM integrity_violations WHERE invariant = 'daily_sales_equals_live' ORDER BY object"
    assert seeded_store.execute(wrong).fetchall() == [("day 2024-11-03",), ("day 2025-01-01",)]
    seeded_store.execute("UPDATE watermarks SET system_identifier = 0 WHERE name = 'daily_sales'")
    assert seeded_store.execute(wrong).fetchall() == []
    seeded_store.execute("SELECT refresh_daily_sales()")
    assert live_days(seeded_store) == 0
    assert seeded_store.execute(wrong).fetchall() == []


def test_what_a_refresher_sells_after_it_is_computed(seeded_store, open_session):
    """Though a younger transaction had ended before it looked, so that its own number was not the last it saw."""
    refresher = open_session()
    refresher.execute("SELECT pg_current_xact_id()")
    seeded_store.execute("UPDATE orders SET created_at = '2025-01-01 12:00Z' WHERE order_id = 1")
    refresher.execute("SELECT refresh_daily_sales()")
    refresher.execute("UPDATE orders SET created_at = '2025-01-02 12:00Z' WHERE order_id = 4")
    assert refresher.execute(DIFFERENCES) == []
    refresher.commit()
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_an_order_that_expires_is_taken_off_its_day(seeded_store):
    """An order of the demo store that waits for its money, and a refresh before it is let go."""
    seeded_store.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 second' WHERE status = 'pending'")
    seeded_store.execute("SELECT refresh_daily_sales()")
    assert seeded_store.execute("SELECT expire_unpaid_orders()").fetchone()[0] > 0
    assert live_days(seeded_store) > 0
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def test_only_touched_days_are_computed(seeded_store):
    """After a refresh none; after a cancelled sale of last year that day; never one nobody touched."""
    seeded_store.execute("SELECT refresh_reports()")
    days = "SELECT sale_date::TEXT FROM sales_days_since_refresh() ORDER BY 1"
    assert seeded_store.execute(days).fetchall() == []
    seeded_store.execute("UPDATE orders SET expires_at = NULL WHERE order_id = 7")
    assert seeded_store.execute(days).fetchall() == []
    seeded_store.execute("UPDATE orders SET created_at = '2025-02-01 12:00Z' WHERE order_id = 1")
    assert seeded_store.execute(days).fetchall() == [("2024-11-03",), ("2025-02-01",)]
    seeded_store.execute("SELECT refresh_daily_sales()")
    assert seeded_store.execute(days).fetchall() == []


def test_another_zone_or_cluster_makes_every_day_live(seeded_store, superuser):
    """A stored picture means nothing then, until the next refresh."""
    seeded_store.execute("SELECT refresh_daily_sales()")
    unknown = "UPDATE watermarks SET system_identifier = system_identifier + 1 WHERE name = 'daily_sales'"
    for changed in ["UPDATE store_settings SET time_zone = 'Asia/Tokyo'", unknown]:
        seeded_store.execute(changed)
        assert live_days(seeded_store) > 30
        assert seeded_store.execute(DIFFERENCES).fetchall() == []
        seeded_store.execute("SELECT refresh_daily_sales()")
        assert live_days(seeded_store) == 0
        assert seeded_store.execute(DIFFERENCES).fetchall() == []


@pytest.mark.parametrize(
    ("zone", "instants", "days"),
    [
        # 0:30 for the first time, and 23:30 the night before; 1:30 on a day without a midnight, and 23:30 before it.
        (
            "America/Havana",
            ["2025-11-02 04:30Z", "2025-11-02 03:30Z", "2025-03-09 05:30Z", "2025-03-09 04:30Z"],
            ["2025-11-02", "2025-11-01", "2025-03-09", "2025-03-08"],
        ),
        # From 2:00 back to 23:00: 0:30 for the first time, 23:30 for the second.
        ("Antarctica/Casey", ["2010-03-04 13:30Z", "2010-03-04 15:30Z"], ["2010-03-05", "2010-03-04"]),
    ],
)
def test_a_day_that_begins_twice_or_late_is_whole(seeded_store, zone, instants, days):
    """In Havana clocks go back from 1:00 to midnight, so that a day begins an hour before its second midnight, and on
    from midnight to 1:00, so that one has none.
    """
    seeded_store.execute("UPDATE store_settings SET time_zone = %s", [zone])
    seeded_store.execute("SELECT refresh_daily_sales()")
    sold = "SELECT orders FROM daily_sales WHERE sale_date = %s"
    before = [seeded_store.execute(sold, [day]).fetchone() or (0,) for day in days]
    for order_id, instant in enumerate(instants, 1):
        seeded_store.execute("UPDATE orders SET created_at = %s WHERE order_id = %s", [instant, order_id])
    assert [seeded_store.execute(sold, [day]).fetchone() for day in days] == [(count + 1,) for (count,) in before]
    assert seeded_store.execute(DIFFERENCES).fetchall() == []


def move(session, order_id, day):
    """Date the order anew, on that day of 2025."""
    session.execute(
        "UPDATE orders SET created_at = '2025-01-01 12:00Z'::TIMESTAMPTZ + (%s - 1) * INTERVAL '1 day' WHERE order_id = %s",
        [day, order_id],
    )


def live_days(session):
    """How many days are computed from their orders."""
    return session.execute("SELECT count(*) FROM sales_days_since_refresh()").fetchone()[0]


def read_by_number(owner):
    """Make sales_days_since_refresh() what one writes first."""
    query = "SELECT pg_get_functiondef('sales_days_since_refresh()'::REGPROCEDURE)"
    definition = owner.execute(query).fetchone()[0]
    assert EXACT in definition
    owner.execute(definition.replace(EXACT, NAIVE))
