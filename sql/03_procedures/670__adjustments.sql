-- Stock that changes other than by an order, and the row that says why.

CREATE OR REPLACE FUNCTION _require_product(p_product_id INT) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_product$
BEGIN
    -- Inactive ones pass: what is on the shelf is still counted.
    IF EXISTS (SELECT FROM products WHERE product_id = p_product_id) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'product % does not exist', p_product_id
    USING ERRCODE = 'ST002',
        DETAIL = jsonb_build_object('product_id', p_product_id),
        HINT = 'Check the product number; products are never deleted.';
END;
$_require_product$;
REVOKE EXECUTE ON FUNCTION _require_product(INT) FROM PUBLIC;
COMMENT ON FUNCTION _require_product(INT) IS
'Returns when there is such a product, active or not. Raises ST002 otherwise. Internal.';

CREATE OR REPLACE FUNCTION _adjust_stock(
    p_product_id INT, p_quantity INT, p_reason TEXT, p_reference TEXT,
    p_unit_cost NUMERIC DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_adjust_stock$
DECLARE
    v_units ORDER_UNIT[] := ARRAY[ROW(NULL, p_product_id, p_quantity)::ORDER_UNIT];
BEGIN
    IF p_reason IS NULL OR p_reason NOT IN ('receipt', 'count', 'damage', 'loss') THEN
        PERFORM _refuse_argument(
            'p_reason', left(p_reason, 20), 'Give a reason: receipt, count, damage or loss.'
        );
    END IF;
    IF (CASE p_reason
        WHEN 'receipt' THEN p_quantity > 0
        WHEN 'count' THEN p_quantity <> 0
        ELSE p_quantity < 0
    END) IS NOT TRUE THEN
        PERFORM _refuse_argument(
            'p_quantity', p_quantity::TEXT,
            'A receipt adds units, damage and loss take some away, a count may do either.'
        );
    END IF;
    PERFORM _require_product(p_product_id);
    PERFORM _require_room(v_units);
    INSERT INTO stock_adjustments (product_id, quantity, reason, reference, unit_cost)
    VALUES (p_product_id, p_quantity, p_reason, p_reference, p_unit_cost);
    PERFORM _move_stock(v_units, p_on_hand => 1, p_reserved => 0);
END;
$_adjust_stock$;
REVOKE EXECUTE ON FUNCTION _adjust_stock(INT, INT, TEXT, TEXT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION _adjust_stock(INT, INT, TEXT, TEXT, NUMERIC) IS
'Adds the units and says why. Raises ST001 (would take what is reserved), ST002 (no such product),
ST003 (reason or quantity, or stock that does not fit). Internal.';
