"""Follow what happens to orders: python examples/feed_consumer.py NAME, a line of JSON an event, until Ctrl-C.

libpq's variables (PGHOST, PGUSER, …) name a login in shop_staff. Each event comes at least once, in the order it became
known. Whoever handles it must bear to see it again: remember `position` with what was done, in the same transaction.
"""

import json
import sys
import time
from collections.abc import Callable

import psycopg
from psycopg.rows import DictRow, dict_row


def consume(store: psycopg.Connection[DictRow], name: str, handle: Callable[[DictRow], None]) -> int:
    """Handle what is new; return how many. What could not be handled comes again, and nothing after it before."""
    events = store.execute("SELECT * FROM read_order_events(%s, 100)", [name]).fetchall()
    for event in events:
        handle(event)
        store.execute("SELECT acknowledge_order_events(%s, %s)", [name, event["position"]])
    return len(events)


if __name__ == "__main__":
    # autocommit: the next reader waits for the end of the transaction that reads.
    with psycopg.connect(autocommit=True, row_factory=dict_row) as store:
        while True:
            if not consume(store, sys.argv[1], lambda event: print(json.dumps(event, default=str), flush=True)):
                time.sleep(1)
