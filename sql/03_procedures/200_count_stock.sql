-- Somebody counted the shelf: the count is the truth, the difference is the adjustment. Locks the
-- product's stock row first, so that no parcel leaves between the two.

CREATE OR REPLACE FUNCTION count_stock(
    p_product_id INT, p_counted INT, p_reference TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $count_stock$
DECLARE
    v_reference TEXT := _clean_argument(p_reference, 'p_reference', 255, p_is_optional => TRUE);
    v_on_hand INT;
BEGIN
    IF (p_counted >= 0) IS NOT TRUE THEN
        PERFORM _refuse_argument(
            'p_counted', p_counted::TEXT, 'Give the number of units on the shelf, 0 or more.'
        );
    END IF;
    PERFORM _require_product(p_product_id);
    SELECT on_hand INTO v_on_hand
    FROM inventory WHERE product_id = p_product_id FOR NO KEY UPDATE;
    IF p_counted <> v_on_hand THEN
        PERFORM _adjust_stock(p_product_id, p_counted - v_on_hand, 'count', v_reference);
    END IF;
END;
$count_stock$;
REVOKE EXECUTE ON FUNCTION count_stock(INT, INT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION count_stock(INT, INT, TEXT) IS
'Sets the product''s stock to p_counted units, reserved ones included, as found on the shelf under
p_reference (a count sheet, NULL = none); a count that finds what is stored changes nothing. Raises
ST001 (fewer than are reserved), ST002 (no such product), ST003 (count or reference).';
