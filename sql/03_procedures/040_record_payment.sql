-- Money that came. A provider's webhook is a fact: recorded for any order, once however often it
-- is delivered; it never revives a cancelled order. Locks the order row.

CREATE OR REPLACE FUNCTION record_payment(
    p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    p_currency TEXT DEFAULT NULL, p_occurred_at TIMESTAMPTZ DEFAULT NULL
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $record_payment$
DECLARE
    v_payment payments := _reported_payment(
        'charge', p_order_id, p_provider, p_provider_reference, p_amount, p_occurred_at, p_currency
    );
    v_order orders := _lock_order(p_order_id);
    v_payment_id BIGINT := _known_payment(v_payment);
BEGIN
    IF v_payment_id IS NULL THEN
        PERFORM _require_sum(v_order.paid_amount + v_payment.amount);
        v_payment_id := _add_payment(v_payment);
        PERFORM _settle_order(v_order, p_paid => v_payment.amount);
    END IF;
    RETURN v_payment_id;
END;
$record_payment$;
REVOKE EXECUTE ON FUNCTION record_payment(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION record_payment(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ) IS
'Records that p_amount came for the order at p_occurred_at (NULL = now), under the provider''s own
reference, and returns the payment_id; the same payment again returns the same id. p_currency (ISO
4217, NULL = not said) must be the store''s. A pending order is paid once nothing is owed any more.
Raises ST002 (no such order), ST003 (provider, reference, amount, a sum that does not fit, currency,
or an instant in the future), ST004 (reference of another payment).';
