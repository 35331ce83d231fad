-- Goods came in. Locks the key, then the product's stock row.

CREATE OR REPLACE FUNCTION receive_stock(
    p_product_id INT, p_quantity INT, p_reference TEXT, p_unit_cost NUMERIC DEFAULT NULL,
    p_idempotency_key TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $receive_stock$
DECLARE
    v_reference TEXT := _clean_argument(p_reference, 'p_reference', 255);
    v_unit_cost NUMERIC;
    v_call call_keys;
BEGIN
    IF p_unit_cost IS NOT NULL THEN
        v_unit_cost := _require_amount(p_unit_cost, 'p_unit_cost', 0);
    END IF;
    v_call := _keyed_call(
        p_idempotency_key, 'receive_stock', NULL,
        jsonb_build_array(p_product_id, p_quantity, v_reference, v_unit_cost)
    );
    IF v_call.created_at IS NULL THEN
        PERFORM _adjust_stock(p_product_id, p_quantity, 'receipt', v_reference, v_unit_cost);
        PERFORM _remember_call(v_call);
    END IF;
END;
$receive_stock$;
REVOKE EXECUTE ON FUNCTION receive_stock(INT, INT, TEXT, NUMERIC, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION receive_stock(INT, INT, TEXT, NUMERIC, TEXT) IS
'Adds p_quantity units, 1 or more, that came with p_reference (a delivery note) at p_unit_cost each
(store''s currency, NULL = unknown) to the product''s stock. A retry with the same p_idempotency_key
does nothing. Raises ST002 (no such product), ST003 (quantity, reference, cost or key, or stock that
does not fit), ST004 (key used for another request).';
