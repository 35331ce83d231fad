"""The monitoring views, read as they are meant to be: by a login that is in pg_monitor and no more.

Each test provokes what its view reports, sees it told, and then sees it gone.
"""

import pytest

from tests import database as databases

COLUMNS = {
    "monitor_tables": "table_name live_rows dead_rows dead_pct total_bytes last_vacuum_at "
    "last_analyze_at transaction_age problem",
    "monitor_indexes": "table_name index_name scans index_bytes definition problem",
    "monitor_locks": "blocked_pid blocked_role blocked_query awaited awaited_mode waiting_since "
    "blocking_pid blocking_role blocking_state blocking_query blocking_since root_pid depth",
    "monitor_sequences": "sequence_name table_name column_name last_value max_value used_pct problem",
    "monitor_statements": "query calls total_ms mean_ms max_ms share_pct row_count cache_hit_pct problem",
    "monitor_replication": "kind name state lag_bytes lag problem",
}


@pytest.fixture
def watcher(database):
    """A connection in pg_monitor."""
    with database.connect("pg_monitor") as connection:
        yield connection


def test_every_view_has_its_columns_and_nothing_to_report(seeded_store, watcher):
    """The columns are the same on every release, and a small sound store has no problem."""
    for view, columns in COLUMNS.items():
        rows = watcher.execute(f"TABLE {view}")
        assert " ".join(column.name for column in rows.description) == columns
        if "problem" in columns:
            problems = watcher.execute(f"SELECT * FROM {view} WHERE problem IS NOT NULL")
            assert problems.fetchall() == []


def test_the_watcher_reads_no_row_of_the_store(seeded_store, watcher):
    """What the views tell is all there is for pg_monitor."""
    granted = watcher.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE AND relkind <> 'i' "
        "AND relname !~ '^monitor_' AND has_any_column_privilege(oid, 'SELECT')"
    )
    assert granted.fetchall() == []


def test_a_table_with_dead_rows_is_told_until_it_is_vacuumed(store, watcher):
    """1,000 dead rows that are a fifth of all."""
    fill(store)
    delete(store, 999)
    assert problem(watcher, "monitor_tables", "order_event_consumers") is None
    delete(store, 1)
    assert problem(watcher, "monitor_tables", "order_event_consumers") == "dead rows"
    store.execute("VACUUM order_event_consumers")
    assert problem(watcher, "monitor_tables", "order_event_consumers") is None


def test_many_dead_rows_of_many_more_are_no_problem(store, watcher):
    """1,000 of 6,000 are less than a fifth."""
    fill(store, 6000)
    delete(store, 1000)
    assert problem(watcher, "monitor_tables", "order_event_consumers") is None


def test_stale_statistics_are_told_until_the_table_is_analyzed(store, watcher):
    """The planner knows nothing of 1,000 new rows."""
    fill(store, 1000)
    assert problem(watcher, "monitor_tables", "order_event_consumers") == "stale statistics"
    store.execute("ANALYZE order_event_consumers")
    assert problem(watcher, "monitor_tables", "order_event_consumers") is None


def test_a_table_that_should_have_been_frozen_is_told(store, superuser):
    """Its oldest transaction is 200,000,001 back, one more than autovacuum lets it be."""
    with superuser.transaction(force_rollback=True):
        frozen_at = """
            UPDATE pg_class SET relfrozenxid = (
                (txid_current() + 4294967296 - %s) %% 4294967296
            )::TEXT::XID
            WHERE oid = 'order_event_consumers'::REGCLASS
        """
        superuser.execute(frozen_at, [200_000_000])
        assert problem(superuser, "monitor_tables", "order_event_consumers") is None
        superuser.execute(frozen_at, [200_000_001])
        superuser.execute(f"SET LOCAL ROLE {databases.LOGINS['pg_monitor']}")
        assert problem(superuser, "monitor_tables", "order_event_consumers") == "freeze overdue"


def test_sizes_are_the_catalog_s_and_wait_for_no_lock(store, watcher, open_session):
    """A table locked by somebody is shown all the same; its size has its indexes in it."""
    fill(store)
    store.execute("CREATE INDEX order_event_consumers_acknowledged_at_idx ON order_event_consumers (acknowledged_at)")
    store.execute("VACUUM ANALYZE order_event_consumers")
    open_session().execute("LOCK TABLE order_event_consumers")
    watcher.execute("SET lock_timeout = '1s'")
    (size,) = watcher.execute(
        "SELECT total_bytes FROM monitor_tables WHERE table_name = 'order_event_consumers'"
    ).fetchone()
    pages = store.execute(
        """SELECT sum(relpages) FROM pg_class WHERE relname ~ '^order_event_consumers' OR relname ~ (
            'pg_toast_' || 'order_event_consumers'::REGCLASS::OID || '_index'
        )"""
    ).fetchone()[0]
    assert size == pages * 8192


def test_an_index_nobody_uses_is_told_until_somebody_does(store, watcher):
    """Only on a table of 1,000 rows: before that, no plan needs an index."""
    store.execute("CREATE INDEX order_event_consumers_acknowledged_at_idx ON order_event_consumers (acknowledged_at)")
    fill(store, 999)
    store.execute("ANALYZE order_event_consumers")
    assert problem(watcher, "monitor_indexes", "order_event_consumers_acknowledged_at_idx") is None
    fill(store, 1)
    store.execute("ANALYZE order_event_consumers")
    assert problem(watcher, "monitor_indexes", "order_event_consumers_acknowledged_at_idx") == "unused"
    store.execute("SET enable_seqscan = off")
    store.execute("SELECT FROM order_event_consumers WHERE acknowledged_at = now()")
    flush_statistics(store)
    assert problem(watcher, "monitor_indexes", "order_event_consumers_acknowledged_at_idx") is None


def test_an_index_that_serves_a_key_is_never_unused(store, watcher):
    """No plan has used it, and yet it spares every deleted country a scan."""
    store.execute(
        "INSERT INTO customers (email) SELECT number || '@shop.example' FROM generate_series(1, 1000) AS number"
    )
    store.execute(
        "INSERT INTO addresses (customer_id, recipient, line1, city, country_code) "
        "SELECT customer_id, 'A', 'A', 'A', 'GB' FROM customers"
    )
    store.execute("ANALYZE addresses")
    flush_statistics(store)
    assert problem(watcher, "monitor_indexes", "addresses_country_code_idx") is None


@pytest.mark.parametrize(
    "index, told",
    [
        ("again ON orders (created_at)", "duplicate"),
        ("again ON customers (email)", "duplicate"),  # the unique one enforces something
        ("again ON orders (created_at DESC)", None),
        ("again ON orders (created_at) WHERE created_at > '2020-01-01'", None),
    ],
)
def test_a_second_index_on_the_same_columns_is_told(index, told, store, watcher):
    """The newer of two is told, or the one that enforces nothing; the other is not."""
    store.execute(f"CREATE INDEX {index}")
    duplicates = watcher.execute("SELECT index_name, problem FROM monitor_indexes WHERE problem IS NOT NULL")
    assert duplicates.fetchall() == ([("again", told)] if told else [])


def test_a_foreign_key_without_an_index_is_told_with_the_cure(store, watcher):
    """A partial index is none for it; the statement the view gives makes one that is."""
    missing = "SELECT table_name, definition FROM monitor_indexes WHERE problem = 'missing'"
    cure = "CREATE INDEX CONCURRENTLY ON payments (order_id)"
    store.execute("DROP INDEX payments_order_id_idx")
    assert watcher.execute(missing).fetchall() == [("payments", cure)]
    store.execute("CREATE INDEX partial ON payments (order_id) WHERE amount > 1")
    assert watcher.execute(missing).fetchall() == [("payments", cure)]
    store.execute(cure)
    assert watcher.execute(missing).fetchall() == []


def test_an_index_whose_build_failed_is_told(store, superuser):
    """As CREATE INDEX CONCURRENTLY leaves one behind."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'orders_created_at_idx'::REGCLASS")
        assert problem(superuser, "monitor_indexes", "orders_created_at_idx") == "invalid"


def test_an_index_that_is_being_built_has_not_failed(seeded_store, watcher, open_session):
    """CREATE INDEX CONCURRENTLY waits for a writer; then somebody ends it."""
    writer, builder = open_session(), open_session()
    writer.execute("UPDATE orders SET status = status WHERE order_id = 1")
    builder.connection.autocommit = True
    builder.start("CREATE INDEX CONCURRENTLY orders_being_built_idx ON orders (total)")
    builder.wait_until_blocked_by(writer)
    assert problem(watcher, "monitor_indexes", "orders_being_built_idx") is None
    builder.connection.cancel()
    assert builder.sqlstate() == "57014"
    assert problem(watcher, "monitor_indexes", "orders_being_built_idx") == "invalid"
    writer.rollback()
    seeded_store.execute("DROP INDEX orders_being_built_idx")


def test_a_chain_of_waits_leads_to_its_root(seeded_store, watcher, open_session):
    """The third waits for the second, which waits for the first, which does nothing at all."""
    first, second, third = open_session(), open_session(), open_session()
    change = "UPDATE customers SET is_vip = TRUE WHERE customer_id = {}"
    first.execute(change.format(1))
    second.execute(change.format(2))
    second.start(change.format(1))
    second.wait_until_blocked_by(first)
    third.start(change.format(2))
    third.wait_until_blocked_by(second)
    chain = watcher.execute(
        "SELECT blocked_pid, blocking_pid, blocking_state, root_pid, depth, blocked_query, awaited "
        "FROM monitor_locks ORDER BY depth"
    )
    assert chain.fetchall() == [
        (
            second.pid,
            first.pid,
            "idle in transaction",
            first.pid,
            1,
            change.format(1),
            "transactionid",
        ),
        (third.pid, second.pid, "active", first.pid, 2, change.format(2), "transactionid"),
    ]
    first.rollback()
    second.result()
    second.rollback()
    third.result()
    assert watcher.execute("TABLE monitor_locks").fetchall() == []


def test_who_waits_for_two_has_two_rows(seeded_store, watcher, open_session):
    """A table lock waits for every session that writes to the table; its name is told."""
    writers, locker = [open_session(), open_session()], open_session()
    for number, writer in enumerate(writers, start=1):
        writer.execute(f"UPDATE customers SET is_vip = TRUE WHERE customer_id = {number}")
    locker.start("LOCK TABLE customers IN SHARE MODE")
    locker.wait_until_blocked_by(*writers)
    waits = watcher.execute(
        "SELECT blocked_pid, blocking_pid, root_pid, depth, awaited, awaited_mode "
        "FROM monitor_locks ORDER BY blocking_pid"
    )
    assert waits.fetchall() == [
        (locker.pid, pid, pid, 1, "customers", "ShareLock") for pid in sorted(writer.pid for writer in writers)
    ]


def test_a_long_queue_at_one_row_is_told_at_once(seeded_store, watcher, open_session):
    """Each of 30 who wait waits for all before it: 2^29 ways lead from the last to the first."""
    first, *waiting = [open_session() for _ in range(31)]
    change = "UPDATE customers SET is_vip = TRUE WHERE customer_id = 1"
    first.execute(change)
    for before, session in zip([first, *waiting], waiting, strict=False):
        session.start(change)
        session.wait_until_blocked_by(before)
    watcher.execute("SET statement_timeout = '10s'")
    places = watcher.execute(
        "SELECT blocked_pid, max(depth), array_agg(DISTINCT root_pid) FROM monitor_locks GROUP BY blocked_pid ORDER BY 2"
    )
    assert places.fetchall() == [(session.pid, place, [first.pid]) for place, session in enumerate(waiting, start=1)]
    for session in [first, *waiting]:
        session.connection.cancel()


def test_a_sequence_near_its_end_is_told(store, watcher):
    """Three quarters of an INT are used up."""
    store.execute("SELECT setval('orders_order_id_seq', 1610612735)")
    assert problem(watcher, "monitor_sequences", "orders_order_id_seq") is None
    store.execute("SELECT setval('orders_order_id_seq', 1610612736)")
    row = watcher.execute(
        "SELECT table_name, column_name, last_value, max_value, used_pct, problem "
        "FROM monitor_sequences WHERE sequence_name = 'orders_order_id_seq'"
    ).fetchone()
    assert row[:4] == ("orders", "order_id", 1610612736, 2147483647)
    assert (str(row[4]), row[5]) == ("75.00", "near its end")


def test_a_sequence_ends_with_the_column_it_fills(store, watcher):
    """A BIGINT sequence behind an INT column has an INT's worth of numbers."""
    store.execute("CREATE SEQUENCE receipt_numbers OWNED BY orders.order_id")
    store.execute("SELECT setval('receipt_numbers', 2147483000)")
    assert problem(watcher, "monitor_sequences", "receipt_numbers") == "near its end"


def test_a_sequence_behind_its_table_is_told(store, watcher):
    """As a data-only restore leaves it: the next customer would get a number that is taken."""
    store.execute("INSERT INTO customers (email) VALUES ('a@shop.example'), ('b@shop.example')")
    assert problem(watcher, "monitor_sequences", "customers_customer_id_seq") is None
    store.execute("SELECT setval('customers_customer_id_seq', 1)")
    assert problem(watcher, "monitor_sequences", "customers_customer_id_seq") == "behind its table"
    store.execute("SELECT setval('customers_customer_id_seq', max(customer_id)) FROM customers")
    assert problem(watcher, "monitor_sequences", "customers_customer_id_seq") is None


def test_a_sequence_that_is_to_begin_at_a_number_is_not_behind(store, watcher):
    """As RESTART and setval() leave it; what counts is whether the next number is taken."""
    store.execute("INSERT INTO customers (email) VALUES ('a@shop.example'), ('b@shop.example')")
    for begins_at, said in [(1000, None), (3, None), (2, "behind its table"), (1, "behind its table")]:
        for statement in [
            f"ALTER TABLE customers ALTER COLUMN customer_id RESTART WITH {begins_at}",
            f"SELECT setval('customers_customer_id_seq', {begins_at}, FALSE)",
        ]:
            store.execute(statement)
            assert problem(watcher, "monitor_sequences", "customers_customer_id_seq") == said, statement
            found = store.execute("SELECT object, expected, actual FROM integrity_violations").fetchall()
            behind = [("sequence customers_customer_id_seq", "at least 2", str(begins_at - 1))]
            assert found == (behind if said else []), statement


def test_a_table_of_somebody_else_is_not_asked(store, superuser, watcher):
    """One that stands in the schema and that the store's owner may not read."""
    superuser.execute("CREATE TABLE store.of_others (id INT GENERATED ALWAYS AS IDENTITY)")
    superuser.execute("INSERT INTO store.of_others DEFAULT VALUES")
    named = "SELECT FROM monitor_sequences WHERE table_name = 'of_others'"
    assert watcher.execute(named).fetchall() == store.execute("TABLE integrity_violations").fetchall() == []


def test_statements_are_empty_without_the_library(seeded_store, superuser, watcher):
    """Without the extension, with one never loaded, and with one in a schema its reader may not use: no error."""
    assert watcher.execute("TABLE monitor_statements").fetchall() == []
    for schema in ("public", "out_of_reach"):
        superuser.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION pg_stat_statements SCHEMA {schema}")
        assert watcher.execute("TABLE monitor_statements").fetchall() == []
        superuser.execute("DROP EXTENSION pg_stat_statements")


def fill(store, rows=5000):
    """Rows in a small table, which autovacuum leaves to the test."""
    store.execute("ALTER TABLE order_event_consumers SET (autovacuum_enabled = off)")
    store.execute("INSERT INTO order_event_consumers SELECT gen_random_uuid() FROM generate_series(1, %s)", [rows])
    flush_statistics(store)


def delete(store, rows):
    """Leave so many dead rows, and statistics that know it."""
    store.execute(
        "DELETE FROM order_event_consumers WHERE ctid IN (SELECT ctid FROM order_event_consumers LIMIT %s)", [rows]
    )
    flush_statistics(store)
    store.execute("ANALYZE order_event_consumers")


def flush_statistics(store):
    """Let the others see what this session has counted, at once."""
    store.execute("SELECT pg_stat_force_next_flush()")


def problem(connection, view, name):
    """What the view says of the table, index or sequence of that name."""
    column = {"monitor_tables": "table_name", "monitor_indexes": "index_name"}
    query = f"SELECT problem FROM {view} WHERE {column.get(view, 'sequence_name')} = %s"
    return connection.execute(query, [name]).fetchone()[0]
