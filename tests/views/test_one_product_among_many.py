"""A shopper who looks at one product, one style or one page reads that, however large the catalogue."""

# Twenty thousand products, every fourth of a style of four, in ten categories; every tenth on sale.
MANY = """
    INSERT INTO categories (name) SELECT 'C' || number FROM generate_series(1, 10) AS number;
    INSERT INTO styles (name, category_id, option_names)
    SELECT 'S', 1 + number % 10, '{Size}' FROM generate_series(1, 1250) AS number;
    INSERT INTO products (sku, name, price, category_id, style_id, options)
    SELECT
        'S' || number, 'S', 10, 1 + number % 10, CASE WHEN number <= 5000 THEN (number + 3) / 4 END,
        CASE WHEN number <= 5000 THEN jsonb_build_object('Size', number::TEXT) ELSE '{}' END
    FROM generate_series(1, 20000) AS number;
    INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
    SELECT product_id, 8, now(), now() + INTERVAL '1 day' FROM products WHERE product_id % 10 IN (0, 1);
"""
A_LOOK, A_PAGE = 20, 24  # buffers at one product, and rows
# Of a product on sale, what it is compared with is looked up too.
LOOKED_AT = {
    "storefront_products WHERE product_id = 17002": (1, A_LOOK),
    "storefront_products WHERE sku = 'S17002'": (1, A_LOOK),
    "storefront_products WHERE product_id = 17001": (1, 2 * A_LOOK),  # on sale
    "storefront_products WHERE style_id = 777": (4, 4 * A_LOOK),
    "storefront_styles WHERE style_id = 777": (1, 4 * A_LOOK),
    "storefront_products WHERE category_id = 5 ORDER BY product_id LIMIT 24": (A_PAGE, A_PAGE * A_LOOK),
    "storefront_products WHERE category_id = 2 AND product_id > 9000 ORDER BY product_id LIMIT 24": (
        A_PAGE,
        A_PAGE * 2 * A_LOOK,
    ),
    "storefront_styles WHERE category_id = 5 ORDER BY style_id LIMIT 24": (A_PAGE, A_PAGE * 3 * A_LOOK),
}


def test_what_is_looked_at_is_read_by_its_key(store, database):
    """By number or by SKU, through row level security; all of them for a page of the catalogue."""
    store.execute(MANY)
    store.execute("ANALYZE")
    with database.connect("shop_customer") as shopper:
        for query, (rows, buffers) in LOOKED_AT.items():
            assert len(shopper.execute(f"SELECT * FROM {query}").fetchall()) == rows  # and reads the catalog
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {query}"
            plan = shopper.execute(explain).fetchone()[0][0]["Plan"]
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= buffers, (query, plan)
            assert "Seq Scan" not in str(plan), (query, plan)
