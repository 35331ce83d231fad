-- Goods came in. Locks the product's stock row.

CREATE OR REPLACE FUNCTION receive_stock(p_product_id INT, p_quantity INT, p_reference TEXT)
RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $receive_stock$
BEGIN
    PERFORM require_text(p_reference, 'p_reference', 255);
    PERFORM adjust_stock(p_product_id, p_quantity, 'receipt', p_reference);
END;
$receive_stock$;
REVOKE EXECUTE ON FUNCTION receive_stock(INT, INT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION receive_stock(INT, INT, TEXT) IS
'Adds p_quantity units, 1 or more, that came with p_reference (a delivery note) to the product''s
stock. Raises ST002 (no such product), ST003 (quantity or reference, or stock that does not fit).';
