-- Where an order's money stands, from its amounts alone. Generated columns of orders call these,
-- since one cannot read another. Not in SQL, which would be inlined and planned anew for every
-- order written.

CREATE FUNCTION order_total(
    p_subtotal AMOUNT, p_discount AMOUNT, p_shipping_fee AMOUNT, p_tax AMOUNT,
    p_prices_include_tax BOOLEAN
) RETURNS NUMERIC
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $order_total$
BEGIN
    RETURN p_subtotal - p_discount + p_shipping_fee
        + CASE WHEN p_prices_include_tax THEN 0 ELSE p_tax END;
END;
$order_total$;
REVOKE EXECUTE ON FUNCTION order_total(AMOUNT, AMOUNT, AMOUNT, AMOUNT, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION order_total(AMOUNT, AMOUNT, AMOUNT, AMOUNT, BOOLEAN) IS
'What an order came to when it was placed: tax on top unless prices include it. Raises nothing.';

CREATE FUNCTION order_balance(
    p_status VARCHAR, p_total NUMERIC, p_credited AMOUNT,
    p_paid AMOUNT, p_refunded AMOUNT, p_charged_back AMOUNT
) RETURNS NUMERIC
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $order_balance$
BEGIN
    RETURN CASE WHEN p_status = 'cancelled' THEN 0 ELSE p_total - p_credited END
        - p_paid + p_refunded + p_charged_back;
END;
$order_balance$;
REVOKE EXECUTE ON FUNCTION order_balance(VARCHAR, NUMERIC, AMOUNT, AMOUNT, AMOUNT, AMOUNT)
FROM PUBLIC;
COMMENT ON FUNCTION order_balance(VARCHAR, NUMERIC, AMOUNT, AMOUNT, AMOUNT, AMOUNT) IS
'What an order is still worth (nothing when cancelled), less the money the store holds for it.
Above 0 the customer owes, below 0 the store does. Raises nothing.';

CREATE FUNCTION payment_status_of(
    p_status VARCHAR, p_total NUMERIC, p_credited AMOUNT,
    p_paid AMOUNT, p_refunded AMOUNT, p_charged_back AMOUNT
) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $payment_status_of$
DECLARE
    v_balance NUMERIC
    := order_balance(p_status, p_total, p_credited, p_paid, p_refunded, p_charged_back);
BEGIN
    RETURN CASE
        WHEN v_balance < 0 THEN 'overpaid'
        WHEN v_balance > 0
            THEN CASE
                WHEN p_charged_back > 0 THEN 'charged_back'
                WHEN p_paid > p_refunded THEN 'partly_paid'
                ELSE 'unpaid'
            END
        WHEN p_status = 'cancelled' AND p_paid = 0 THEN 'unpaid'
        WHEN p_paid = 0 AND p_total > 0 THEN 'waived'
        WHEN (p_status = 'cancelled' OR p_total = p_credited) AND p_refunded + p_charged_back > 0
            THEN 'refunded'
        WHEN p_refunded > 0 AND p_credited > 0 THEN 'partly_refunded'
        ELSE 'paid'
    END;
END;
$payment_status_of$;
REVOKE EXECUTE ON FUNCTION payment_status_of(VARCHAR, NUMERIC, AMOUNT, AMOUNT, AMOUNT, AMOUNT)
FROM PUBLIC;
COMMENT ON FUNCTION payment_status_of(VARCHAR, NUMERIC, AMOUNT, AMOUNT, AMOUNT, AMOUNT) IS
'overpaid, charged_back, partly_paid, unpaid, waived, refunded, partly_refunded or paid: the first
that fits. Raises nothing.';
