-- addresses: of places that exist, and of customers who do.
BEGIN;
SELECT plan(9);
INSERT INTO customers (customer_id, email, erased_at) OVERRIDING SYSTEM VALUE VALUES
(901, 'ahab@pequod.example', NULL),
(902, 'erased-902@erased.invalid', now());

CREATE FUNCTION pg_temp.address(p_customer_id INT, p_line1 TEXT, p_country TEXT, p_region TEXT)
RETURNS VOID
LANGUAGE sql
AS $address$
    INSERT INTO addresses (customer_id, recipient, line1, city, country_code, region_code)
    VALUES (p_customer_id, 'Ahab', p_line1, 'Nantucket', p_country, p_region)
$address$;

SELECT throws_ok(
    $$SELECT pg_temp.address(901, 'At sea', 'ZZ', NULL)$$, '23503', NULL,
    'an invented country is no country'
);
SELECT throws_ok(
    $$SELECT pg_temp.address(901, 'At sea', 'UK', NULL)$$, '23503', NULL,
    'nor is the popular wrong code of one'
);
SELECT throws_ok(
    $$SELECT pg_temp.address(901, ' ', 'US', 'MA')$$, '23514', NULL, 'a blank line is no line'
);
SELECT throws_ok(
    $$SELECT pg_temp.address(901, 'At sea', 'US', '')$$, '23514', NULL,
    'a region that is not known is NULL and not empty'
);
SELECT lives_ok(
    $$SELECT pg_temp.address(901, 'At sea', 'US', NULL)$$,
    'an address may be incomplete until an order needs it'
);
SELECT throws_ok(
    $$SELECT pg_temp.address(902, 'At sea', 'US', 'MA')$$, 'ST002', 'customer 902 was erased',
    'an erased customer gets no new address'
);
SELECT throws_ok(
    'UPDATE addresses SET customer_id = 902 WHERE customer_id = 901', 'ST002', NULL,
    'nor another''s'
);
SELECT throws_ok(
    $$UPDATE customers SET default_address_id = (
        SELECT min(address_id) FROM addresses WHERE customer_id = 901
    ) WHERE customer_id = 902$$,
    '23514', NULL, 'nor a default'
);
SELECT lives_ok(
    $$UPDATE addresses SET city = 'New Bedford' WHERE customer_id = 901$$,
    'the living may move'
);
SELECT * FROM finish();
ROLLBACK;
