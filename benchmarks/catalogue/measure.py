"""What a shopper's look at the catalogue reads, of a thousand products and of two hundred thousand.

Starts a PostgreSQL of its own, deploys a store, fills its catalogue and counts the buffers that one product, one style,
one page of a category and one search touch, as a login in shop_customer. Buffers repeat. A catalogue two hundred times as
large has indexes of one level more, and nothing else may grow: the exit code is 1 where a look reads more than half as
much again, or a search, which descends once for each of its words, three times as much. Then it tells how long it takes to search for a word that every product has, and to change the language.

    python benchmarks/catalogue/measure.py [--products 1000 200000]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

import psycopg

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from scratch_store import PATH, EmbeddedServer, scratch_store  # noqa: E402

from store_server import one_row  # noqa: E402

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "fsync": "off", "autovacuum": "off", "jit": "off"}
FILL = (HERE / "fill.sql").read_text()
# The middle of the catalogue; of ten products one is of a style, and another on sale.
LOOKS = {
    "a product": "storefront_products WHERE product_id = {middle} + 5",
    "a product, by its SKU": "storefront_products WHERE sku = 'SKU-' || ({middle} + 5)",
    "a product on sale": "storefront_products WHERE product_id = {middle} + 1",
    "the products of a style": "storefront_products WHERE style_id = {middle} / 100 + 1",
    "a style": "storefront_styles WHERE style_id = {middle} / 100 + 1",
    "the first page of a category": "storefront_products WHERE category_id = 11 ORDER BY product_id LIMIT 24",
    "a later page": "storefront_products WHERE category_id = 11 AND product_id > {middle} + 10 ORDER BY product_id LIMIT 24",
    "the latest page": "storefront_products WHERE category_id = 11 ORDER BY product_id DESC LIMIT 24",
    "the latest style of a category": "storefront_styles WHERE category_id = 12 ORDER BY style_id DESC LIMIT 1",
    "a search for a SKU": "search_products('SKU-' || ({middle} + 5))",
    "a search for a part of one": "search_products(({middle} + 5)::TEXT)",
    "a search for a name": "search_products('thing ' || ({middle} + 5))",
    "a search for a variant": "search_products('style ' || ({middle} / 100 + 1) || ' size 50')",
    "what an order of three costs": """quote_order(jsonb_build_array(
        jsonb_build_object('product_id', {middle}, 'quantity', 1),
        jsonb_build_object('product_id', {middle} + 1, 'quantity', 1),
        jsonb_build_object('product_id', {middle} + 5, 'quantity', 1)))""",
}
MOST_GROWTH = 1.5
MOST_GROWTH_OF_A_SEARCH = 3
# These take as long as there are products, and are told in seconds.
LONG = {
    "search for a word all have": "SELECT * FROM search_products('thing')",
    "change the language": "UPDATE store_settings SET search_language = 'german'",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, nargs=2, default=[1000, 200000], metavar=("FEW", "MANY"))
    sizes = parser.parse_args(arguments).products
    read = {}
    for size in sizes:
        with scratch_store(SETTINGS) as (server, store):
            version = store.info.parameter_status("server_version")
            started = perf_counter()
            store.execute("SELECT set_config('app.thousands', %s, FALSE)", [str(size // 1000)])
            store.execute(FILL)
            store.execute("VACUUM ANALYZE")
            print(f"PostgreSQL {version}: {size:,} products in {perf_counter() - started:.0f} s", flush=True)
            read[size] = {name: look(store, server, query.format(middle=size // 2)) for name, query in LOOKS.items()}
            for name, statement in LONG.items():
                started = perf_counter()
                store.execute(statement)
                print(f"  {name}: {perf_counter() - started:.2f} s", flush=True)
    return 1 if show(read, sizes) else 0


def look(store: psycopg.Connection, server: EmbeddedServer, query: str) -> int:
    """Buffers a shopper's second look touches; the first reads the catalog."""
    store.execute("""DO $$ BEGIN
        IF to_regrole('shopper') IS NULL THEN CREATE ROLE shopper LOGIN IN ROLE shop_customer; END IF;
    END $$; GRANT USAGE ON SCHEMA store TO shopper""")
    with psycopg.connect(server.dsn("store"), user="shopper", autocommit=True, options=PATH) as shopper:
        assert shopper.execute(f"SELECT * FROM {query}").fetchall(), f"nothing is found: {query}"
        (answer,) = one_row(shopper, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {query}")
    plan = answer[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def show(read: dict, sizes: list[int]) -> list[str]:
    """The table, and the looks that cost more in the larger catalogue."""
    few, many = (read[size] for size in sizes)
    print("\nbuffers touched by          " + "".join(f"{size:>12,}" for size in sizes))
    for name in LOOKS:
        print(f"{name:29}{few[name]:11,}{many[name]:12,}")
    most = {name: MOST_GROWTH_OF_A_SEARCH if "search" in name else MOST_GROWTH for name in LOOKS}
    missed = [name for name in LOOKS if many[name] > most[name] * few[name]]
    for name in missed:
        print(f"missed: {name} grows with the catalogue")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
