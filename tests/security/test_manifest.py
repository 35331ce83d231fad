"""A manifest tells of a restored store which moment it is of, and that nothing is missing."""

import json

import psycopg
import pytest

from benchmarks.any_size.counting import Memory
from tests.database import Database
from tests.security.test_restore import other_cluster, restore  # noqa: F401, the first is a fixture
from tests.security.trail import seal_three_times

PLACE = """SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]')"""
# What is gone or changed behind the triggers' back, and the parts that say so.
DAMAGES = {
    "an order's line": ("DELETE FROM order_items WHERE (order_id, line_no) = (1, 1)", {"order_items": "missing"}),
    "a payment": ("DELETE FROM payments WHERE payment_id = 1", {"payments": "missing", "seals": "damaged"}),
    "an amount": (
        "UPDATE payments SET amount = amount + 1 WHERE payment_id = 1", {"payments": "changed", "seals": "damaged"}
    ),
    "a parcel": (
        "DELETE FROM shipment_items WHERE shipment_id = 1; DELETE FROM shipments WHERE shipment_id = 1",
        {"shipments": "missing", "shipment_items": "missing"},
    ),
    "a return": ("UPDATE returns SET quantity = quantity + 1 WHERE return_id = 1", {"returns": "changed"}),
    "a credit": ("DELETE FROM credits WHERE credit_id = 1", {"credits": "missing", "seals": "damaged"}),
    "a receipt": (
        "DELETE FROM stock_adjustments WHERE stock_adjustment_id = 3", {"stock_adjustments": "missing"}
    ),
    "a receipt's units": (
        "UPDATE stock_adjustments SET quantity = quantity + 1 WHERE stock_adjustment_id = 3",
        {"stock_adjustments": "changed"},
    ),
    "an event": ("DELETE FROM order_audit WHERE id = 3", {"order_audit": "missing", "seals": "damaged"}),
    "an event's place": ("DELETE FROM order_event_positions WHERE position = 3", {"feed": "missing"}),
    "the last seal": ("DELETE FROM audit_seals WHERE batch = (SELECT max(batch) FROM audit_seals)", None),
    "a payment nobody made": (
        """INSERT INTO payments (order_id, kind, amount, provider, provider_reference)
        VALUES (1, 'charge', 1, 'bank', 'x')""",
        {"payments": "later", "seals": "damaged"},
    ),
}  # fmt: skip


@pytest.fixture
def noted_store(seeded_store):
    """The seeded store, sealed, its feed read to the end, and a manifest of it."""
    seal_three_times(seeded_store)
    read_feed(seeded_store)
    return seeded_store, manifest_of(seeded_store)


def manifest_of(owner):
    return json.dumps(owner.execute("SELECT store_manifest()").fetchone()[0])


def read_feed(owner):
    owner.execute("SELECT count(*) FROM read_order_events('warehouse', 1000)")


def verdicts(session, manifest):
    """What is said of each part that is not as it was."""
    rows = session.execute("SELECT part, verdict FROM verify_manifest(%s)", [manifest]).fetchall()
    assert len(rows) == 13 and rows[0][0] == "store"
    return {part: verdict for part, verdict in rows if verdict != "same"}


def test_a_manifest_counts_what_there_is(noted_store):
    """Each figure as a plain query gives it."""
    owner, manifest = noted_store
    told = json.loads(manifest)
    [position] = owner.execute("SELECT count(*) FROM order_audit").fetchone()
    [head] = owner.execute("SELECT encode(head, 'hex') FROM audit_seals ORDER BY batch DESC LIMIT 1").fetchone()
    assert (told["feed_position"], told["seal_head"]) == (position, head)
    sums = {"payments": "sum(amount)", "orders": "sum(total)", "stock_adjustments": "sum(quantity)",
            "credits": "sum(amount)", "order_items": "sum(line_total + tax)", "returns": "sum(quantity)",
            "shipments": "sum(delivery_net + delivery_tax)", "shipment_items": "sum(net + tax)",
            "documents": "sum(number)", "order_audit": "sum(order_id)"}  # fmt: skip
    assert told["ledgers"].keys() == sums.keys()
    for ledger, total in sums.items():
        rows, amount = owner.execute(f"SELECT count(*), coalesce({total}, 0) FROM {ledger}").fetchone()
        assert (told["ledgers"][ledger]["rows"], told["ledgers"][ledger]["sum"]) == (rows, pytest.approx(float(amount)))
        # In PostgreSQL's own words.
        ids = told["ledgers"][ledger]["ids"]
        assert owner.execute("SELECT %s::INT8MULTIRANGE::TEXT", [ids]).fetchone() == (ids,)
    assert verdicts(owner, manifest) == {}


def test_what_came_after_is_told_as_after(noted_store):
    """An order, its line, two events of it and a payment; and units that were received."""
    owner, manifest = noted_store
    [order] = owner.execute(PLACE).fetchone()
    owner.execute("SELECT record_payment(%s, 'bank', 'r', 1)", [order])
    owner.execute("SELECT receive_stock(5, 3, 'note')")
    later = {"orders": 1, "order_items": 1, "payments": 1, "order_audit": 2, "stock_adjustments": 1}
    rows = owner.execute("SELECT part, verdict, rows_after FROM verify_manifest(%s)", [manifest]).fetchall()
    assert {part: after for part, verdict, after in rows[1:] if verdict == "later"} == later
    assert rows[0] == ("store", "later", 6)


def test_a_manifest_numbers_no_event(seeded_store):
    """That is for who reads the feed; what was handed out is noted, and what is read later is later."""
    positions = "SELECT count(*) FROM order_event_positions"
    seeded_store.execute("SELECT count(*) FROM read_order_events('warehouse', 10)")
    [(handed_out,)] = seeded_store.execute(positions).fetchall()
    manifest = manifest_of(seeded_store)
    assert json.loads(manifest)["feed_position"] == handed_out > 0
    assert seeded_store.execute(positions).fetchall() == [(handed_out,)]
    assert verdicts(seeded_store, manifest) == {}
    read_feed(seeded_store)
    assert verdicts(seeded_store, manifest) == {"store": "later", "feed": "later"}


def test_many_gaps_take_little_memory(seeded_store, superuser):
    """Thirty thousand, of which PostgreSQL would hold 90 MB to write them (Linux tells; elsewhere it is 0)."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("""
        INSERT INTO stock_adjustments (stock_adjustment_id, product_id, quantity, reason)
        OVERRIDING SYSTEM VALUE SELECT 1000 + 2 * n, 5, 1, 'receipt' FROM generate_series(1, 30000) AS n
    """)
    with Memory(seeded_store.info.backend_pid) as memory:
        manifest = manifest_of(seeded_store)
    assert memory.grown < 40 * 2**20
    assert verdicts(seeded_store, manifest) == {}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(noted_store, superuser, damage):
    """In the part it was done to."""
    owner, manifest = noted_store
    statements, expected = DAMAGES[damage]
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        for statement in statements.split(";"):
            assert superuser.execute(statement).rowcount > 0
        told = verdicts(superuser, manifest)
    if expected is None:  # no later state of a store has fewer seals: it may be an earlier one
        assert told == {"store": "earlier", "seals": "earlier"}
    else:
        assert told == expected | {"store": "damaged"}
    assert verdicts(owner, manifest) == {}


def test_an_order_that_commits_late_is_after(noted_store, open_session):
    """Though its number is below the highest the manifest tells of."""
    owner, _ = noted_store
    slow, quick = open_session(), open_session()
    [(late,)] = slow.execute("""SELECT place_order(1, '[{"product_id": 4, "quantity": 1}]')""")
    [(early,)] = quick.execute(PLACE)
    assert early > late
    quick.commit()
    manifest = manifest_of(owner)
    slow.commit()
    told = verdicts(owner, manifest)
    assert told == dict.fromkeys(["store", "orders", "order_items", "order_audit"], "later")


def test_restored_elsewhere(noted_store, database, other_cluster):  # noqa: F811
    """From a dump made after the manifest all is there and what came since; from one made before, not all."""
    owner, manifest = noted_store
    owner.execute(PLACE)
    copy = restored(database, other_cluster)
    owner.execute(PLACE)
    read_feed(owner)
    newer = manifest_of(owner)
    with copy.connect() as session:
        told = session.execute("SELECT * FROM verify_manifest(%s)", [manifest]).fetchall()
        assert {part for part, verdict, *_ in told if verdict == "later"} == {
            "store", "orders", "order_items", "order_audit"
        }  # fmt: skip
        assert {verdict for _, verdict, *_ in told} == {"same", "later"}
        told = session.execute("SELECT * FROM verify_manifest(%s)", [newer]).fetchall()
        assert {part for part, verdict, *_ in told if verdict == "earlier"} == {
            "store", "feed", "seals", "orders", "order_items", "order_audit"
        }  # fmt: skip
        assert {verdict for _, verdict, *_ in told} == {"same", "earlier"}
        # Which moment it is of: its own last event, not the manifest's.
        last = (
            "SELECT to_char(max(performed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM order_audit"
        )
        assert told[0][2:4] == (owner.execute(last).fetchone()[0], session.execute(last).fetchone()[0])
        assert told[0][2] > told[0][3]
        read_feed(session)  # makes it no other store
        assert verdicts(session, newer)["store"] == "earlier"
        # Whoever goes on to sell there has another history.
        session.execute(PLACE)
        session.execute("SELECT run_maintenance()")
        session.execute("SELECT receive_stock(5, 3, 'note')")
        assert verdicts(session, newer)["store"] == "damaged"


def restored(source, cluster):
    """A dump of the store, restored there."""
    with Database(cluster, "postgres").connect(None, search_path="pg_catalog") as superuser:
        superuser.execute("CREATE DATABASE restored")
    copy = Database(cluster, "restored")
    restore(source.dsn(None, search_path="pg_catalog"), copy.dsn(None, search_path="pg_catalog"))
    return copy


@pytest.mark.parametrize(
    "manifest", [None, "{}", "[]", '{"ledgers": 1, "feed_position": 1, "seal_batch": 1}', "null",
                 '{"ledgers": {"orders": {"ids": "x"}}, "feed_position": 1, "seal_batch": 1}'],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(seeded_store, manifest):
    """Also one of which a part is missing."""
    with pytest.raises(psycopg.Error) as refused:
        seeded_store.execute("SELECT * FROM verify_manifest(%s)", [manifest])
    assert refused.value.sqlstate == "ST003"


def test_a_part_left_out_is_no_manifest(noted_store):
    """Nor one whose ledger tells no sum."""
    owner, manifest = noted_store
    for what in ["rows", "sum", "ids"]:
        told = json.loads(manifest)
        del told["ledgers"]["payments"][what]
        with pytest.raises(psycopg.Error) as refused:
            owner.execute("SELECT * FROM verify_manifest(%s)", [json.dumps(told)])
        assert refused.value.sqlstate == "ST003", what


def test_whoever_audits_compares(noted_store, login):
    """And may not make the manifest."""
    _, manifest = noted_store
    auditor = login("shop_auditor")
    assert verdicts(auditor, manifest) == {}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        auditor.execute("SELECT store_manifest()")
