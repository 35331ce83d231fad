-- Takes back a promise of stock: the units go to whoever orders next, or leave the shelf. Rows are
-- locked in product_id order, as reserving does.

CREATE OR REPLACE FUNCTION release_stock(
    p_product_ids INT[], p_quantities INT[], p_leaves_shelf BOOLEAN
) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $release_stock$
BEGIN
    PERFORM 1 FROM inventory
    WHERE product_id = ANY (p_product_ids) ORDER BY product_id FOR NO KEY UPDATE;
    UPDATE inventory SET
        reserved = inventory.reserved - released.quantity,
        on_hand = inventory.on_hand - CASE WHEN p_leaves_shelf THEN released.quantity ELSE 0 END
    FROM (
        SELECT
            item.product_id,
            sum(item.quantity)::INT AS quantity
        FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
        GROUP BY item.product_id
    ) AS released
    WHERE inventory.product_id = released.product_id;
END;
$release_stock$;
REVOKE EXECUTE ON FUNCTION release_stock(INT[], INT[], BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION release_stock(INT[], INT[], BOOLEAN) IS
'Lowers inventory.reserved by the quantities, and on_hand too where the units leave the shelf; a
product may be given more than once. Raises nothing for units that are reserved. Internal.';
