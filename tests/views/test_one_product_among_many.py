"""A shopper who looks at one product reads that product, however large the catalogue."""

import pytest

FEW = 20  # buffers

MANY = """
    INSERT INTO products (sku, name, price)
    SELECT 'S' || number, 'S', 10 FROM generate_series(1, 20000) AS number
"""


@pytest.mark.parametrize("key", ["product_id = 17000", "sku = 'S17000'"])
def test_one_product_is_read_by_its_key(store, database, key):
    """By number or by SKU, through row level security; all of them for a page of the catalogue."""
    store.execute(MANY)
    store.execute("ANALYZE products, inventory")
    with database.connect("shop_customer") as shopper:
        query = f"SELECT * FROM storefront_products WHERE {key}"
        assert len(shopper.execute(query).fetchall()) == 1
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}"
        plan = shopper.execute(explain).fetchone()[0][0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= FEW, plan
