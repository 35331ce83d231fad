-- Writes a payment once, however often its provider tells us: the unique reference decides, also
-- between two deliveries of one webhook at the same moment.

CREATE OR REPLACE FUNCTION add_payment(
    p_order_id INT, p_kind TEXT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    OUT payment_id BIGINT, OUT is_new BOOLEAN
)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $add_payment$
#variable_conflict use_column
DECLARE
    v_known payments;
BEGIN
    INSERT INTO payments (order_id, kind, amount, provider, provider_reference)
    VALUES (p_order_id, p_kind, p_amount, p_provider, p_provider_reference)
    ON CONFLICT (provider, provider_reference) DO NOTHING
    RETURNING payments.payment_id INTO add_payment.payment_id;
    is_new := found;
    IF is_new THEN
        RETURN;
    END IF;
    SELECT * INTO v_known FROM payments
    WHERE provider = p_provider AND provider_reference = p_provider_reference;
    IF (v_known.order_id, v_known.kind, v_known.amount)
        IS DISTINCT FROM (p_order_id, p_kind, p_amount) THEN
        RAISE EXCEPTION 'the reference % of % was used for another payment',
            p_provider_reference, p_provider
        USING ERRCODE = 'ST004',
            DETAIL = jsonb_build_object(
                'provider', p_provider, 'provider_reference', p_provider_reference,
                'payment_id', v_known.payment_id, 'order_id', v_known.order_id,
                'kind', v_known.kind, 'amount', v_known.amount
            ),
            HINT = 'Check the provider''s records; each movement of money has one reference.';
    END IF;
    add_payment.payment_id := v_known.payment_id;
END;
$add_payment$;
REVOKE EXECUTE ON FUNCTION add_payment(INT, TEXT, TEXT, TEXT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION add_payment(INT, TEXT, TEXT, TEXT, NUMERIC) IS
'Inserts the payment, p_kind charge, refund or chargeback; for one already there returns its id and
is_new false. Raises ST004 (the reference belongs to another payment). Internal.';
