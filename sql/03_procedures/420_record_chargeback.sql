-- The bank took money back. A fact like a charge; the order keeps its status, but nothing more of
-- it leaves until the money is there again. A dispute the store wins is a new charge.

CREATE OR REPLACE FUNCTION record_chargeback(
    p_order_id INT, p_provider TEXT, p_provider_reference TEXT, p_amount NUMERIC
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $record_chargeback$
BEGIN
    RETURN give_money_back(
        p_order_id, 'chargeback', p_provider, p_provider_reference, p_amount, p_reason => NULL
    );
END;
$record_chargeback$;
REVOKE EXECUTE ON FUNCTION record_chargeback(INT, TEXT, TEXT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION record_chargeback(INT, TEXT, TEXT, NUMERIC) IS
'Records that the bank took p_amount (store''s currency) back, under the provider''s own reference,
and returns the payment_id; the same one again returns the same id. Counts as refunded. Raises
ST002 (no such order), ST003 (provider, reference or amount), ST004 (reference of another payment),
ST008 (more than was paid and not yet given back).';
