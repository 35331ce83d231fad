-- What the store still owes a customer on an order, in one place: the view of refunds due, the
-- customer's balance and the limit of a refund ask this and nothing else.

CREATE FUNCTION amount_due(
    p_status TEXT, p_total NUMERIC, p_paid NUMERIC, p_refunded NUMERIC, p_given_back NUMERIC
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(
    p_paid - p_refunded - CASE
        WHEN p_status = 'cancelled' THEN 0
        ELSE p_total - coalesce(p_given_back, 0)
    END,
    0
);
REVOKE EXECUTE ON FUNCTION amount_due(TEXT, NUMERIC, NUMERIC, NUMERIC, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION amount_due(TEXT, NUMERIC, NUMERIC, NUMERIC, NUMERIC) IS
'What is owed back on an order: what was paid and not yet refunded (chargebacks count as
refunded), less the price of what the customer keeps: the total less p_given_back, the sum of
value_of_units() over the cancelled and returned units of its lines (NULL = none). Of a cancelled
order the customer keeps nothing, whatever its lines say. Never below 0. Raises nothing.';
