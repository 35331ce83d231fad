"""After pg_dump and a restore into another cluster the store goes on: seals, feed, reports, tokens.

What is stored of transactions means nothing there: their numbers start anew.
"""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from embedded_server import EmbeddedServer
from tests.conftest import memory_file_system
from tests.database import LOGINS, OWNER, Database, Server
from tests.security.sales_traffic import DIFFERENCES
from tests.security.tokens import KEY_ID, SECRET, token
from tests.security.trail import VERIFY, heads_of, not_found, seal, seal_three_times, unsealed

CLUSTER = "SELECT system_identifier FROM pg_control_system()"
EVENTS = "SELECT * FROM read_order_events('feed', 1000)"
TWICE = """
    SELECT id FROM order_audit INNER JOIN audit_seals ON order_audit_ids @> id
    GROUP BY id HAVING count(*) > 1
    UNION ALL
    SELECT id FROM audit_log INNER JOIN audit_seals ON audit_log_ids @> id
    GROUP BY id HAVING count(*) > 1
"""
GROUPS = ["shop_customer", "shop_staff", "shop_analyst", "shop_auditor"]


@pytest.fixture(scope="module")
def other_cluster():
    """Another PostgreSQL server, with the roles and nothing else."""
    with TemporaryDirectory(prefix="store-tests-", dir=memory_file_system()) as directory:
        embedded = EmbeddedServer(Path(directory) / "data", {"fsync": "off"})
        embedded.start()
        try:
            server = Server(embedded.host, embedded.port)
            make_roles(server)
            yield server
        finally:
            embedded.stop()


@pytest.fixture
def dumped_store(seeded_store, database, other_cluster):
    """A store in the middle of its life, and ahead of the other cluster in transactions."""
    with Database(other_cluster, "postgres").connect(None, search_path="pg_catalog") as other:
        behind = number_of_transaction(other) - number_of_transaction(seeded_store)
    burn(seeded_store, max(behind, 0) + 3_000)
    seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    seeded_store.execute("SELECT refresh_reports()")
    seal_three_times(seeded_store)
    seeded_store.execute("SELECT read_order_events('feed', 50)")
    seeded_store.execute("SELECT acknowledge_order_events('feed', 50)")
    # Not sealed, not refreshed, not read yet.
    seeded_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 7")
    seeded_store.execute("""SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]')""")
    seeded_store.execute("UPDATE orders SET created_at = '2024-11-25 12:00Z' WHERE order_id = 1")
    return database


@pytest.fixture
def restored_store(dumped_store, other_cluster):
    """The same store, restored into the other cluster."""
    copy = Database(other_cluster, "restored")
    with Database(other_cluster, "postgres").connect(None, search_path="pg_catalog") as superuser:
        superuser.execute("CREATE DATABASE restored")
    restore(dumped_store.dsn(None, search_path="pg_catalog"), copy.dsn(None, search_path="pg_catalog"))
    yield copy
    with Database(other_cluster, "postgres").connect(None, search_path="pg_catalog") as superuser:
        superuser.execute("DROP DATABASE restored (FORCE)")


def test_the_trail_is_sealed_on_where_it_was(seeded_store, restored_store):
    """Nothing twice and nothing left out, before, while and after the numbers overtake the old ones."""
    heads = heads_of(seeded_store)
    assert seeded_store.execute(CLUSTER).fetchone() != read(restored_store, CLUSTER)[0]
    with restored_store.connect() as owner:
        assert heads_of(owner) == heads
        for head in heads:
            assert owner.execute("SELECT * FROM verify_audit(%s)", [head]).fetchall() == []
        assert unsealed(owner) > 0
        pace = fifth_of_lead(seeded_store, owner)
        for _ in range(6):
            owner.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id < 4")
            seal(owner)
            assert unsealed(owner) == 0
            assert owner.execute(VERIFY).fetchall() == []
            assert owner.execute(TWICE).fetchall() == []
            burn(owner, pace)
        assert number_of_transaction(owner) > number_of_transaction(seeded_store)
        assert owner.execute("SELECT * FROM verify_audit(%s)", [heads[0]]).fetchall() == []


def test_tampering_shows_there_as_well(restored_store):
    """Each kind, in the batches that were sealed in the first cluster."""
    with restored_store.connect() as owner, restored_store.connect(None) as superuser:
        last = read(restored_store, "SELECT count(*) FROM audit_seals")[0][0]
        assert last == 3
        missed = not_found(superuser)
        # What is known by its transaction alone is told only once this cluster has sealed.
        assert missed.keys() == {
            *("a row slipped in", "a row slipped into the log"),
            *("a row of the future", "a change of the future"),
        }
        seal(owner)
        assert owner.execute(VERIFY).fetchall() == []


def test_customers_keep_their_numbers(seeded_store, restored_store):
    """The key came with the dump."""
    numbers = "SELECT order_id, order_number(order_id) FROM orders ORDER BY order_id"
    assert read(restored_store, numbers) == seeded_store.execute(numbers).fetchall()


def test_append_only_tables_stay_so(restored_store):
    """Triggers came with the dump; of each partition too."""
    with restored_store.connect() as owner:
        for table in ["audit_log", "order_audit", "payments", "audit_seals", "audit_log_default"]:
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                owner.execute(f"TRUNCATE {table} CASCADE")


def test_daily_sales_and_the_books_are_right_at_once(restored_store):
    """No stored snapshot is trusted until the first refresh there, and no number ahead makes a day live."""
    with restored_store.connect() as owner:
        for _ in range(2):
            assert owner.execute(DIFFERENCES).fetchall() == []
            assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
            owner.execute("SELECT refresh_reports()")
            assert owner.execute("SELECT * FROM sales_days_since_refresh()").fetchall() == []
            owner.execute("UPDATE orders SET created_at = '2024-11-26 12:00Z' WHERE order_id = 2")


def test_the_feed_goes_on_where_it_was(seeded_store, restored_store):
    """What was acknowledged does not come again; what was not, and what is new there, does."""
    with restored_store.connect() as owner:
        left = [event for (_, *event) in seeded_store.execute(EVENTS)]
        assert [event for (_, *event) in owner.execute(EVENTS)] == left
        # Each new event once, also while the numbers overtake those of the restored ones.
        pace = fifth_of_lead(seeded_store, owner)
        for turn in range(1, 7):
            owner.execute("SELECT record_payment(1, 'bank', %s, 1)", [f"late {turn}"])
            told = owner.execute(EVENTS).fetchall()
            assert [position for position, *_ in told] == list(range(51, 51 + len(left) + turn))
            burn(owner, pace)
        assert number_of_transaction(owner) > number_of_transaction(seeded_store)


def test_tokens_and_policies_hold_there(restored_store):
    """The key came with the dump, and nobody sees more than before."""
    with restored_store.connect("shop_customer", **{"app.customer_id": 3}) as session:
        assert session.execute("SELECT count(*) FROM orders").fetchone() == (0,)
        session.execute("SELECT set_config('app.session_token', %s, FALSE)", [token(claims={"customer_id": 3})])
        assert session.execute("SELECT DISTINCT customer_id FROM orders").fetchall() == [(3,)]


def make_roles(server):
    """Create the roles a dump of one database names, and does not make."""
    with Database(server, "postgres").connect(None, search_path="pg_catalog") as superuser:
        for role in [OWNER, *GROUPS, *LOGINS.values()]:
            superuser.execute(f"CREATE ROLE {role} LOGIN")
        for group in GROUPS:
            superuser.execute(f"GRANT {group} TO {LOGINS[group]}")


def restore(source, target):
    """pg_dump into psql, as whoever moves a store does it."""
    dump = subprocess.run([EmbeddedServer.bin / "pg_dump", "--dbname", source], check=True, capture_output=True)
    # Some builds of PostgreSQL note a version of their own on each column; no other build knows it.
    script = re.sub(rb"^ALTER TABLE ONLY .* SET \(pg_attver=\d+\);$", b"", dump.stdout, flags=re.M)
    options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-o", "/dev/null"]
    subprocess.run(
        [EmbeddedServer.bin / "psql", *options, target],
        input=script, check=True, capture_output=True,
    )  # fmt: skip


def burn(session, transactions):
    """Use up transaction numbers."""
    session.execute("""
        CREATE OR REPLACE PROCEDURE pg_temp.burn(p_count INT) LANGUAGE plpgsql AS '
        BEGIN
            FOR i IN 1 .. p_count LOOP
                PERFORM pg_current_xact_id();
                COMMIT;
            END LOOP;
        END'
    """)
    session.execute("CALL pg_temp.burn(%s)", [transactions])


def number_of_transaction(session):
    """The number a transaction has now."""
    return int(session.execute("SELECT pg_current_xact_id()::TEXT").fetchone()[0])


def fifth_of_lead(old, new):
    """A fifth of how many transactions the old cluster is ahead of the new one."""
    lead = number_of_transaction(old) - number_of_transaction(new)
    assert lead > 1_000
    return lead // 5


def read(database, query):
    """What the owner reads there."""
    with database.connect() as session:
        return session.execute(query).fetchall()
