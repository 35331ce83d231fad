-- Where an order goes and how it is taxed there, to the cent: a place the store serves, with the
-- region that its country's taxes ask for. A mistyped place is refused, never untaxed.

CREATE OR REPLACE FUNCTION _address_of(p_customer_id INT, p_address_id INT)
RETURNS ADDRESS_SNAPSHOT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_address_of$
DECLARE
    v_address ADDRESS_SNAPSHOT;
BEGIN
    SELECT jsonb_build_object(
        'recipient', recipient, 'company', company, 'vat_id', vat_id, 'line1', line1,
        'line2', line2, 'city', city, 'region', region, 'region_code', region_code,
        'postal_code', postal_code, 'country_code', country_code
    ) INTO v_address
    FROM addresses
    WHERE address_id = p_address_id AND customer_id = p_customer_id;
    IF NOT found THEN
        RAISE EXCEPTION 'address % is unknown', p_address_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('address_id', p_address_id),
            HINT = 'Choose one of the customer''s own addresses.';
    END IF;
    RETURN v_address;
END;
$_address_of$;
REVOKE EXECUTE ON FUNCTION _address_of(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _address_of(INT, INT) IS
'The customer''s address as orders keep it. Raises ST002 (not one of theirs). Internal.';

CREATE OR REPLACE FUNCTION _region_is_missing(
    p_country_code TEXT, p_region_code TEXT, p_day DATE
) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_region_is_missing$
BEGIN
    RETURN EXISTS (
        SELECT FROM tax_rates
        WHERE
            country_code = p_country_code::CHAR(2)  -- as text it would use no index
            AND region_code <> ''
            AND valid_from <= p_day
    ) AND NOT EXISTS (
        SELECT FROM tax_rates
        WHERE
            tax_class = 'standard'
            AND country_code = p_country_code::CHAR(2)
            AND region_code = nullif(p_region_code, '')
            AND valid_from <= p_day
    );
END;
$_region_is_missing$;
REVOKE EXECUTE ON FUNCTION _region_is_missing(TEXT, TEXT, DATE) FROM PUBLIC;
COMMENT ON FUNCTION _region_is_missing(TEXT, TEXT, DATE) IS
'Whether the country taxes by region on that day and p_region_code is none of them. Internal.';

-- A table of one row, because PostgreSQL makes such a function part of the query that asks it, and
-- a value's with a query inside never.
CREATE OR REPLACE FUNCTION _tax_rate_at(
    p_tax_class TEXT, p_country_code TEXT, p_region_code TEXT, p_day DATE
) RETURNS TABLE (rate NUMERIC)
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT
        coalesce((
            SELECT tax_rates.rate FROM tax_rates
            WHERE
                tax_rates.tax_class = p_tax_class
                AND tax_rates.country_code = p_country_code::CHAR(2)
                AND tax_rates.region_code::TEXT = ANY(ARRAY['', p_region_code])
                AND tax_rates.valid_from <= p_day
            ORDER BY tax_rates.region_code DESC, tax_rates.valid_from DESC
            LIMIT 1
        ), 0) AS rate;
END;
REVOKE EXECUTE ON FUNCTION _tax_rate_at(TEXT, TEXT, TEXT, DATE) FROM PUBLIC;
COMMENT ON FUNCTION _tax_rate_at(TEXT, TEXT, TEXT, DATE) IS
'One row: the class''s rate on that day, of the region, else of the country, else 0. Internal.';

CREATE OR REPLACE FUNCTION _taxed_place(p_address JSONB) RETURNS TAXED_PLACE
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_taxed_place$
DECLARE
    v_place TAXED_PLACE;
    v_own_country TEXT;
    v_is_served BOOLEAN := TRUE;  -- the store's own country always is, and most orders go there
    v_problem TEXT;
BEGIN
    SELECT
        (now() AT TIME ZONE store_settings.time_zone)::DATE,
        country_code,
        CASE WHEN p_address IS NULL THEN country_code ELSE p_address ->> 'country_code' END,
        CASE WHEN p_address IS NULL THEN region_code
            ELSE coalesce(p_address ->> 'region_code', '') END
    INTO v_place.day, v_own_country, v_place.country_code, v_place.region_code
    FROM store_settings;
    IF v_place.country_code <> v_own_country THEN
        SELECT is_served INTO v_is_served
        FROM countries WHERE country_code = v_place.country_code::CHAR(2);
    END IF;
    v_problem := CASE
        WHEN v_is_served IS NULL THEN 'is no country'
        WHEN NOT v_is_served THEN 'is not served'
        WHEN _region_is_missing(v_place.country_code, v_place.region_code, v_place.day)
        THEN CASE v_place.region_code WHEN '' THEN 'needs a region' ELSE 'has no such region' END
    END;
    IF v_problem IS NOT NULL THEN
        RAISE EXCEPTION 'country % %', v_place.country_code, v_problem
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object(
                'country_code', v_place.country_code, 'region_code', v_place.region_code,
                'problem', v_problem
            ),
            HINT = CASE
                WHEN v_is_served THEN 'Complete the address with the region its tax depends on.'
                ELSE 'Choose a country the store sends to: SELECT * FROM countries WHERE is_served.'
            END;
    END IF;
    RETURN v_place;
END;
$_taxed_place$;
REVOKE EXECUTE ON FUNCTION _taxed_place(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _taxed_place(JSONB) IS
'Where an order to the address is taxed, NULL = at the store''s place. Raises ST002. Internal.';

CREATE OR REPLACE FUNCTION _tax_of(
    p_amount NUMERIC, p_rate NUMERIC, p_included BOOLEAN, p_decimals INT
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_included THEN p_amount - round(p_amount / (1 + p_rate), p_decimals)
    ELSE round(p_amount * p_rate, p_decimals)
END;
REVOKE EXECUTE ON FUNCTION _tax_of(NUMERIC, NUMERIC, BOOLEAN, INT) FROM PUBLIC;
COMMENT ON FUNCTION _tax_of(NUMERIC, NUMERIC, BOOLEAN, INT) IS
'The tax in p_amount when p_included, else on top of it, rounded half away from zero. Internal.';

CREATE OR REPLACE FUNCTION _round_quotient(
    p_dividend NUMERIC, p_divisor NUMERIC, p_decimals INT
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- NUMERIC's own division rounds first, which at a tie is one cent off from about a billion up.
RETURN CASE p_decimals
    WHEN 0 THEN div(2 * p_dividend + p_divisor, 2 * p_divisor)
    ELSE div(200 * p_dividend + p_divisor, 2 * p_divisor) * 0.01
END;
REVOKE EXECUTE ON FUNCTION _round_quotient(NUMERIC, NUMERIC, INT) FROM PUBLIC;
COMMENT ON FUNCTION _round_quotient(NUMERIC, NUMERIC, INT) IS
'The true quotient, not negative, half up to p_decimals (0 or 2). Raises 22012. Internal.';
