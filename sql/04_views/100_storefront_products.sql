-- What a shopper may see of the catalogue: what is offered, at what price, and whether there is
-- any. No cost, no stock figures. By its key it reads by key, however large the catalogue.

CREATE OR REPLACE VIEW storefront_products WITH (security_invoker = TRUE) AS
SELECT
    products.product_id,
    products.sku,
    products.name AS product_name,
    products.description,
    products.category_id,
    products.price,
    inventory.is_available
FROM products
INNER JOIN inventory ON products.product_id = inventory.product_id
WHERE products.is_active;
COMMENT ON VIEW storefront_products IS 'Products on offer, as shoppers may see them.';
COMMENT ON COLUMN storefront_products.product_name IS 'Its name today.';
COMMENT ON COLUMN storefront_products.description IS 'NULL where there is none.';
COMMENT ON COLUMN storefront_products.category_id IS 'NULL where it is in no category.';
COMMENT ON COLUMN storefront_products.price IS
'Of one unit, with or without tax as the store has it.';
COMMENT ON COLUMN storefront_products.is_available IS
'Whether at least one unit can be ordered now.';
