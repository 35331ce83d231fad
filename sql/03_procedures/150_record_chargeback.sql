-- The bank took money back. A fact like a charge, also after a refund; the order keeps its status,
-- but nothing more of it leaves until the money is there again or it is released. A dispute the
-- store wins is a new charge. Locks the order row.

CREATE OR REPLACE FUNCTION record_chargeback(
    p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    p_currency TEXT DEFAULT NULL, p_occurred_at TIMESTAMPTZ DEFAULT NULL
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $record_chargeback$
DECLARE
    v_payment payments := _reported_payment(
        'chargeback', p_order_id, p_provider, p_provider_reference, p_amount, p_occurred_at,
        p_currency
    );
    v_order orders := _lock_order(p_order_id);
    v_payment_id BIGINT := _known_payment(v_payment);
BEGIN
    IF v_payment_id IS NULL THEN
        PERFORM _require_money(
            v_order, 'a chargeback', v_payment.amount,
            v_order.paid_amount - v_order.charged_back_amount, 'ever charged and not charged back',
            'Record the charge first that the bank took back; its fee is no part of the order.'
        );
        v_payment_id := _add_payment(v_payment);
        PERFORM _settle_order(v_order, p_charged_back => v_payment.amount);
    END IF;
    RETURN v_payment_id;
END;
$record_chargeback$;
REVOKE EXECUTE ON FUNCTION
record_chargeback(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ)
FROM PUBLIC;
COMMENT ON FUNCTION record_chargeback(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ) IS
'Records that the bank took p_amount back at p_occurred_at (NULL = now), under the provider''s own
reference, and returns the payment_id; the same one again returns the same id. p_currency (ISO 4217,
NULL = not said) must be the store''s. Raises ST002 (no such order), ST003 (provider, reference,
amount, currency, or an instant in the future), ST004 (reference of another payment), ST008 (more
than was ever charged).';
