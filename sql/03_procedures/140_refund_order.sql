-- The store gives money back: what it owes, or, out of goodwill, more than that, which is then an
-- allowance and said so. Locks the order row.

CREATE OR REPLACE FUNCTION refund_order(
    p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    p_reason TEXT DEFAULT NULL, p_allowance BOOLEAN DEFAULT FALSE,
    p_occurred_at TIMESTAMPTZ DEFAULT NULL
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refund_order$
DECLARE
    v_payment payments := _reported_payment(
        'refund', p_order_id, p_provider, p_provider_reference, p_amount, p_occurred_at
    );
    v_order orders;
    v_payment_id BIGINT;
    v_allowance NUMERIC;
BEGIN
    IF p_allowance IS NULL THEN
        PERFORM _refuse_argument(
            'p_allowance', NULL, 'Say true where what is not owed is given out of goodwill.'
        );
    END IF;
    v_payment.reason := _clean_reason(p_reason, p_is_optional => TRUE);
    v_order := _lock_order(p_order_id);
    v_payment_id := _known_payment(v_payment);
    IF v_payment_id IS NOT NULL THEN
        RETURN v_payment_id;
    END IF;
    PERFORM _require_money(
        v_order, 'a refund', v_payment.amount,
        v_order.paid_amount - v_order.refunded_amount - v_order.charged_back_amount, 'held',
        'Refund at most what the store still holds of what was paid.'
    );
    IF NOT p_allowance THEN
        PERFORM _require_money(
            v_order, 'a refund', v_payment.amount, -v_order.balance, 'owed',
            'Cancel or return units first, or say p_allowance => true where it is goodwill.'
        );
    END IF;
    v_allowance := greatest(v_payment.amount - greatest(-v_order.balance, 0), 0);
    IF v_allowance > 0 THEN
        PERFORM _allow(v_order, v_allowance, v_payment.reason, NULL);
    END IF;
    v_payment_id := _add_payment(v_payment);
    PERFORM _settle_order(v_order, p_credited => v_allowance, p_refunded => v_payment.amount);
    RETURN v_payment_id;
END;
$refund_order$;
REVOKE EXECUTE ON FUNCTION
refund_order(INT, TEXT, TEXT, NUMERIC, TEXT, BOOLEAN, TIMESTAMPTZ)
FROM PUBLIC;
COMMENT ON FUNCTION refund_order(INT, TEXT, TEXT, NUMERIC, TEXT, BOOLEAN, TIMESTAMPTZ) IS
'Records that p_amount (store''s currency) went back to the customer at p_occurred_at (NULL = now),
under the provider''s own reference, and returns the payment_id; the same refund again returns the
same id. At most what is owed (refunds_due); with p_allowance, what is more is an allowance first.
Never more than was paid and not given or taken back. Raises ST002 (no such order), ST003 (provider,
reference, amount, reason, or an instant in the future), ST004 (reference of another payment), ST008
(more than is owed, held or worth).';
