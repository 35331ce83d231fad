"""The event feed skips nothing and keeps every order's events in order, whatever writers and readers do."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import psycopg
import pytest

WRITERS, EVENTS = 8, 2000  # events a writer; a tenth by default


@pytest.fixture
def shop(store):
    """For each writer a customer, and a product nobody runs out of, so that none waits for another."""
    store.execute(f"INSERT INTO customers (email) SELECT n || '@example.com' FROM generate_series(1, {WRITERS}) AS n")
    store.execute(
        f"INSERT INTO products (sku, name, price) SELECT 'SAND' || n, 'Grains', 1 FROM generate_series(1, {WRITERS}) AS n"
    )
    store.execute("SELECT receive_stock(product_id, 1000000, 'the beach') FROM products")
    store.execute("UPDATE store_settings SET max_pending_orders = NULL")
    return store


def place(session, customer_id=1):
    items = f'[{{"product_id": {customer_id}, "quantity": 1}}]'
    return session.execute("SELECT place_order(%s, %s)", [customer_id, items])


def read(session, consumer="warehouse", limit=1000):
    query = "SELECT position, order_id, action FROM read_order_events(%s, %s)"
    return list(session.execute(query, [consumer, limit]))


def test_an_event_that_commits_late_gets_a_late_position(shop, open_session):
    """Its id is lower than that of an event already read: by id it would be skipped."""
    late, early = open_session(), open_session()
    place(late, 1)
    place(early, 2)
    early.commit()
    assert [position for position, *_ in read(shop)] == [1]
    late.commit()
    first_ids = shop.execute("SELECT event_id FROM order_event_positions ORDER BY position")
    assert [position for position, *_ in read(shop)] == [1, 2]
    assert [event_id for (event_id,) in first_ids] == [2]


def test_what_a_reader_does_after_it_has_read_is_not_skipped(shop, open_session):
    """In one transaction, younger ones having ended meanwhile: its snapshot does not name itself."""
    reader = open_session()
    place(reader, 1)
    place(shop, 2)
    assert len(read(reader)) == 2
    place(reader, 1)
    reader.commit()
    assert [position for position, *_ in read(shop)] == [1, 2, 3]


def test_a_date_that_its_owner_corrects_is_told_in_its_place(shop):
    """Between what the functions did before and after it; the wrong and the right date are the event's details."""
    place(shop)
    read(shop)
    shop.execute("UPDATE orders SET created_at = '2025-01-01 12:00Z' WHERE order_id = 1")
    shop.execute("SELECT cancel_order(1, 'no reason')")
    shop.execute("UPDATE orders SET created_at = created_at")
    assert read(shop) == [(1, 1, "placed"), (2, 1, "redated"), (3, 1, "cancelled")]
    dates = """
        SELECT (SELECT performed_at FROM order_audit WHERE action = 'placed'), '2025-01-01 12:00Z'::TIMESTAMPTZ
        UNION ALL
        SELECT (details ->> 'from')::TIMESTAMPTZ, (details ->> 'to')::TIMESTAMPTZ
        FROM read_order_events('warehouse') WHERE action = 'redated'
    """
    as_it_was, as_told = shop.execute(dates).fetchall()
    assert as_told == as_it_was


def test_an_order_written_by_hand_is_told_with_its_row(shop):
    """The feed follows the audit trail, and nothing else: what is not written there did not happen."""
    shop.execute("INSERT INTO orders (customer_id, subtotal, ship_to_country) VALUES (1, 10, 'US')")
    assert read(shop) == []
    shop.execute("INSERT INTO order_audit (order_id, action, details) VALUES (1, 'placed', '{\"total\": 10}')")
    assert read(shop) == [(1, 1, "placed")]


def test_an_event_that_was_rolled_back_has_no_position(shop, open_session):
    lost = open_session()
    place(lost, 1)
    place(shop, 2)
    lost.rollback()
    place(shop, 2)
    assert [position for position, *_ in read(shop)] == [1, 2]


def test_a_consumer_that_dies_before_it_acknowledges_is_told_again(shop, database):
    for _ in range(5):
        place(shop)
    with database.connect() as consumer:
        told = read(consumer, limit=3)
        consumer.execute("SELECT acknowledge_order_events('warehouse', %s)", [told[0][0]])
    with database.connect() as successor:  # it died after handling the first
        assert read(successor, limit=3)[:2] == told[1:]


def test_a_reader_that_rolls_back_leaves_the_numbers_to_the_next(shop, open_session):
    dying, next_reader = open_session(), open_session()
    place(shop)
    told = read(dying)
    next_reader.start("SELECT position, order_id, action FROM read_order_events('warehouse')")
    next_reader.wait_until_blocked_by(dying)
    dying.rollback()
    assert next_reader.result() == told
    next_reader.commit()


def test_two_readers_at_once_number_each_event_once(shop, open_session):
    """The second waits for the first, then finds nothing left to number: both are told the same."""
    first, second = open_session(), open_session()
    place(shop)
    told = read(first)
    second.start("SELECT position, order_id, action FROM read_order_events('accounts')")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.result() == told
    second.commit()


def test_consumers_do_not_share_their_place(shop):
    place(shop), place(shop)
    told = read(shop)
    shop.execute("SELECT acknowledge_order_events('warehouse', 2)")
    assert read(shop) == []
    assert read(shop, "accounts") == told


def test_an_acknowledgement_that_comes_late_changes_nothing(shop):
    place(shop), place(shop)
    read(shop)
    shop.execute("SELECT acknowledge_order_events('warehouse', 2)")
    shop.execute("SELECT acknowledge_order_events('warehouse', 1)")
    assert read(shop) == []


def test_positions_are_numbers_without_gaps(shop, open_session):
    """Aborted readers and writers, and ids that were never used, leave none."""
    for turn in range(10):
        session = open_session()
        place(session)
        read(session)
        session.commit() if turn % 2 else session.rollback()
    read(shop)
    assert [p for (p,) in shop.execute("SELECT position FROM order_event_positions ORDER BY 1")] == [1, 2, 3, 4, 5]


def test_of_much_that_is_new_a_reader_numbers_what_it_returns(shop):
    """Fifty thousand events of one transaction and a hundred of others: read to the end in parts."""
    place(shop)
    read(shop)
    events = "INSERT INTO order_audit (order_id, action) SELECT 1, 'payment' FROM generate_series(1, %s)"
    shop.execute(events, [50_000])
    for _ in range(100):
        shop.execute(events, [1])
    call = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM read_order_events('warehouse', 10)"
    for turn in range(5):
        plan = shop.execute(call).fetchone()[0][0]["Plan"]
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 1000, turn
        last = read(shop, limit=10)[-1][0]
        assert shop.execute("SELECT last_position FROM watermarks WHERE name = 'event_feed'").fetchone() == (last,)
        shop.execute("SELECT acknowledge_order_events('warehouse', %s)", [last])
    while told := read(shop, limit=20_000):
        assert [position for position, *_ in told] == list(range(last + 1, last + 1 + len(told)))
        last = told[-1][0]
        shop.execute("SELECT acknowledge_order_events('warehouse', %s)", [last])
    assert last == 50_101


def test_what_is_told_in_parts_stays_in_each_order_s_order(shop, open_session):
    """The first to begin is the last to tell of order 1: its transaction's number is lower, its event's id higher."""
    first, second = open_session(), open_session()
    place(shop, 1), place(shop, 1)
    read(shop)
    first.execute("SELECT change_hold(2, NULL)")
    second.execute("SELECT change_hold(1, NULL)")
    second.execute("SELECT release_order(1, 'on account')")
    second.commit()
    first.execute("SELECT cancel_order(1, 'no reason')")
    first.commit()
    place(shop, 2)
    shop.execute("SELECT acknowledge_order_events('warehouse', 2)")
    told = []
    while part := read(shop, limit=1):
        told += part
        shop.execute("SELECT acknowledge_order_events('warehouse', %s)", [part[-1][0]])
    of_order = {order: [action for _, number, action in told if number == order] for order in (1, 2, 3)}
    assert of_order == {1: ["hold_changed", "released", "cancelled"], 2: ["hold_changed"], 3: ["placed"]}


def test_what_commits_while_others_are_told_in_parts_is_told_after_them(shop, open_session):
    """Its number is among those already passed."""
    late = open_session()
    place(late, 1)
    for _ in range(3):
        place(shop, 2)
    assert [order for _, order, _ in read(shop, limit=2)] == [2, 3]
    late.commit()
    place(shop, 2)
    assert [order for _, order, _ in read(shop)] == [2, 3, 4, 1, 5]


def test_a_poll_that_finds_nothing_new_writes_no_row(shop):
    place(shop)
    read(shop)
    query = "SELECT xmin::TEXT, ctid::TEXT FROM watermarks WHERE name = 'event_feed'"
    before = shop.execute(query).fetchone()
    read(shop)
    assert shop.execute(query).fetchone() == before


@pytest.mark.long
def test_eight_writers_and_a_consumer_that_dies_again_and_again(shop, database, repetitions):
    """Late commits, rollbacks, several events a transaction: all that was committed arrives, in each order's order."""
    done = Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        consuming = pool.submit(consume, database, done)
        try:
            list(pool.map(lambda number: write(database, number, repetitions(EVENTS)), range(1, WRITERS + 1)))
        finally:
            done.set()
        handled = consuming.result()

    committed = shop.execute("SELECT id, order_id, action FROM order_audit ORDER BY id").fetchall()
    positions = sorted(handled)
    assert positions == list(range(1, len(committed) + 1))
    of_order, told_of_order = {}, {}
    for _, order_id, action in committed:
        of_order.setdefault(order_id, []).append(action)
    for position in positions:
        order_id, action = handled[position]
        told_of_order.setdefault(order_id, []).append(action)
    assert told_of_order == of_order


def write(database, customer_id, events):
    """Place, pay and cancel, in transactions of several calls, a third of them rolled back."""
    random = Random(customer_id)
    with psycopg.connect(database.dsn()) as writer:
        for _ in range(events // 3):
            (order_id,) = place(writer, customer_id).fetchone()
            if random.random() < 0.5:
                writer.execute("SELECT record_payment(%s, 'bank', %s, 1)", [order_id, str(order_id)])
            if random.random() < 0.3:
                writer.commit()
                writer.execute("SELECT cancel_order(%s, 'no reason')", [order_id])
            writer.rollback() if random.random() < 0.3 else writer.commit()


def consume(database, done):
    """What was told by position; reads in pieces, and often dies between reading and acknowledging."""
    random, handled = Random(0), {}
    while True:
        is_last = done.is_set()
        with psycopg.connect(database.dsn(), autocommit=True) as consumer:
            while events := read(consumer, limit=random.randint(1, 50)):
                for position, order_id, action in events:
                    assert handled.setdefault(position, (order_id, action)) == (order_id, action)
                if random.random() < 0.3:
                    break  # dead
                consumer.execute("SELECT acknowledge_order_events('warehouse', %s)", [events[-1][0]])
            else:
                if is_last:
                    return handled
