-- Money that came. A provider's webhook is a fact: recorded for any order, once however often it
-- is delivered; it never revives a cancelled order. Locks the order row.

CREATE OR REPLACE FUNCTION record_payment(
    p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $record_payment$
DECLARE
    v_order orders;
    v_payment RECORD;
    v_is_now_paid BOOLEAN;
BEGIN
    PERFORM require_text(p_provider, 'p_provider', 50);
    PERFORM require_text(p_provider_reference, 'p_provider_reference', 255);
    PERFORM require_amount(p_amount, 'p_amount');
    v_order := lock_order(p_order_id);
    v_payment := add_payment(p_order_id, 'charge', p_provider, p_provider_reference, p_amount);
    IF NOT v_payment.is_new THEN
        RETURN v_payment.payment_id;
    END IF;
    PERFORM require_amount(v_order.paid_amount + p_amount, 'the sum of the order''s payments');
    v_is_now_paid := v_order.status = 'pending'
        AND v_order.paid_amount + p_amount - v_order.refunded_amount >= v_order.total;
    UPDATE orders SET
        paid_amount = paid_amount + p_amount,
        status = CASE WHEN v_is_now_paid THEN 'paid' ELSE status END
    WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    SELECT
        p_order_id,
        step.action,
        step.details
    FROM (
        VALUES
        (
            'payment', TRUE, jsonb_build_object(
                'payment_id', v_payment.payment_id, 'amount', p_amount, 'provider', p_provider
            )
        ),
        ('paid', v_is_now_paid, jsonb_build_object('total', v_order.total))
    ) AS step (action, happened, details)
    WHERE step.happened;
    RETURN v_payment.payment_id;
END;
$record_payment$;
REVOKE EXECUTE ON FUNCTION record_payment(INT, TEXT, TEXT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION record_payment(INT, TEXT, TEXT, NUMERIC) IS
'Records that p_amount (store''s currency) came for the order, under the provider''s own reference,
and returns the payment_id; the same payment again returns the same id. A pending order is paid
once what it keeps of the money reaches its total. Raises ST002 (no such order), ST003 (provider,
reference or amount), ST004 (reference of another payment).';
