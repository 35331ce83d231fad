-- How the stock counters move. Rows are locked in product_id order before the first is changed,
-- which is what keeps two orders of the same products from deadlocking: an UPDATE ... FROM promises
-- no order. NO KEY, so that nobody's foreign-key check queues behind it.

CREATE OR REPLACE FUNCTION _require_room(p_units ORDER_UNIT[]) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_room$
DECLARE
    v_short JSONB;
    v_too_many JSONB;
BEGIN
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'product_id', product_id, 'requested', -change.quantity, 'available', available
            ) ORDER BY product_id
        ) FILTER (WHERE available + change.quantity < 0),
        jsonb_agg(
            jsonb_build_object(
                'product_id', product_id, 'on_hand', on_hand, 'added', change.quantity
            ) ORDER BY product_id
        ) FILTER (WHERE on_hand + change.quantity > 2147483647)
    INTO v_short, v_too_many
    FROM (
        SELECT
            product_id,
            sum(quantity) AS quantity
        FROM unnest(p_units)
        GROUP BY product_id
    ) AS change
    INNER JOIN inventory USING (product_id)
    WHERE product_id = ANY (ARRAY(SELECT product_id FROM unnest(p_units)));

    IF v_short IS NOT NULL THEN
        PERFORM _refuse_short_stock(v_short);
    ELSIF v_too_many IS NOT NULL THEN
        RAISE EXCEPTION 'the stock of % products does not fit', jsonb_array_length(v_too_many)
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object(
                'items', jsonb_path_query_array(v_too_many, '$[0 to 99]'), 'at_most', 2147483647
            ),
            HINT = 'Check the quantity; a stock counter ends at 2147483647.';
    END IF;
END;
$_require_room$;
REVOKE EXECUTE ON FUNCTION _require_room(ORDER_UNIT[]) FROM PUBLIC;
COMMENT ON FUNCTION _require_room(ORDER_UNIT[]) IS
'Returns where inventory.on_hand can change by the quantities. Asked before anything is written, and
by _move_stock() again under the lock. Raises ST001 (less would be left than is reserved), ST003
(the counter would overflow). Internal.';

CREATE OR REPLACE FUNCTION _move_stock(p_units ORDER_UNIT[], p_on_hand INT, p_reserved INT)
RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_move_stock$
DECLARE
    v_product_ids INT[] := ARRAY(SELECT product_id FROM unnest(p_units));
BEGIN
    PERFORM 1 FROM inventory
    WHERE product_id = ANY (v_product_ids) ORDER BY product_id FOR NO KEY UPDATE;
    IF p_reserved = 0 THEN  -- what was reserved is there to leave
        PERFORM _require_room(p_units);
    END IF;
    UPDATE inventory SET
        on_hand = inventory.on_hand + p_on_hand * change.quantity,
        reserved = inventory.reserved + p_reserved * change.quantity
    FROM (
        SELECT
            product_id,
            sum(quantity)::INT AS quantity
        FROM unnest(p_units)
        GROUP BY product_id
    ) AS change
    WHERE inventory.product_id = change.product_id AND inventory.product_id = ANY (v_product_ids);
END;
$_move_stock$;
REVOKE EXECUTE ON FUNCTION _move_stock(ORDER_UNIT[], INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _move_stock(ORDER_UNIT[], INT, INT) IS
'Adds the quantities, negative ones too, to inventory.on_hand and reserved, times p_on_hand and
p_reserved: -1, 0 or 1 each; a product may be given more than once. Where nothing was reserved,
raises ST001 (less would be left than is reserved), ST003 (the counter would overflow). Internal.';
