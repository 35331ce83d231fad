"""What numbering costs an order: WAL bytes and pages of its life in a store that issues documents, and in one that does not.

Starts a PostgreSQL of its own and deploys two stores that differ in store_settings.documents_from alone. They live the
same orders in turns, and every fifty orders the one issues its documents. What an order writes and reads repeats, so the
exit code is 1 where the two differ by more than a hundredth. What issuing costs by itself is measured beside it.

    python benchmarks/documents/measure.py [--orders 500]
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from time import perf_counter

import psycopg

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from scratch_store import deploy, quietly, scratch_server  # noqa: E402

from store_server import one_row  # noqa: E402

SETTINGS = {
    "full_page_writes": "off",  # else the first change of a page after a checkpoint hides what an order costs
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
STORES = ("plain", "documented")
SHOP = """
    UPDATE store_settings SET
        shipping_fee = 4.90, max_pending_orders = NULL, legal_name = 'A Store',
        legal_address = '{"line1": "1 High Street", "city": "Town", "country_code": "US"}';
    INSERT INTO tax_rates VALUES ('standard', 'US', '', '2020-01-01', 0.19);
    INSERT INTO customers (email) SELECT n || '@example.com' FROM generate_series(1, 100) AS n;
    INSERT INTO products (sku, name, price) SELECT 'P' || n, 'Thing ' || n, n FROM generate_series(1, 500) AS n;
    SELECT receive_stock(product_id, 1000000, 'note 1') FROM products"""
ISSUING = "UPDATE store_settings SET documents_from = '2020-01-01 00:00+00'"
STEPS = {
    "placing": "SELECT place_order({customer}, '{items}')",
    "paying": "SELECT record_payment({order}, 'bank', 'c{order}', balance) FROM orders WHERE order_id = {order}",
    "shipping": "SELECT ship_order({order}, 'Post', NULL)",
    "returning": """SELECT return_items({order}, '[{{"line_no": 2, "quantity": 1}}]')""",
}
WAL = "SELECT (pg_current_wal_insert_lsn() - '0/0'::PG_LSN)::BIGINT"
WARM_UP, A_BATCH = 20, 50
MOST_DIFFERENCE = 0.01


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=500, help="in each store (%(default)s)")
    orders = parser.parse_args(arguments).orders
    with scratch_server(SETTINGS) as server:
        server.create_database("stores")
        stores = {name: open_store(server.dsn("stores"), name) for name in STORES}
        stores["documented"].execute(ISSUING)
        print(f"PostgreSQL {stores['plain'].info.parameter_status('server_version')}, full_page_writes off")
        spent, issuing = sell(stores, orders)
        for store in stores.values():
            store.close()
    missed = show(spent, orders)
    documents, wal, seconds = issuing
    print(
        f"\nissuing, beside it: {wal / documents:,.0f} bytes of WAL a document, {documents / seconds:,.0f} documents a second"
    )
    return 1 if missed else 0


def open_store(dsn: str, schema: str) -> psycopg.Connection:
    """Deploy a store into the schema, with the shop in it; the owner's connection to it."""
    quietly(deploy.main, ["--dsn", dsn, "--schema", schema])
    store = psycopg.connect(dsn, autocommit=True, options=f"-c search_path={schema},pg_temp")
    store.execute(SHOP)
    store.execute("VACUUM ANALYZE")
    return store


def sell(stores: dict, orders: int) -> tuple[dict, tuple[int, int, float]]:
    """Bytes of WAL and pages by store and step, and documents, bytes and seconds of issuing."""
    spent: dict = defaultdict(lambda: [0, 0])
    documents, issued_wal, issued_seconds = 0, 0, 0.0
    for order in range(1, WARM_UP + orders + 1):
        for name in STORES if order % 2 else reversed(STORES):
            for step, query in STEPS.items():
                wal, pages = cost(
                    stores[name], query.format(order=order, customer=1 + order % 100, items=basket(order))
                )
                if order > WARM_UP:
                    spent[name, step][0] += wal
                    spent[name, step][1] += pages
        if order % A_BATCH == 0:
            store = stores["documented"]
            before, started = one_row(store, WAL)[0], perf_counter()
            documents += one_row(store, "SELECT issue_documents()")[0]
            issued_seconds += perf_counter() - started
            issued_wal += one_row(store, WAL)[0] - before
    assert documents > orders, "nothing was issued, and so nothing was measured"
    return spent, (documents, issued_wal, issued_seconds)


def basket(order: int) -> str:
    """Three products, others for each order."""
    products = [1 + (order * 7 + step) % 500 for step in (0, 101, 211)]
    items = ", ".join(f'{{"product_id": {product}, "quantity": 2}}' for product in sorted(products))
    return f"[{items}]"


def cost(store: psycopg.Connection, query: str) -> tuple[int, int]:
    """Bytes of WAL and pages of a call."""
    before = one_row(store, WAL)[0]
    (plan,) = one_row(store, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}")
    pages = plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
    return one_row(store, WAL)[0] - before, pages


def show(spent: dict, orders: int) -> list[str]:
    """The table, and the steps in which documents cost an order something."""
    missed = []
    print("\nan order's     WAL bytes: without   with documents    pages: without   with documents")
    for step in [*STEPS, "life"]:
        rows = [
            [sum(spent[name, each][part] for each in (STEPS if step == "life" else [step])) / orders for part in (0, 1)]
            for name in STORES
        ]
        (wal, pages), (documented_wal, documented_pages) = rows
        print(f"{step:10} {wal:22,.0f} {documented_wal:16,.0f} {pages:17,.0f} {documented_pages:16,.0f}")
        if documented_wal > wal * (1 + MOST_DIFFERENCE) or documented_pages > pages * (1 + MOST_DIFFERENCE):
            missed.append(step)
    for step in missed:
        print(f"missed: documents cost {step} more than a hundredth")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
