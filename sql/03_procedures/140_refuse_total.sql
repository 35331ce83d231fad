-- An order must fit its columns: refused as an argument, not as a numeric overflow.

CREATE OR REPLACE FUNCTION refuse_total(p_total NUMERIC, p_subtotal NUMERIC) RETURNS NUMERIC
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_total$
BEGIN
    RAISE EXCEPTION 'the total does not fit'
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object(
            'subtotal', p_subtotal, 'total', p_total, 'at_most', 9999999999.99
        ),
        HINT = 'Split the order.';
END;
$refuse_total$;
REVOKE EXECUTE ON FUNCTION refuse_total(NUMERIC, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION refuse_total(NUMERIC, NUMERIC) IS
'Always raises ST003: p_total or p_subtotal does not fit NUMERIC(12, 2). Internal.';
