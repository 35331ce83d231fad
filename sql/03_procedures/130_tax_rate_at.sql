-- The rate that holds for a class of goods in a country on a day: the latest one begun. None is 0;
-- a country never falls back to another's. A table of one row, because PostgreSQL makes such a
-- function part of the query that asks it, and a value's with a query inside never.

CREATE OR REPLACE FUNCTION tax_rate_at(p_tax_class TEXT, p_country_code TEXT, p_day DATE)
RETURNS TABLE (rate NUMERIC)
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT
        coalesce((
            SELECT tax_rates.rate FROM tax_rates
            WHERE
                tax_rates.tax_class = p_tax_class
                AND tax_rates.country_code = p_country_code
                AND tax_rates.valid_from <= p_day
            ORDER BY tax_rates.valid_from DESC
            LIMIT 1
        ), 0) AS rate;
END;
REVOKE EXECUTE ON FUNCTION tax_rate_at(TEXT, TEXT, DATE) FROM PUBLIC;
COMMENT ON FUNCTION tax_rate_at(TEXT, TEXT, DATE) IS
'One row: the tax rate, a share, of the class in the country on the store''s day; 0 where none has
begun. Raises nothing. Internal.';
