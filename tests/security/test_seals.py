"""Seals: tampering shows, every audit row is sealed once, and nobody waits for it."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import psycopg
import pytest

from tests.documentation.manual_pages import ROOT
from tests.security.trail import (
    TAMPERINGS,
    VERIFY,
    heads_of,
    not_found,
    seal,
    seal_three_times,
    unsealed,
)


@pytest.fixture
def sealed_store(seeded_store):
    """The seeded store with three seals."""
    seal_three_times(seeded_store)
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


def test_a_trail_never_sealed_vouches_for_nothing(seeded_store):
    """It has nothing to be held to, but that a head somebody kept is not its own."""
    assert seeded_store.execute("SELECT * FROM verify_audit()").fetchall() == []
    told = seeded_store.execute("SELECT * FROM verify_audit('00')").fetchall()
    assert told == [(1, "audit_seals", "00", None)]


def test_every_kind_of_tampering_is_found(sealed_store, superuser):
    """With triggers and keys switched off: found in the batch and table where it was done."""
    assert f"[{len(TAMPERINGS)} kinds of it]" in (ROOT / "docs" / "promises.md").read_text()
    assert not_found(superuser) == {}
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


def test_nobody_can_keep_the_store_from_sealing(sealed_store, superuser):
    """Neither takes a lock that just anybody could hold: advisory ones are everybody's."""
    query = "SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = 'advisory'"
    with sealed_store.transaction():
        sealed_store.execute("SELECT run_maintenance(), seal_audit(), refresh_reports()")
        assert superuser.execute(query, [sealed_store.info.backend_pid]).fetchone() == (0,)


def test_what_a_transaction_changes_after_its_own_seal_is_sealed_by_the_next(sealed_store, superuser):
    """run_maintenance() seals first and expires orders then, in one transaction, while others commit."""
    with sealed_store.transaction():
        sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 1")
        superuser.execute("SELECT pg_current_xact_id()")
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
                        writer.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = %s", [seed])
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
    partitions = partitions_of(sealed_store)
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


def test_what_retention_left_of_a_batch_is_still_verified(sealed_store, superuser):
    """A batch may span a month's end: the month that is gone excuses nothing of the one that stays."""
    for month in ["2030-01", "2030-02"]:
        sealed_store.execute("SELECT add_audit_log_partition(%s::DATE)", [f"{month}-01"])
    sealed_store.execute("""
        INSERT INTO audit_log (table_name, operation, changed_at)
        VALUES ('x', 'TRUNCATE', '2030-01-31 23:59Z'), ('x', 'TRUNCATE', '2030-02-01 00:01Z')
    """)
    seal(sealed_store)
    for name in partitions_of(sealed_store):
        if name < "audit_log_2030_02":
            sealed_store.execute(f"DROP TABLE {name}")
    assert sealed_store.execute(VERIFY).fetchall() == []
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("UPDATE audit_log SET table_name = 'y'")
        assert superuser.execute(VERIFY).fetchall() == [(4, "audit_log")]


@pytest.mark.parametrize("bounds", ["FROM (now()) TO (%s)", "FROM (%s) TO (%s)", None])
def test_a_month_dropped_and_made_again_hides_nothing(sealed_store, bounds):
    """From now on, as a whole, or not at all but in the default partition: its rows are missed."""
    month, start, end = sealed_store.execute("""
        SELECT
            to_char(now() AT TIME ZONE 'UTC', '"audit_log_"YYYY_MM'),
            quote_literal(date_trunc('month', now(), 'UTC')),
            quote_literal(date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month')
    """).fetchone()
    sealed_store.execute(f"DROP TABLE {month}")
    if bounds:
        wanted = bounds.replace("%s", start, bounds.count("%s") - 1).replace(
            "%s", f"{end}::TIMESTAMP AT TIME ZONE 'UTC'"
        )
        sealed_store.execute(f"CREATE TABLE {month} PARTITION OF audit_log FOR VALUES {wanted}")
    sealed_store.execute("UPDATE customers SET is_vip = NOT is_vip")
    assert sealed_store.execute(VERIFY).fetchall() == [(1, "audit_log")]
    seal(sealed_store)
    assert sealed_store.execute(VERIFY).fetchall() == [(1, "audit_log")]


def test_what_erasing_empties_breaks_no_seal(sealed_store):
    """Reasons are no part of what is sealed, and nothing else is left out."""
    for ledger in ("payments", "credits"):
        sealed_store.execute(f"UPDATE {ledger} SET reason = NULL")
    assert sealed_store.execute("SELECT count(*) FROM credits WHERE reason IS NOT NULL").fetchone() == (0,)
    assert sealed_store.execute(VERIFY).fetchall() == []


def test_the_words_of_a_tampered_row_are_no_error(sealed_store, superuser):
    """Whatever stands where a number should: told, not raised."""
    for details in ['{"payment_id": "x"}', '{"payment_id": 1e99}', '{"credit_no": [1]}', '{"credit_no": -1}']:
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute("UPDATE order_audit SET details = %s WHERE id = 1", [details])
            assert superuser.execute(VERIFY).fetchall() == [(1, "order_audit")]


def test_what_is_excused_is_the_same_in_every_time_zone_and_style(sealed_store):
    """A partition's bounds are text, and to some servers IST is Israel's time and not India's."""
    for month in ["2030-01", "2030-02"]:
        sealed_store.execute("SELECT add_audit_log_partition(%s::DATE)", [f"{month}-01"])
    sealed_store.execute("""
        INSERT INTO audit_log (table_name, operation, changed_at)
        VALUES ('x', 'TRUNCATE', '2030-01-15 00:00Z'), ('x', 'TRUNCATE', '2030-02-01 01:00Z')
    """)
    seal(sealed_store)
    for name in partitions_of(sealed_store):
        if name < "audit_log_2030_02":
            sealed_store.execute(f"DROP TABLE {name}")
    sealed_store.execute("SET timezone = 'Asia/Kolkata'")
    for style in ("ISO", "SQL", "Postgres", "German"):
        sealed_store.execute(f"SET datestyle = '{style}'")
        assert sealed_store.execute(VERIFY).fetchall() == [], style


def partitions_of(owner):
    """The months of the log, and what has none."""
    query = """
        SELECT inhrelid::REGCLASS::TEXT FROM pg_inherits
        WHERE inhparent = 'audit_log'::REGCLASS ORDER BY 1
    """
    return [name for (name,) in owner.execute(query)]
