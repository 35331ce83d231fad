-- storefront_products: the seed's shop window.
BEGIN;
SELECT plan(5);

SELECT results_eq(
    $$SELECT product_id, sku::TEXT, product_name::TEXT, description::TEXT, category_id,
        price::NUMERIC, is_available
    FROM storefront_products WHERE product_id IN (2, 14, 17) ORDER BY product_id$$,
    $$VALUES
    (2, 'LANTERN', 'Lantern', NULL, 1, 45.00, TRUE),
    (14, 'ATLAS', 'Atlas of the World', NULL, 8, 60.00, FALSE)$$,
    'what is there, what is sold out, and no quill: it is not offered any more'
);
SELECT set_eq(
    'SELECT product_id FROM storefront_products WHERE NOT is_available',
    'VALUES (7), (14)',  -- 2 cordials on the shelf, both promised; no atlas
    'what is promised to others is not available'
);
SELECT results_eq('SELECT count(*) FROM storefront_products', 'VALUES (22::BIGINT)', 'twenty-two');
SELECT set_eq(
    $$SELECT attname::TEXT FROM pg_attribute
    WHERE attrelid = 'storefront_products'::REGCLASS AND attnum > 0$$,
    ARRAY[
        'product_id', 'sku', 'product_name', 'description', 'category_id', 'style_id', 'options',
        'price', 'regular_price', 'prior_price', 'discount_pct', 'sale_until', 'is_available'
    ],
    'no cost and no stock figure is shown'
);
UPDATE inventory SET on_hand = 5 WHERE product_id = 17;
SELECT is_empty(
    'SELECT FROM storefront_products WHERE product_id = 17',
    'stock of a product that is no longer offered is shown to nobody'
);
SELECT * FROM finish();
ROLLBACK;
