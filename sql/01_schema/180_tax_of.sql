-- The tax in or on an amount. Pricing computes with it; constraints on orders and order_items say
-- the same of what is stored, so that neither can change without the other.

CREATE FUNCTION tax_of(p_amount NUMERIC, p_rate NUMERIC, p_included BOOLEAN) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_included THEN p_amount - round(p_amount / (1 + p_rate), 2)
    ELSE round(p_amount * p_rate, 2)
END;
REVOKE EXECUTE ON FUNCTION tax_of(NUMERIC, NUMERIC, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION tax_of(NUMERIC, NUMERIC, BOOLEAN) IS
'Tax, to the cent, half away from zero: included in p_amount (a gross amount) when p_included,
else on top of p_amount (a net one). p_rate is a share, 0.2 for 20 %. Raises nothing.';
