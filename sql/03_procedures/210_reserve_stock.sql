-- Promises stock to an order. Rows are locked in product_id order before the first is changed,
-- which is what keeps two orders of the same products from deadlocking: an UPDATE ... FROM
-- promises no order. NO KEY, so that nobody's foreign-key check queues behind it.

CREATE OR REPLACE FUNCTION reserve_stock(p_product_ids INT[], p_quantities INT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $reserve_stock$
DECLARE
    v_short JSONB;
BEGIN
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'product_id', stock.product_id, 'requested', stock.quantity,
                'available', stock.available
            ) ORDER BY stock.place
        ) FILTER (WHERE stock.available < stock.quantity)
    INTO v_short
    FROM (
        SELECT
            inventory.product_id,
            inventory.available,
            item.quantity,
            item.place
        FROM unnest(p_product_ids, p_quantities)
        WITH ORDINALITY AS item (product_id, quantity, place)
        INNER JOIN inventory ON item.product_id = inventory.product_id
        WHERE inventory.product_id = ANY (p_product_ids)  -- by key, as in price_items
        ORDER BY inventory.product_id
        FOR NO KEY UPDATE OF inventory
    ) AS stock;
    IF v_short IS NOT NULL THEN
        RAISE EXCEPTION 'insufficient stock'
        USING ERRCODE = 'ST001',
            DETAIL = jsonb_build_object('items', v_short),
            HINT = 'Order at most what is available.';
    END IF;
    UPDATE inventory SET reserved = inventory.reserved + item.quantity
    FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
    WHERE inventory.product_id = item.product_id AND inventory.product_id = ANY (p_product_ids);
END;
$reserve_stock$;
REVOKE EXECUTE ON FUNCTION reserve_stock(INT[], INT[]) FROM PUBLIC;
COMMENT ON FUNCTION reserve_stock(INT[], INT[]) IS
'Adds the quantities to inventory.reserved, all or none; each product once. Raises ST001 with
product, requested and available of every short one. Internal.';
