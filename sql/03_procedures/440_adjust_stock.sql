-- Stock that changed other than by an order, with the reason why. Locks the product's stock row.

CREATE OR REPLACE FUNCTION adjust_stock(
    p_product_id INT, p_quantity INT, p_reason TEXT, p_reference TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $adjust_stock$
BEGIN
    IF p_reason IS NULL OR p_reason NOT IN ('receipt', 'count', 'damage', 'loss') THEN
        PERFORM refuse_argument(
            'p_reason', p_reason, 'Give a reason: receipt, count, damage or loss.'
        );
    END IF;
    IF (CASE p_reason
        WHEN 'receipt' THEN p_quantity > 0
        WHEN 'count' THEN p_quantity <> 0
        ELSE p_quantity < 0
    END) IS NOT TRUE THEN
        PERFORM refuse_argument(
            'p_quantity', p_quantity::TEXT,
            'A receipt adds units, damage and loss take some away, a count may do either.'
        );
    END IF;
    IF p_reference IS NOT NULL THEN
        PERFORM require_text(p_reference, 'p_reference', 255);
    END IF;
    PERFORM require_product(p_product_id);
    INSERT INTO stock_adjustments (product_id, quantity, reason, reference)
    VALUES (p_product_id, p_quantity, p_reason, p_reference);
    PERFORM change_on_hand(ARRAY[p_product_id], ARRAY[p_quantity]);
END;
$adjust_stock$;
REVOKE EXECUTE ON FUNCTION adjust_stock(INT, INT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION adjust_stock(INT, INT, TEXT, TEXT) IS
'Adds p_quantity units, negative to take away, to the product''s stock for p_reason: receipt
(positive), damage or loss (negative), count (either); p_reference as on paper, NULL = none. Raises
ST001 (would take what is reserved), ST002 (no such product), ST003 (reason, quantity or reference,
or stock that does not fit).';
