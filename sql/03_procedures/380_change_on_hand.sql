-- Puts units on the shelf or takes them off it, never those promised to an order. Rows are locked
-- in product_id order, as reserving does.

CREATE OR REPLACE FUNCTION change_on_hand(p_product_ids INT[], p_quantities INT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $change_on_hand$
DECLARE
    v_short JSONB;
    v_too_many JSONB;
BEGIN
    PERFORM 1 FROM inventory
    WHERE product_id = ANY (p_product_ids) ORDER BY product_id FOR NO KEY UPDATE;
    WITH change AS (
        SELECT
            product_id,
            sum(quantity) AS quantity
        FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
        GROUP BY product_id
    )

    SELECT
        jsonb_agg(
            jsonb_build_object(
                'product_id', product_id, 'requested', -change.quantity,
                'available', inventory.available
            ) ORDER BY product_id
        ) FILTER (WHERE inventory.available + change.quantity < 0),
        jsonb_agg(
            jsonb_build_object(
                'product_id', product_id, 'on_hand', inventory.on_hand, 'added', change.quantity
            ) ORDER BY product_id
        ) FILTER (WHERE inventory.on_hand + change.quantity > 2147483647)
    INTO v_short, v_too_many
    FROM change
    INNER JOIN inventory USING (product_id);

    IF v_short IS NOT NULL THEN
        RAISE EXCEPTION 'insufficient stock'
        USING ERRCODE = 'ST001',
            DETAIL = jsonb_build_object('items', v_short),
            HINT = 'What is reserved belongs to open orders: take at most what is available.';
    ELSIF v_too_many IS NOT NULL THEN
        RAISE EXCEPTION 'the stock does not fit'
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object('items', v_too_many, 'at_most', 2147483647),
            HINT = 'Check the quantity; a stock counter ends at 2147483647.';
    END IF;

    UPDATE inventory SET on_hand = inventory.on_hand + change.quantity
    FROM (
        SELECT
            item.product_id,
            sum(item.quantity)::INT AS quantity
        FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
        GROUP BY item.product_id
    ) AS change
    WHERE inventory.product_id = change.product_id;
END;
$change_on_hand$;
REVOKE EXECUTE ON FUNCTION change_on_hand(INT[], INT[]) FROM PUBLIC;
COMMENT ON FUNCTION change_on_hand(INT[], INT[]) IS
'Adds the quantities, negative ones too, to inventory.on_hand; a product may be given more than
once. Raises ST001 (less would be left than is reserved), ST003 (the counter would overflow).
Internal.';
