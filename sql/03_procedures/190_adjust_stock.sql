-- Stock that changed other than by an order, with the reason why. Locks the key, then the product's
-- stock row.

CREATE OR REPLACE FUNCTION adjust_stock(
    p_product_id INT, p_quantity INT, p_reason TEXT, p_reference TEXT DEFAULT NULL,
    p_idempotency_key TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $adjust_stock$
DECLARE
    v_reference TEXT := _clean_argument(p_reference, 'p_reference', 255, p_is_optional => TRUE);
    v_call call_keys;
BEGIN
    v_call := _keyed_call(
        p_idempotency_key, 'adjust_stock', NULL,
        jsonb_build_array(p_product_id, p_quantity, left(p_reason, 20), v_reference)
    );
    IF v_call.created_at IS NULL THEN
        PERFORM _adjust_stock(p_product_id, p_quantity, p_reason, v_reference);
        PERFORM _remember_call(v_call);
    END IF;
END;
$adjust_stock$;
REVOKE EXECUTE ON FUNCTION adjust_stock(INT, INT, TEXT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION adjust_stock(INT, INT, TEXT, TEXT, TEXT) IS
'Adds p_quantity units, negative to take away, to the product''s stock for p_reason: receipt
(positive), damage or loss (negative), count (either); p_reference as on paper, NULL = none. A retry
with the same p_idempotency_key does nothing. Raises ST001 (would take what is reserved), ST002 (no
such product), ST003 (reason, quantity, reference or key, or stock that does not fit), ST004 (key
used for another request).';
