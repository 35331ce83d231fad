-- The tax in or on an amount. Pricing computes with it; constraints on orders and order_items say
-- the same of what is stored, so that neither can change without the other.

CREATE FUNCTION tax_of(
    p_amount NUMERIC, p_rate NUMERIC, p_included BOOLEAN, p_decimals INT
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_included THEN p_amount - round(p_amount / (1 + p_rate), p_decimals)
    ELSE round(p_amount * p_rate, p_decimals)
END;
REVOKE EXECUTE ON FUNCTION tax_of(NUMERIC, NUMERIC, BOOLEAN, INT) FROM PUBLIC;
COMMENT ON FUNCTION tax_of(NUMERIC, NUMERIC, BOOLEAN, INT) IS
'Tax to p_decimals, half away from zero: included in p_amount (a gross amount) when p_included,
else on top of p_amount (a net one). p_rate is a share, 0.2 for 20 %. Raises nothing.';
