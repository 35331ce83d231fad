-- The rate that holds for a class of goods in a country on a day: the latest one begun. None is 0;
-- a country never falls back to another's. PL/pgSQL, because a SQL function this small but not
-- inlined would be planned anew for every line.

CREATE OR REPLACE FUNCTION tax_rate_at(p_tax_class TEXT, p_country_code TEXT, p_day DATE)
RETURNS NUMERIC
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $tax_rate_at$
BEGIN
    RETURN coalesce((
        SELECT rate FROM tax_rates
        WHERE
            tax_class = p_tax_class
            AND country_code = p_country_code
            AND valid_from <= p_day
        ORDER BY valid_from DESC
        LIMIT 1
    ), 0);
END;
$tax_rate_at$;
REVOKE EXECUTE ON FUNCTION tax_rate_at(TEXT, TEXT, DATE) FROM PUBLIC;
COMMENT ON FUNCTION tax_rate_at(TEXT, TEXT, DATE) IS
'Tax rate, a share, of the class in the country on the store''s day; 0 without a row. Raises
nothing. Internal.';
