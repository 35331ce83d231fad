-- What this shop adds to the store, in a schema beside it: functions, so that its Python never
-- writes a row. search_path is this schema, then the store's.

-- Who has shown that the e-mail is theirs; twice at once is once.
CREATE OR REPLACE FUNCTION sign_in(p_email TEXT) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $sign_in$
BEGIN
    RETURN coalesce(
        (SELECT customer_id FROM customers WHERE email = lower(clean_text(p_email))),
        register_customer(p_email, NULL, NULL)
    );
EXCEPTION WHEN SQLSTATE 'ST004' THEN
    RETURN (SELECT customer_id FROM customers WHERE email = lower(clean_text(p_email)));
END;
$sign_in$;
REVOKE EXECUTE ON FUNCTION sign_in(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION sign_in(TEXT) IS
'Whose e-mail it is; a new customer where it was nobody''s. For the login that signs people in, and
for nobody else: it does not ask for a proof.';

-- With the shopper's own rights: their policy decides whose address it is. Sent again, it is one.
CREATE OR REPLACE FUNCTION add_address(p_address JSONB) RETURNS INT
LANGUAGE sql SET search_path FROM CURRENT
AS $add_address$
    WITH given AS (
        SELECT
            current_customer_id() AS customer_id,
            clean_text(p_address ->> 'recipient') AS recipient,
            clean_text(p_address ->> 'line1') AS line1,
            clean_text(p_address ->> 'line2') AS line2,
            clean_text(p_address ->> 'city') AS city,
            upper(clean_text(p_address ->> 'region_code')) AS region_code,
            clean_text(p_address ->> 'postal_code') AS postal_code,
            upper(clean_text(p_address ->> 'country_code')) AS country_code
    ),

    known AS (
        SELECT addresses.address_id
        FROM given
        INNER JOIN addresses ON to_jsonb(addresses) @> to_jsonb(given)
    ),

    added AS (
        INSERT INTO addresses (
            customer_id, recipient, line1, line2, city, region_code, postal_code, country_code
        )
        SELECT given.*
        FROM given
        WHERE NOT EXISTS (SELECT FROM known)
        RETURNING address_id
    )

    SELECT min(address_id)
    FROM (SELECT address_id FROM known UNION ALL SELECT address_id FROM added) AS saved
$add_address$;
REVOKE EXECUTE ON FUNCTION add_address(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION add_address(JSONB) IS
'Saves an address of the customer who is signed in, unless they have it; returns its address_id.';

CREATE OR REPLACE FUNCTION offered_in(p_category_id INT) RETURNS SETOF STOREFRONT_PRODUCTS
LANGUAGE sql STABLE SET search_path FROM CURRENT
AS $offered_in$
    WITH RECURSIVE chosen AS (
        SELECT category_id FROM categories WHERE category_id = p_category_id
        UNION ALL
        SELECT categories.category_id
        FROM categories
        INNER JOIN chosen ON categories.parent_id = chosen.category_id
    )

    SELECT *
    FROM storefront_products
    WHERE p_category_id IS NULL OR category_id IN (SELECT category_id FROM chosen)
$offered_in$;
REVOKE EXECUTE ON FUNCTION offered_in(INT) FROM PUBLIC;
COMMENT ON FUNCTION offered_in(INT) IS
'What is on offer in a category and all below it; NULL = everywhere.';

CREATE OR REPLACE FUNCTION product_label(p_product_id INT) RETURNS TEXT
LANGUAGE sql STABLE SET search_path FROM CURRENT
AS $product_label$
    SELECT
        name || coalesce(
            (
                SELECT ' (' || string_agg(value, ', ' ORDER BY key) || ')'
                FROM jsonb_each_text(options)
            ), ''
        )
    FROM products
    WHERE product_id = p_product_id
$product_label$;
REVOKE EXECUTE ON FUNCTION product_label(INT) FROM PUBLIC;
COMMENT ON FUNCTION product_label(INT) IS
'What a product is called, of a style''s with its options: Oilskin Hat (Yellow, L).';
