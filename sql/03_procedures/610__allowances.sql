
CREATE OR REPLACE FUNCTION _allow(
    p_order ORDERS, p_amount NUMERIC, p_reason TEXT, p_line_no INT,
    OUT credit_no INT, OUT amount NUMERIC
)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_allow$
BEGIN
    SELECT written.credit_no, written.amount INTO credit_no, amount
    FROM _write_credits(
        p_order, _allowance_parts(p_order, p_amount, p_line_no), p_reason
    ) AS written;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order.order_id, 'allowance',
        jsonb_build_object('credit_no', credit_no, 'amount', amount, 'line_no', p_line_no)
    );
END;
$_allow$;
REVOKE EXECUTE ON FUNCTION _allow(ORDERS, NUMERIC, TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _allow(ORDERS, NUMERIC, TEXT, INT) IS
'Writes an allowance and its audit row. Raises ST008 (more than there is worth). Internal.';
