-- What this shop adds to the store, in a schema beside it: two functions, so that its Python never
-- writes a row. search_path is this schema, then the store's.

CREATE OR REPLACE FUNCTION customer_id_of(p_email TEXT) RETURNS INT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $customer_id_of$
    SELECT customer_id FROM customers WHERE email = lower(clean_text(p_email))
$customer_id_of$;
REVOKE EXECUTE ON FUNCTION customer_id_of(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION customer_id_of(TEXT) IS
'Whose e-mail it is, NULL = nobody''s. For the login that signs people in, and for nobody else.';

-- With the shopper's own rights: their policy decides whose address it is.
CREATE OR REPLACE FUNCTION add_address(p_address JSONB) RETURNS INT
LANGUAGE sql SET search_path FROM CURRENT
AS $add_address$
    INSERT INTO addresses (
        customer_id, recipient, line1, line2, city, region_code, postal_code, country_code
    )
    VALUES (
        current_customer_id(),
        clean_text(p_address ->> 'recipient'),
        clean_text(p_address ->> 'line1'),
        clean_text(p_address ->> 'line2'),
        clean_text(p_address ->> 'city'),
        upper(clean_text(p_address ->> 'region_code')),
        clean_text(p_address ->> 'postal_code'),
        upper(clean_text(p_address ->> 'country_code'))
    )
    RETURNING address_id
$add_address$;
REVOKE EXECUTE ON FUNCTION add_address(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION add_address(JSONB) IS
'Saves an address of the customer who is signed in; returns its address_id.';
