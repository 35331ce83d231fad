-- What some of a line's units are worth to the customer, discount and tax in them. One rule for
-- everything that gives units back: cancelling, returning, refunding and the books that check them.

CREATE FUNCTION value_of_units(
    p_units INT, p_quantity INT, p_line_total NUMERIC, p_tax NUMERIC, p_tax_included BOOLEAN
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(
    (p_line_total + CASE WHEN p_tax_included THEN 0 ELSE p_tax END) * p_units / p_quantity, 2
);
REVOKE EXECUTE ON FUNCTION value_of_units(INT, INT, NUMERIC, NUMERIC, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION value_of_units(INT, INT, NUMERIC, NUMERIC, BOOLEAN) IS
'What p_units of the p_quantity units of an order line cost the customer, to the cent, half away
from zero: their share of line_total, and of tax where prices exclude it. The value given back on
a line is that of its cancelled and returned units together; one call''s part of it is the
difference before and after, so that parts sum exactly to the whole. Raises nothing for a line
that its constraints allow.';
