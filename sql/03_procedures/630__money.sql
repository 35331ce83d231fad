-- Money that came or went: recorded once, however often its provider tells us. It never changes
-- what an order is worth.

CREATE OR REPLACE FUNCTION _reported_payment(
    p_kind TEXT, p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    p_occurred_at TIMESTAMPTZ, p_currency TEXT DEFAULT NULL
) RETURNS PAYMENTS
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_reported_payment$
DECLARE
    v_currency TEXT := (SELECT currency FROM store_settings);
    v_payment payments;
BEGIN
    v_payment.kind := p_kind;
    v_payment.order_id := p_order_id;
    v_payment.provider := _clean_argument(p_provider, 'p_provider', 50, 'lower');
    v_payment.provider_reference := _clean_argument(
        p_provider_reference, 'p_provider_reference', 255
    );
    v_payment.amount := _require_amount(p_amount, 'p_amount');
    v_payment.occurred_at := _past_instant(p_occurred_at, 'p_occurred_at');
    IF octet_length(p_currency) > 3 OR upper(p_currency) <> v_currency THEN
        PERFORM _refuse_argument(
            'p_currency', left(p_currency, 10),
            format('The store keeps its books in %s.', v_currency)
        );
    END IF;
    RETURN v_payment;
END;
$_reported_payment$;
REVOKE EXECUTE ON FUNCTION
_reported_payment(TEXT, INT, TEXT, TEXT, NUMERIC, TIMESTAMPTZ, TEXT)
FROM PUBLIC;
COMMENT ON FUNCTION _reported_payment(TEXT, INT, TEXT, TEXT, NUMERIC, TIMESTAMPTZ, TEXT) IS
'What a provider reports, as payments keep it. Raises ST003 (provider, reference, amount, another
currency than the store''s, an instant in the future). Internal.';

CREATE OR REPLACE FUNCTION _known_payment(p_payment PAYMENTS) RETURNS BIGINT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_known_payment$
DECLARE
    v_known payments;
BEGIN
    SELECT * INTO v_known FROM payments
    WHERE
        provider = p_payment.provider AND provider_reference = p_payment.provider_reference;
    IF found AND (v_known.order_id, v_known.kind, v_known.amount)
        IS DISTINCT FROM (p_payment.order_id, p_payment.kind, p_payment.amount) THEN
        RAISE EXCEPTION 'the reference was used for a % of % on order %',
            v_known.kind, v_known.amount, v_known.order_id
        USING ERRCODE = 'ST004',
            DETAIL = jsonb_build_object(
                'provider', v_known.provider, 'provider_reference', v_known.provider_reference,
                'payment_id', v_known.payment_id, 'order_id', v_known.order_id,
                'kind', v_known.kind, 'amount', v_known.amount
            ),
            HINT = 'Check the provider''s records; each movement of money has one reference.';
    END IF;
    RETURN v_known.payment_id;
END;
$_known_payment$;
REVOKE EXECUTE ON FUNCTION _known_payment(PAYMENTS) FROM PUBLIC;
COMMENT ON FUNCTION _known_payment(PAYMENTS) IS
'The payment_id of the payment if it was recorded before, else NULL. Asked under the lock of its
order, before anything is numbered. Raises ST004 (the reference is another payment''s). Internal.';

CREATE OR REPLACE FUNCTION _add_payment(p_payment PAYMENTS) RETURNS BIGINT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_add_payment$
DECLARE
    v_payment_id BIGINT;
BEGIN
    -- The unique reference decides between two orders that are told of it at the same moment.
    INSERT INTO payments (
        order_id, kind, amount, provider, provider_reference, of_payment_id, reason, occurred_at
    )
    VALUES (
        p_payment.order_id, p_payment.kind, p_payment.amount, p_payment.provider,
        p_payment.provider_reference, p_payment.of_payment_id, p_payment.reason,
        p_payment.occurred_at
    )
    ON CONFLICT (provider, provider_reference) DO NOTHING
    RETURNING payment_id INTO v_payment_id;
    IF NOT found THEN
        RETURN _known_payment(p_payment);  -- the other order's: it refuses
    END IF;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_payment.order_id,
        CASE p_payment.kind WHEN 'charge' THEN 'payment' ELSE p_payment.kind END,
        jsonb_build_object(
            'payment_id', v_payment_id, 'amount', p_payment.amount, 'provider', p_payment.provider
        )
    );
    RETURN v_payment_id;
END;
$_add_payment$;
REVOKE EXECUTE ON FUNCTION _add_payment(PAYMENTS) FROM PUBLIC;
COMMENT ON FUNCTION _add_payment(PAYMENTS) IS
'Inserts a payment that _known_payment() did not know, with its audit row, and returns its id.
Raises ST004 (another order was given the reference in that instant). Internal.';

CREATE OR REPLACE FUNCTION _require_sum(p_sum NUMERIC) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_require_sum$
BEGIN
    IF p_sum > 9999999999.99 THEN
        PERFORM _refuse_argument(
            'the sum of an order''s payments', p_sum::TEXT, 'Keep it at or below 9999999999.99.'
        );
    END IF;
END;
$_require_sum$;
REVOKE EXECUTE ON FUNCTION _require_sum(NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION _require_sum(NUMERIC) IS
'Returns when a sum of payments fits its column. Raises ST003 otherwise. Internal.';

CREATE OR REPLACE FUNCTION _require_money(
    p_order ORDERS, p_what TEXT, p_amount NUMERIC, p_at_most NUMERIC, p_of TEXT, p_hint TEXT
) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_require_money$
BEGIN
    IF p_amount <= p_at_most THEN
        RETURN;
    END IF;
    RAISE EXCEPTION '% of % exceeds the % % on order %', p_what, p_amount,
        greatest(p_at_most, round(0, p_order.decimals)), p_of, p_order.order_id
    USING ERRCODE = 'ST008',
        DETAIL = jsonb_build_object(
            'order_id', p_order.order_id, 'requested', p_amount,
            'at_most', greatest(p_at_most, 0), 'balance', p_order.balance,
            'paid', p_order.paid_amount, 'refunded', p_order.refunded_amount,
            'charged_back', p_order.charged_back_amount
        ),
        HINT = p_hint;
END;
$_require_money$;
REVOKE EXECUTE ON FUNCTION
_require_money(ORDERS, TEXT, NUMERIC, NUMERIC, TEXT, TEXT)
FROM PUBLIC;
COMMENT ON FUNCTION _require_money(ORDERS, TEXT, NUMERIC, NUMERIC, TEXT, TEXT) IS
'Returns when p_amount is at most p_at_most. Raises ST008 otherwise, with both numbers. Internal.';
