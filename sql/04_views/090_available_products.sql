-- Which products there are units of, and not how many: shoppers may know the one and not the
-- other. A set, asked once a query and hashed; a function a product would be called for each.

CREATE OR REPLACE FUNCTION available_products() RETURNS SETOF INT
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path FROM CURRENT
BEGIN ATOMIC
    SELECT inventory.product_id
    FROM inventory
    INNER JOIN products ON inventory.product_id = products.product_id
    WHERE inventory.available > 0 AND products.is_active;
END;
REVOKE EXECUTE ON FUNCTION available_products() FROM PUBLIC;
COMMENT ON FUNCTION available_products() IS
'Numbers of the products on offer of which at least one unit can be ordered now. Raises nothing.';
