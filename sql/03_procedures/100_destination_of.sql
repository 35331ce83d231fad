-- Where an order goes: the address asked for, else the customer's default one, as the snapshot the
-- order keeps.

CREATE OR REPLACE FUNCTION destination_of(p_customer_id INT, p_address_id INT) RETURNS JSONB
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $destination_of$
DECLARE
    v_ship_to JSONB;
BEGIN
    SELECT jsonb_build_object(
        'recipient', recipient, 'line1', line1, 'line2', line2, 'city', city, 'region', region,
        'postal_code', postal_code, 'country_code', country_code
    ) INTO v_ship_to
    FROM addresses
    WHERE
        customer_id = p_customer_id
        AND CASE WHEN p_address_id IS NULL THEN is_default ELSE address_id = p_address_id END;
    IF v_ship_to IS NULL AND p_address_id IS NOT NULL THEN
        RAISE EXCEPTION 'address % is unknown', p_address_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('address_id', p_address_id),
            HINT = 'Choose one of the customer''s own addresses.';
    END IF;
    RETURN v_ship_to;
END;
$destination_of$;
REVOKE EXECUTE ON FUNCTION destination_of(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION destination_of(INT, INT) IS
'The address as orders.ship_to keeps it; NULL where the customer has no default and none was asked
for. Raises ST002 (not an address of this customer). Internal.';
