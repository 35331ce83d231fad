-- An order must fit its columns: refused as an argument, not as a numeric overflow.

CREATE OR REPLACE FUNCTION require_total(p_total NUMERIC, p_subtotal NUMERIC) RETURNS NUMERIC
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $require_total$
BEGIN
    IF greatest(p_total, p_subtotal) > 9999999999.99 THEN
        RAISE EXCEPTION 'the total does not fit'
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object(
                'subtotal', p_subtotal, 'total', p_total, 'at_most', 9999999999.99
            ),
            HINT = 'Split the order.';
    END IF;
    RETURN p_total;
END;
$require_total$;
REVOKE EXECUTE ON FUNCTION require_total(NUMERIC, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION require_total(NUMERIC, NUMERIC) IS
'p_total, once it and the subtotal fit NUMERIC(12, 2). Raises ST003 otherwise. Internal.';
