"""product_affinity is exact as of the last refresh, which counts the orders that changed and no others."""

import json

import pytest

from tests.security.pair_traffic import COUNTED, DIFFERENCES, PairTraffic

NAIVE = {
    "_orders_since_pairs_were_counted()": [
        # What commits late is lost.
        ("_is_unseen(order_audit.transaction_id, v_watermark.snapshot)",
         "order_audit.transaction_id >= pg_snapshot_xmax(v_watermark.snapshot)"),
        # What was cancelled stays.
        ("('placed', 'cancelled', 'expired')", "('placed')"),
    ],
    "_product_pairs()": [
        # A product on two lines makes two pairs.
        ("SELECT DISTINCT changed.order_id", "SELECT changed.order_id"),
        # A lower minimum finds what was not kept.
        ("v_watermark.kept_from > v_minimum", "FALSE"),
    ],
    "refresh_product_affinity()": [
        # What the transaction itself had sold is counted, and then added.
        ("transaction_id = pg_current_xact_id_if_assigned()", "FALSE"),
    ],
}  # fmt: skip


@pytest.mark.long
def test_product_affinity_equals_the_orders_it_was_refreshed_at(store, dsn, repetitions):
    """Orders placed, loaded, cancelled and expired, rolled back and committed late, and refreshes meanwhile."""
    wanted = max(500, repetitions(2_000))
    traffic = PairTraffic(dsn, wanted)
    traffic.run()
    assert traffic.differences == []
    assert traffic.comparisons >= wanted
    happened = {"place", "load", "pay", "ship", "cancel", "cancel units", "expire"}
    happened |= {"commit", "commit late", "roll back", "alone", "among changes", "rolled back"}
    happened |= {"added", "counted anew", "gave way to a refresh"}
    assert happened <= traffic.done.keys()


@pytest.mark.any_server
@pytest.mark.parametrize(
    ("function", "exact", "naive"), [(name, *change) for name, changes in NAIVE.items() for change in changes]
)
def test_a_naive_version_fails_the_same_test(store, dsn, function, exact, naive):
    [(definition,)] = store.execute("SELECT pg_get_functiondef(%s::REGPROCEDURE)", [function]).fetchall()
    assert definition.count(exact) == 1
    store.execute(definition.replace(exact, naive))
    traffic = PairTraffic(dsn, 5_000)
    traffic.run()
    assert traffic.differences != []


PLACE = """SELECT place_order(1, '[{"product_id": 1, "quantity": 1}, {"product_id": 5, "quantity": 1}]')"""
REFRESH = "SELECT set_config('app.affinity_minimum', '2', FALSE), refresh_product_affinity()"


def test_a_pair_too_rare_to_be_kept_is_counted_when_it_comes_to_be_shown(seeded_store):
    """In one order of the history, and in three since: four, which is enough."""
    seeded_store.execute(REFRESH.replace("'2'", "'4'"))
    [pair] = seeded_store.execute("""
        SELECT a.product_id, b.product_id
        FROM order_items AS a
        JOIN order_items AS b ON a.order_id = b.order_id AND a.product_id < b.product_id
        JOIN orders ON a.order_id = orders.order_id AND status <> 'cancelled'
        JOIN products ON b.product_id = products.product_id AND is_active
        GROUP BY 1, 2 HAVING count(*) = 1 ORDER BY 1, 2 LIMIT 1
    """).fetchall()
    kept = "SELECT FROM product_pairs_rollup WHERE (product_a_id, product_b_id) = (%s, %s)"
    assert seeded_store.execute(kept, pair).fetchall() == []
    items = json.dumps([{"product_id": product, "quantity": 1} for product in pair])
    for customer in (1, 2, 3):
        seeded_store.execute("SELECT place_order(%s, %s)", [customer, items])
    seeded_store.execute("REFRESH MATERIALIZED VIEW product_affinity")
    shown = "SELECT orders_together FROM product_affinity WHERE (product_a_id, product_b_id) = (%s, %s)"
    assert seeded_store.execute(shown, pair).fetchall() == [(4,)]
    assert differences(seeded_store) == []


def test_two_refreshes_take_turns_and_writers_do_not_wait(seeded_store, open_session):
    """The second one sees what the first has counted, and adds to that what was sold meanwhile."""
    seeded_store.execute("SET app.affinity_minimum = 2")
    first, second = open_session(), open_session()
    first.execute(REFRESH)
    second.start(REFRESH)
    second.wait_until_blocked_by(first)
    seeded_store.execute(PLACE)
    first.commit()
    [(counted,)] = seeded_store.execute(COUNTED).fetchall()
    assert second.sqlstate() == "00000"
    second.commit()
    assert seeded_store.execute(COUNTED).fetchall() == [(counted,)]
    assert differences(seeded_store) == []


def test_a_transaction_that_has_sold_is_counted_and_counted_anew_by_the_next(seeded_store, open_session):
    """It could not tell afterwards what it had counted; what it sells after a refresh is added once."""
    seeded_store.execute("SET app.affinity_minimum = 2")
    session = open_session()
    session.execute(PLACE)
    session.execute(REFRESH)
    session.commit()
    assert differences(seeded_store) == []
    assert seeded_store.execute(COUNTED).fetchall() == [(None,)]
    session.execute(REFRESH)
    session.execute(PLACE)
    session.commit()
    [(counted,)] = seeded_store.execute(COUNTED).fetchall()
    seeded_store.execute(REFRESH)
    assert seeded_store.execute(COUNTED).fetchall() == [(counted,)] != [(None,)]
    assert differences(seeded_store) == []


def test_rows_of_another_cluster_are_never_counted_again(seeded_store, superuser):
    """As after a restore: their numbers are ahead, and this cluster's come by them later."""
    seeded_store.execute(REFRESH)
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("""
        UPDATE order_audit SET transaction_id = (pg_current_xact_id()::TEXT::BIGINT + 20 + id)::TEXT::XID8
    """)
    superuser.execute("UPDATE watermarks SET system_identifier = 1 WHERE name = 'product_affinity'")
    seeded_store.execute(REFRESH)
    [(counted,)] = seeded_store.execute(COUNTED).fetchall()
    seeded_store.execute(PLACE)
    for _ in range(400):
        seeded_store.execute("SELECT pg_current_xact_id()")
    seeded_store.execute(REFRESH)
    assert seeded_store.execute(COUNTED).fetchall() == [(counted,)]
    assert differences(seeded_store) == []


def test_a_refresh_reads_the_orders_that_changed(seeded_store):
    """All pairs are counted anew where the minimum has fallen, or one order in sixteen has changed."""
    for statement, is_counted_anew in [
        (REFRESH, True),
        (PLACE, False),
        (REFRESH.replace("'2'", "'3'"), False),
        (REFRESH.replace("'2'", "'1'"), False),  # as low as what is kept for 2
        ('SELECT place_order(2, \'[{"product_id": 1, "quantity": 1}]\')', False),
        ('SELECT place_order(3, \'[{"product_id": 1, "quantity": 1}]\')', True),
        (REFRESH.replace("'2'", "'5'"), False),
        ("UPDATE watermarks SET system_identifier = 0 WHERE name = 'product_affinity'", True),
        (REFRESH, True),
    ]:
        before = seeded_store.execute(COUNTED).fetchall()
        seeded_store.execute(statement)
        if "refresh" not in statement:
            seeded_store.execute("SELECT refresh_product_affinity()")
        assert (seeded_store.execute(COUNTED).fetchall() != before) is is_counted_anew, statement
        assert differences(seeded_store) == []


def differences(store):
    """Between what is shown and the orders of this moment."""
    return store.execute(DIFFERENCES).fetchall()
