-- The store gives money back: for what was cancelled or returned, or, once units have left, out of
-- goodwill too.

CREATE OR REPLACE FUNCTION refund_order(
    p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC,
    p_reason TEXT DEFAULT NULL
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refund_order$
BEGIN
    RETURN give_money_back(
        p_order_id, 'refund', p_provider, p_provider_reference, p_amount, p_reason
    );
END;
$refund_order$;
REVOKE EXECUTE ON FUNCTION refund_order(INT, TEXT, TEXT, NUMERIC, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION refund_order(INT, TEXT, TEXT, NUMERIC, TEXT) IS
'Records that p_amount (store''s currency) went back to the customer, under the provider''s own
reference, and returns the payment_id; the same refund again returns the same id. At most what was
paid and not yet given back; while nothing was shipped, at most what refunds_due shows. An order
that has left is refunded once all its money is given back. p_reason (NULL = not said) must not
name a person. Raises ST002 (no such order), ST003 (provider, reference, amount or reason), ST004
(reference of another payment), ST008 (more than there is to give back).';
