-- Money that goes back to a customer, given by the store or taken by the bank: recorded once,
-- within what there is. Locks the order row.

CREATE OR REPLACE FUNCTION give_money_back(
    p_order_id INT, p_kind TEXT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    p_reason TEXT
) RETURNS BIGINT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $give_money_back$
DECLARE
    v_order orders;
    v_payment RECORD;
    v_at_most NUMERIC;
BEGIN
    PERFORM require_text(p_provider, 'p_provider', 50);
    PERFORM require_text(p_provider_reference, 'p_provider_reference', 255);
    PERFORM require_amount(p_amount, 'p_amount');
    IF p_reason IS NOT NULL THEN
        PERFORM require_text(p_reason, 'p_reason', 1000);
    END IF;
    v_order := lock_order(p_order_id);
    v_payment := add_payment(p_order_id, p_kind, p_provider, p_provider_reference, p_amount);
    IF NOT v_payment.is_new THEN
        RETURN v_payment.payment_id;
    END IF;

    v_at_most := CASE
        -- Before anything left, money is given back for what was cancelled or paid too much.
        WHEN p_kind = 'refund' AND NOT has_shipped(p_order_id) THEN amount_due(
            v_order.status, v_order.total, v_order.paid_amount, v_order.refunded_amount,
            value_given_back(p_order_id)
        )
        ELSE v_order.paid_amount - v_order.refunded_amount
    END;
    IF p_amount > v_at_most THEN
        RAISE EXCEPTION 'order % has less than that to give back', p_order_id
        USING ERRCODE = 'ST008',
            DETAIL = jsonb_build_object(
                'order_id', p_order_id, 'requested', p_amount, 'at_most', v_at_most,
                'paid', v_order.paid_amount, 'refunded', v_order.refunded_amount
            ),
            HINT = CASE p_kind
                WHEN 'refund' THEN 'Refund at most that; cancel first what has not left.'
                ELSE 'Record the charge first that the bank took back.'
            END;
    END IF;
    UPDATE orders SET refunded_amount = refunded_amount + p_amount WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order_id, p_kind,
        jsonb_build_object(
            'payment_id', v_payment.payment_id, 'amount', p_amount, 'provider', p_provider,
            'reason', p_reason
        )
    );
    PERFORM close_refunded_order(p_order_id);
    RETURN v_payment.payment_id;
END;
$give_money_back$;
REVOKE EXECUTE ON FUNCTION give_money_back(INT, TEXT, TEXT, TEXT, NUMERIC, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION give_money_back(INT, TEXT, TEXT, TEXT, NUMERIC, TEXT) IS
'Records a refund or chargeback (p_kind) of p_amount in the store''s currency and returns its
payment_id; the same one again returns the same id. Raises ST002, ST003, ST004, ST008. Internal.';
