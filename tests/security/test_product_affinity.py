"""product_affinity is exact as of the last refresh, which counts the orders that changed and no others."""

import pytest

from tests.security.pair_traffic import PairTraffic

NAIVE = {
    "_orders_since_pairs_were_counted()": [
        # What commits late is lost.
        ("_is_unseen(order_audit.transaction_id, v_watermark.snapshot)",
         "order_audit.transaction_id >= pg_snapshot_xmax(v_watermark.snapshot)"),
        # What was cancelled stays.
        ("('placed', 'cancelled', 'expired')", "('placed')"),
    ],
    "refresh_product_affinity()": [
        # A product on two lines makes two pairs.
        ("SELECT DISTINCT changed_orders", "SELECT changed_orders"),
        # A pair that is not kept was in no order before.
        ("_orders_with_both(changes.product_a_id, changes.product_b_id) - changes.change", "0"),
        # What was cancelled since it was added stays added.
        ("SELECT order_id, change FROM _orders_since_pairs_were_counted()",
         "SELECT order_id, change FROM _orders_since_pairs_were_counted() WHERE change <> 0"),
        # A lower minimum finds what was not kept.
        ("v_watermark.kept_from > (v_minimum + 1) / 2", "FALSE"),
    ],
}  # fmt: skip


@pytest.mark.long
def test_product_affinity_equals_the_orders_it_was_refreshed_at(store, dsn, repetitions):
    """Orders placed, loaded, cancelled and expired, rolled back and committed late, and refreshes meanwhile."""
    traffic = PairTraffic(dsn, repetitions(5_000))
    traffic.run()
    assert traffic.differences == []
    assert traffic.comparisons >= repetitions(5_000)
    happened = {"place", "load", "pay", "ship", "cancel", "cancel units", "expire", "new settings"}
    happened |= {"commit", "commit late", "roll back", "alone", "among changes", "rolled back"}
    happened |= {"added", "counted anew", "counted one by one", "gave way to a refresh"}
    assert happened <= traffic.done.keys()


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
