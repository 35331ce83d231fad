-- Promises stock to an order. Rows are locked in product_id order before the first is changed,
-- which is what keeps two orders of the same products from deadlocking: an UPDATE ... FROM
-- promises no order. NO KEY, so that nobody's foreign-key check queues behind it.

CREATE OR REPLACE FUNCTION reserve_stock(p_product_ids INT[], p_quantities INT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $reserve_stock$
DECLARE
    v_reserved INT[];
BEGIN
    PERFORM 1 FROM inventory
    WHERE product_id = ANY (p_product_ids) ORDER BY product_id FOR NO KEY UPDATE;
    WITH reserved AS (
        UPDATE inventory SET reserved = inventory.reserved + item.quantity
        FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
        WHERE inventory.product_id = item.product_id AND inventory.available >= item.quantity
        RETURNING inventory.product_id
    )

    SELECT array_agg(product_id) INTO v_reserved FROM reserved;
    IF cardinality(v_reserved) = cardinality(p_product_ids) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'insufficient stock'
    USING ERRCODE = 'ST001',
        DETAIL = (
            SELECT jsonb_build_object('items', jsonb_agg(
                jsonb_build_object(
                    'product_id', item.product_id, 'requested', item.quantity,
                    'available', inventory.available
                ) ORDER BY item.place
            ))
            FROM unnest(p_product_ids, p_quantities)
            WITH ORDINALITY AS item (product_id, quantity, place)
            INNER JOIN inventory ON item.product_id = inventory.product_id
            WHERE item.product_id <> ALL (coalesce(v_reserved, '{}'))
        ),
        HINT = 'Order at most what is available.';
END;
$reserve_stock$;
REVOKE EXECUTE ON FUNCTION reserve_stock(INT[], INT[]) FROM PUBLIC;
COMMENT ON FUNCTION reserve_stock(INT[], INT[]) IS
'Adds the quantities to inventory.reserved, all or none; each product once. Raises ST001 with
product, requested and available of every short one. Internal.';
