"""Expiry lets go of what nobody is at work on, and of nothing else."""

import pytest

from tests.concurrency.conftest import TOTAL, actions_of, placing, status_of, stock_of


@pytest.fixture
def overdue_order(shop, pending_order):
    """An unpaid order whose hold ran out."""
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 second'")
    return pending_order


def test_expire_first_then_place(shop, overdue_order, race):
    """The units that are let go can be had once that is committed; the shelf they lie on is waited for."""
    assert race("expire_unpaid_orders()", placing(2, {1: 8})) == "00000"
    assert actions_of(shop, overdue_order) == ["placed", "expired"]
    assert stock_of(shop) == (10, 8)


def test_place_first_then_expire(shop, overdue_order, race):
    assert race(placing(2, {1: 8}), "expire_unpaid_orders()") == "00000"
    assert status_of(shop, overdue_order) == "cancelled"
    assert stock_of(shop) == (10, 8)


@pytest.mark.parametrize(
    "at_work",
    [
        "record_payment({order}, 'bank', 'charge 1', {total})",
        "record_payment({order}, 'bank', 'charge 1', 0.01)",
        "cancel_order({order}, 'no longer wanted')",
        "change_hold({order}, NULL)",
        "release_order({order}, 'on account')",
    ],
)
def test_an_order_somebody_is_at_work_on_is_skipped(shop, overdue_order, open_session, at_work):
    """Not waited for: the second session has its answer while the first is still at it."""
    first, second = open_session(), open_session()
    first.execute("SELECT " + at_work.format(order=overdue_order, total=TOTAL))
    assert second.execute("SELECT expire_unpaid_orders()") == [(0,)]
    second.commit()
    first.commit()
    assert shop.execute("SELECT expire_unpaid_orders()").fetchone() == (0,)
    assert "expired" not in actions_of(shop, overdue_order)


def test_expired_first_the_payment_is_recorded_and_due_back(shop, overdue_order, race):
    paying = f"record_payment({overdue_order}, 'bank', 'charge 1', {TOTAL})"
    assert race("expire_unpaid_orders()", paying) == "00000"
    assert shop.execute("SELECT order_id, amount_due FROM refunds_due").fetchall() == [(overdue_order, TOTAL)]
    assert status_of(shop, overdue_order) == "cancelled"


def test_expired_first_there_is_nothing_to_release(shop, overdue_order, race):
    assert race("expire_unpaid_orders()", f"release_order({overdue_order}, 'on account')") == "ST005"
    assert status_of(shop, overdue_order) == "cancelled"


def test_paid_first_the_order_stays(shop, overdue_order):
    shop.execute("SELECT record_payment(%s, 'bank', 'charge 1', %s)", [overdue_order, TOTAL])
    assert shop.execute("SELECT expire_unpaid_orders()").fetchone() == (0,)
    assert status_of(shop, overdue_order) == "paid"


def test_several_expire_at_once(shop, open_session):
    """Each takes orders the others have not taken; their units go back to one shelf in turn."""
    for _ in range(4):
        shop.execute("SELECT " + placing(1, {1: 1}))
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 second'")
    # All are of one product: its row is what the second waits for, with orders of its own in hand.
    first, second = open_session(), open_session()
    assert first.execute("SELECT expire_unpaid_orders(3)") == [(3,)]
    second.start("SELECT expire_unpaid_orders(3)")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == [(1,)]
    second.commit()
    assert stock_of(shop) == (10, 0)


@pytest.mark.parametrize(
    ("table", "first", "others"), [("coupons", "coupon_code = 'C1'", 5), ("inventory", "product_id = 1", 2)]
)
def test_who_waits_for_the_first_holds_none_after_it(shop, open_session, table, first, others):
    """Coupons are taken by their codes and stock by its products, though the first of each stands behind all others: so
    two that expire at once, or one and who places, never wait for each other.
    """
    for number in range(6, 0, -1):
        shop.execute(f"INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('C{number}', 'fixed', 1, 9)")
        shop.execute("SELECT " + placing(number % 2 + 1, {number % 3 + 1: 1}, f", NULL, 'c{number}'"))
    shop.execute("UPDATE inventory SET lead_time_days = 1 WHERE product_id = 1")
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '1 second'")
    keeper, expiring, looking = open_session(), open_session(), open_session()
    keeper.execute(f"SELECT FROM {table} WHERE {first} FOR UPDATE")
    expiring.start("SELECT expire_unpaid_orders()")
    expiring.wait_until_blocked_by(keeper)
    assert len(looking.execute(f"SELECT 1 FROM {table} FOR UPDATE SKIP LOCKED")) == others
    looking.rollback()
    keeper.commit()
    assert expiring.result() == [(6,)]
    expiring.commit()


def test_those_that_cannot_expire_take_no_other_s_place_or_time(shop):
    """Two are asked for in 80 ms; two that are older fail, each after 100."""
    orders = [shop.execute("SELECT " + placing(1, {product: 1})).fetchone()[0] for product in (1, 1, 2, 2)]
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '9 minutes' + order_id * INTERVAL '1 second'")
    with shop.transaction(force_rollback=True):
        shop.execute("""
            CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN
                PERFORM pg_sleep(0.1); RAISE 'no';
            END$$;
            CREATE TRIGGER refuse BEFORE UPDATE ON inventory FOR EACH ROW WHEN (OLD.product_id = 1) EXECUTE FUNCTION refuse();
        """)
        assert shop.execute("SELECT expired FROM _expire_orders(2, INTERVAL '80 milliseconds')").fetchone() == (2,)
        assert [status_of(shop, order) for order in orders] == ["pending", "pending", "cancelled", "cancelled"]


def test_one_of_what_somebody_keeps_takes_no_other_s_place(shop, open_session):
    """It is the older, and its product is not waited for long."""
    held, other = (shop.execute("SELECT " + placing(1, {product: 1})).fetchone()[0] for product in (1, 2))
    shop.execute("UPDATE orders SET expires_at = now() - INTERVAL '9 minutes' + order_id * INTERVAL '1 second'")
    counter, expiring = open_session(), open_session()
    counter.execute("SELECT count_stock(1, 9)")
    expiring.execute("SET LOCAL lock_timeout = '10ms'")
    assert expiring.execute("SELECT expired FROM _expire_orders(1, INTERVAL '9 seconds')") == [(1,)]
    expiring.commit()
    counter.commit()
    assert (status_of(shop, held), status_of(shop, other)) == ("pending", "cancelled")
