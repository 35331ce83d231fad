-- available_products: what can be ordered now, and nothing of what is no longer offered.
BEGIN;
SELECT plan(2);
SELECT set_eq(
    'SELECT available_products()',
    'SELECT product_id FROM inventory INNER JOIN products USING (product_id)
    WHERE available > 0 AND is_active',
    'every product on offer with a unit left'
);
UPDATE inventory SET on_hand = 5 WHERE product_id IN (
    SELECT product_id FROM products WHERE NOT is_active
);
SELECT is_empty(
    'SELECT available_products() INTERSECT SELECT product_id FROM products WHERE NOT is_active',
    'stock of a product that is no longer offered is told to nobody'
);
SELECT * FROM finish();
ROLLBACK;
