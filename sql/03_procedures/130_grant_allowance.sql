-- A price reduction after the sale: goodwill, a late coupon, a cent that will not come. Spread over
-- all the order, or one line, is worth. Locks the key, then the order row.

CREATE OR REPLACE FUNCTION grant_allowance(
    p_order_id INT, p_amount NUMERIC, p_reason TEXT, p_line_no INT DEFAULT NULL,
    p_idempotency_key TEXT DEFAULT NULL
) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $grant_allowance$
DECLARE
    v_amount NUMERIC := _require_amount(p_amount, 'p_amount');
    v_reason TEXT := _clean_reason(p_reason);
    v_call call_keys;
    v_order orders;
    v_credit_no INT;
BEGIN
    v_call := _keyed_call(
        p_idempotency_key, 'grant_allowance', NULL,
        jsonb_build_array(p_order_id, v_amount, v_reason, p_line_no)
    );
    IF v_call.created_at IS NOT NULL THEN
        RETURN v_call.answer;
    END IF;
    v_order := _lock_order(p_order_id);
    IF v_order.status = 'cancelled' THEN
        PERFORM _refuse_status(v_order, 'reduced', 'A cancelled order is worth nothing any more.');
    END IF;
    v_credit_no := _allow(v_order, v_amount, v_reason, p_line_no);
    PERFORM _settle_order(v_order, p_credited => v_amount);
    PERFORM _remember_call(v_call, v_credit_no);
    RETURN v_credit_no;
END;
$grant_allowance$;
REVOKE EXECUTE ON FUNCTION grant_allowance(INT, NUMERIC, TEXT, INT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION grant_allowance(INT, NUMERIC, TEXT, INT, TEXT) IS
'Takes p_amount (store''s currency, tax included) off what the order is worth, or line p_line_no of
it, and returns the credit_no. May make a pending order paid. A retry with the same
p_idempotency_key gets the same number. Raises ST002 (no such order), ST003 (amount, reason or key),
ST004 (key used for another request), ST005 (cancelled), ST008 (more than it is worth).';
