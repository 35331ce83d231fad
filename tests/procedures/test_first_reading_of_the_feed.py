"""The first reading of the feed looks each event up by its key, also while the planner takes the feed for empty."""

EVENTS = 3000

ADD_HISTORY = f"""
    INSERT INTO customers (email) VALUES ('ada@example.com');
    INSERT INTO orders (customer_id, subtotal, ship_to_country) SELECT 1, 10, 'US' FROM generate_series(1, {EVENTS});
    INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders"""


def test_numbering_reads_an_event_a_few_times_and_not_all_before_it(store, superuser):
    """A walk through all positions for each event would touch pages by the square of the events."""
    superuser.execute("VACUUM ANALYZE order_event_positions")
    store.execute(ADD_HISTORY)
    explain = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) SELECT FROM _number_order_events()"
    [(answer,)] = store.execute(explain).fetchall()
    plan = answer[0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 25 * EVENTS
    (last,) = store.execute("SELECT max(position) FROM order_event_positions").fetchone()
    assert last == EVENTS
