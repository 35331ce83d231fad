"""Seals: tampering shows, every audit row is sealed once, and nobody waits for it."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import psycopg
import pytest

# What somebody may do to the trail who can switch the triggers off, and which batch and table then
# no longer fit. Sealed are three batches: the seed, one order, one more change of each table.
TAMPERINGS = {
    "an action": ("UPDATE order_audit SET action = 'refund' WHERE id = 1", 1, "order_audit"),
    "an order": ("UPDATE order_audit SET order_id = 2 WHERE id = 1", 1, "order_audit"),
    "an amount": (
        "UPDATE order_audit SET details = details || '{\"total\": 1.00}' WHERE id = 1", 1, "order_audit"
    ),
    "the digits of an amount": (
        "UPDATE order_audit SET details = '{\"total\": 171.600}' WHERE id = 1", 1, "order_audit"
    ),
    "who sold": ("UPDATE order_audit SET performed_by = 'test_staff' WHERE id = 1", 1, "order_audit"),
    "when, by a microsecond": (
        "UPDATE order_audit SET performed_at = performed_at + INTERVAL '1 us' WHERE id = 1",
        1, "order_audit",
    ),
    "the transaction of a sale": ("UPDATE order_audit SET transaction_id = '3' WHERE id = 1", 1, "order_audit"),
    "the number of a row": (
        """WITH renumbered AS (DELETE FROM order_audit WHERE id = 1 RETURNING *)
        INSERT INTO order_audit OVERRIDING SYSTEM VALUE
        SELECT 100000, order_id, action, details, performed_by, performed_at, transaction_id
        FROM renumbered""", 1, "order_audit",
    ),
    "a deleted row": ("DELETE FROM order_audit WHERE id = 5", 1, "order_audit"),
    "two rows swapped": (
        """UPDATE order_audit AS a SET order_id = b.order_id, details = b.details FROM order_audit AS b
        WHERE (a.id, b.id) IN ((1, 2), (2, 1))""", 1, "order_audit",
    ),
    "a row slipped in": (
        """INSERT INTO order_audit (order_id, action, transaction_id)
        SELECT 1, 'paid', transaction_id FROM order_audit WHERE id = 1""", 3, "order_audit",
    ),
    "a row slipped into the log": (
        """INSERT INTO audit_log (table_name, operation, transaction_id)
        SELECT 'x', 'TRUNCATE', transaction_id FROM audit_log WHERE id = 1""", 3, "audit_log",
    ),
    "a copy of a row in another month": (
        """INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT id, table_name, operation, row_key,
        old_row, new_row, changed_by, changed_at - INTERVAL '1 year', transaction_id
        FROM audit_log WHERE id = 1""", 1, "audit_log",
    ),
    "which table": ("UPDATE audit_log SET table_name = 'orders' WHERE id = 1", 1, "audit_log"),
    "what was done": ("UPDATE audit_log SET operation = 'DELETE', old_row = new_row, new_row = NULL "
                      "WHERE id = 2", 1, "audit_log"),
    "which row": ("UPDATE audit_log SET row_key = '{\"customer_id\": 2}' WHERE id = 1", 1, "audit_log"),
    "what was there before": ("UPDATE audit_log SET old_row = '{}' WHERE id = 1", 1, "audit_log"),
    "what was there after": ("UPDATE audit_log SET new_row = '{}' WHERE id = 1", 1, "audit_log"),
    "who changed": ("UPDATE audit_log SET changed_by = 'x' WHERE id = 1", 1, "audit_log"),
    "a change moved to another month": (
        "UPDATE audit_log SET changed_at = '2020-01-01' WHERE id = 1", 1, "audit_log"
    ),
    "a field shifted into the next": (
        "UPDATE audit_log SET table_name = table_name || E'\\n' || operation WHERE id = 1", 1, "audit_log"
    ),
    "the transaction of a change": ("UPDATE audit_log SET transaction_id = '3' WHERE id = 1", 1, "audit_log"),
    "a change that never was": ("DELETE FROM audit_log WHERE id = 3", 1, "audit_log"),
    "a whole batch": ("DELETE FROM order_audit WHERE order_id = 46", 2, "order_audit"),
    "all of the log": ("DELETE FROM audit_log", 1, "audit_log"),
    "the first seal deleted": ("DELETE FROM audit_seals WHERE batch = 1", 2, "audit_seals"),
    "a seal deleted": ("DELETE FROM audit_seals WHERE batch = 2", 3, "audit_seals"),
    "a seal deleted, the next renumbered": (
        "DELETE FROM audit_seals WHERE batch = 2; UPDATE audit_seals SET batch = 2 WHERE batch = 3",
        2, "audit_seals",
    ),
    "a seal's head": ("UPDATE audit_seals SET head = sha256('x') WHERE batch = 2", 2, "audit_seals"),
    "a seal's digest": (
        "UPDATE audit_seals SET order_audit_digest = sha256('x') WHERE batch = 2", 2, "audit_seals"
    ),
    "a row and the digest over it": (
        """UPDATE order_audit SET performed_by = 'x' WHERE order_id = 46;
        UPDATE audit_seals SET order_audit_digest = order_audit_digest(order_audit_ids)""",
        2, "audit_seals",
    ),
    "a row and the seal over it": (
        """UPDATE order_audit SET performed_by = 'x' WHERE order_id = 46;
        UPDATE audit_seals SET order_audit_digest = order_audit_digest(order_audit_ids);
        UPDATE audit_seals AS s SET head = audit_seal_head(
            (SELECT p.head FROM audit_seals AS p WHERE p.batch = s.batch - 1), s
        ) WHERE s.batch = 2""",
        3, "audit_seals",
    ),
    "rows a seal holds": ("UPDATE audit_seals SET audit_log_ids = '{}', audit_log_since = NULL "
                          "WHERE batch = 3", 3, "audit_seals"),
    "since when": ("UPDATE audit_seals SET audit_log_since = '2000-01-01' WHERE batch = 1", 1, "audit_seals"),
    "when a seal was made": ("UPDATE audit_seals SET sealed_at = '2020-01-01' WHERE batch = 1", 1, "audit_seals"),
    "what a seal could see": ("UPDATE audit_seals SET snapshot = '3:3:' WHERE batch = 3", 3, "audit_seals"),
    "who sealed": ("UPDATE audit_seals SET transaction_id = '3' WHERE batch = 3", 3, "audit_seals"),
    "where a seal was made": ("UPDATE audit_seals SET system_identifier = 1 WHERE batch = 3", 3, "audit_seals"),
}  # fmt: skip
VERIFY = "SELECT batch, table_name FROM verify_audit()"


@pytest.fixture
def sealed_store(seeded_store):
    """The seeded store with three seals."""
    heads = [seal(seeded_store)]
    seeded_store.execute("""SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')""")
    heads.append(seal(seeded_store))
    seeded_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id < 4")
    seeded_store.execute("SELECT cancel_order(46, 'changed my mind')")
    heads.append(seal(seeded_store))
    assert heads == heads_of(seeded_store)
    return seeded_store


def test_an_untouched_trail_verifies(sealed_store):
    """Also against each head ever kept, in capitals too, and while rows wait to be sealed."""
    heads = heads_of(sealed_store)
    for head in [None, *heads, heads[0].upper()]:
        assert sealed_store.execute("SELECT * FROM verify_audit(%s)", [head]).fetchall() == []
    sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip")
    assert sealed_store.execute(VERIFY).fetchall() == []
    assert seal(sealed_store) not in heads
    assert seal(sealed_store) == seal(sealed_store), "there was nothing to seal"
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_every_kind_of_tampering_is_found(sealed_store, superuser):
    """With triggers and keys switched off: found in the batch and table where it was done."""
    wrong = {}
    for kind, (tampering, batch, table) in TAMPERINGS.items():
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(tampering)
            found = superuser.execute(VERIFY).fetchall()
        if found != [(batch, table)]:
            wrong[kind] = found
    assert wrong == {}
    assert len(TAMPERINGS) >= 20
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_a_tail_cut_off_is_found_by_the_head_that_was_kept(sealed_store, superuser):
    """The shorter chain is sound in itself; only what was kept elsewhere betrays it."""
    heads = heads_of(sealed_store)
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("DELETE FROM audit_seals WHERE batch = 3")
        superuser.execute("DELETE FROM audit_log WHERE id > (SELECT max(id) - 3 FROM audit_log)")
        superuser.execute("DELETE FROM order_audit WHERE action = 'cancelled' AND order_id = 46")
        assert superuser.execute(VERIFY).fetchall() == []
        told = superuser.execute("SELECT * FROM verify_audit(%s)", [heads[2]]).fetchall()
        assert told == [(3, "audit_seals", heads[2], heads[1])]


def test_a_chain_written_anew_is_found_by_the_head_that_was_kept(sealed_store, superuser):
    """Whoever owns everything can make a chain that is sound, and not one with the same heads."""
    heads = heads_of(sealed_store)
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("UPDATE order_audit SET performed_by = 'x' WHERE id = 1")
        superuser.execute("DELETE FROM audit_seals")
        superuser.execute("SELECT seal_audit()")
        assert superuser.execute(VERIFY).fetchall() == []
        for head in heads:
            told = superuser.execute("SELECT table_name FROM verify_audit(%s)", [head]).fetchall()
            assert told == [("audit_seals",)]


def test_no_setting_of_the_session_changes_a_hash(sealed_store):
    """Whoever verifies lives in another zone and writes dates another way."""
    for setting in ["timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "extra_float_digits = 0",
                    "bytea_output = 'escape'", "intervalstyle = 'iso_8601'", "jit = on"]:  # fmt: skip
        sealed_store.execute(f"SET {setting}")
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_a_seal_waits_for_no_writer_and_no_writer_for_a_seal(sealed_store, open_session):
    """Both orders; what was not committed at the time comes into a later batch."""
    writer, sealer = open_session(), open_session()
    change = "UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = %s"
    writer.execute(change, [1])
    sealer.execute("SELECT seal_audit()")
    writer.execute(change, [2])
    writer.execute("""SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]')""")
    writer.commit()
    sealer.commit()
    assert unsealed(sealed_store) == 3
    seal(sealed_store)
    assert unsealed(sealed_store) == 0
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_two_seals_take_turns(sealed_store, open_session):
    """The second goes on from the first's head."""
    first, second = open_session(), open_session()
    sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip")
    first.execute("SELECT seal_audit()")
    second.start("SELECT seal_audit()")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "00000"
    second.commit()
    assert sealed_store.execute("SELECT max(batch) FROM audit_seals").fetchone() == (4,)
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_what_a_transaction_changes_after_its_own_seal_is_sealed_by_the_next(sealed_store):
    """run_maintenance() seals first and expires orders then, in one transaction."""
    with sealed_store.transaction():
        sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 1")
        seal(sealed_store)
        sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 2")
        seal(sealed_store)
        sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 3")
    assert sealed_store.execute(VERIFY).fetchall() == []
    seal(sealed_store)
    assert unsealed(sealed_store) == 0
    assert sealed_store.execute(VERIFY).fetchall() == []


@pytest.mark.long
def test_every_row_is_sealed_once_however_late_it_commits(sealed_store, dsn, repetitions):
    """Writers that keep their transactions open across seals, roll back and use savepoints."""
    over = Event()

    def write(seed):
        random = Random(seed)
        with psycopg.connect(dsn) as writer:
            while not over.is_set():
                for _ in range(random.randint(1, 4)):
                    with writer.transaction(force_rollback=random.random() < 0.2):
                        writer.execute(
                            "UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = %s", [seed]
                        )
                if random.random() < 0.3:
                    over.wait(random.random() / 20)  # late, and not for a lock
                writer.rollback() if random.random() < 0.2 else writer.commit()

    with ThreadPoolExecutor(3) as threads:
        writers = [threads.submit(write, seed) for seed in (1, 2, 3)]
        try:
            for _ in range(repetitions(2_000)):
                seal(sealed_store)
        finally:
            over.set()
    for writer in writers:
        writer.result()
    seal(sealed_store)
    assert unsealed(sealed_store) == 0
    twice = """
        SELECT audit_log.id FROM audit_log INNER JOIN audit_seals ON audit_log_ids @> audit_log.id
        GROUP BY audit_log.id HAVING count(*) > 1
    """
    assert sealed_store.execute(twice).fetchall() == []
    assert sealed_store.execute("SELECT count(*) FROM audit_seals").fetchone()[0] > 10
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_a_month_that_retention_took_is_excused_and_no_other(sealed_store, superuser):
    """The oldest month may go; a later one, or rows of one that is there, may not."""
    months = ["2030-01", "2030-02", "2030-03"]
    for month in months:
        sealed_store.execute("SELECT add_audit_log_partition(%s::DATE)", [f"{month}-01"])
        sealed_store.execute(
            "INSERT INTO audit_log (table_name, operation, changed_at) VALUES ('x', 'TRUNCATE', %s)",
            [f"{month}-15"],
        )
        seal(sealed_store)
    partitions = [
        name for (name,) in sealed_store.execute("""
            SELECT inhrelid::REGCLASS::TEXT FROM pg_inherits
            WHERE inhparent = 'audit_log'::REGCLASS ORDER BY 1
        """)
    ]  # fmt: skip
    with sealed_store.transaction(force_rollback=True):
        sealed_store.execute("ALTER TABLE audit_log DETACH PARTITION audit_log_2030_02")
        assert sealed_store.execute(VERIFY).fetchall() == [(5, "audit_log")]
    oldest = [name for name in partitions if name < "audit_log_2030_02"]
    for name in oldest:
        sealed_store.execute(f"ALTER TABLE audit_log DETACH PARTITION {name}")
        sealed_store.execute(f"DROP TABLE {name}")
    assert sealed_store.execute(VERIFY).fetchall() == []
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("DELETE FROM audit_log WHERE changed_at > '2030-03-01'")
        assert superuser.execute(VERIFY).fetchall() == [(6, "audit_log")]


def seal(session):
    """Seal, and return the head."""
    return session.execute("SELECT seal_audit()").fetchone()[0]


def heads_of(session):
    """The heads of the chain, as somebody may have kept them."""
    query = "SELECT encode(head, 'hex') FROM audit_seals ORDER BY batch"
    return [head for (head,) in session.execute(query)]


def unsealed(session):
    """How many audit rows are in no seal."""
    query = """
        SELECT
            (SELECT count(*) FROM audit_log
                WHERE NOT id <@ (SELECT range_agg(audit_log_ids) FROM audit_seals))
            + (SELECT count(*) FROM order_audit
                WHERE NOT id <@ (SELECT range_agg(order_audit_ids) FROM audit_seals))
    """
    return session.execute(query).fetchone()[0]
