-- customers: one row a person, and nothing of the person once erased.
BEGIN;
SELECT plan(12);
SELECT throws_ok(
    $$INSERT INTO customers (email) VALUES ('Ahab@pequod.example')$$, '23514', NULL,
    'e-mail is stored in lower case'
);
SELECT throws_ok(
    $$INSERT INTO customers (email) VALUES ('ishmael@pequod.example')$$, '23505', NULL,
    'one row an e-mail'
);
SELECT throws_ok(
    $$INSERT INTO customers (email) VALUES ('ahab at pequod')$$, '23514', NULL,
    'an e-mail has an @ and no space'
);
SELECT throws_ok(
    $$INSERT INTO customers (email) VALUES ('ahab@pequod.example' || chr(8203))$$, '23514', NULL,
    'nor a space nobody sees'
);
SELECT throws_ok(
    $$INSERT INTO customers (email) VALUES ('ah' || chr(173) || 'ab@pequod.example')$$,
    '23514', NULL,
    'nor anything else nobody sees, inside either'
);
SELECT throws_ok(
    $$INSERT INTO customers (email) VALUES ('erased-1@erased.invalid')$$, '23514', NULL,
    'nobody living takes the address an erasure will need'
);
SELECT throws_ok(
    $$UPDATE customers SET erased_at = now() WHERE customer_id = 2$$, '23514', NULL,
    'an erased row keeps no name, e-mail or phone'
);
SELECT throws_ok(
    $$UPDATE customers SET email = 'erased-3@erased.invalid', erased_at = now(), first_name = NULL,
    last_name = NULL, phone = NULL, default_address_id = NULL WHERE customer_id = 2$$,
    '23514', NULL, 'an erased row is its own, not another''s'
);
SELECT throws_ok(
    'DELETE FROM customers WHERE customer_id = 1', '23503', NULL, 'who ordered stays'
);

-- A customer of our own, with two addresses.
INSERT INTO customers (customer_id, email) OVERRIDING SYSTEM VALUE VALUES
(901, 'ahab@pequod.example');
INSERT INTO addresses (address_id, customer_id, recipient, line1, city, country_code)
OVERRIDING SYSTEM VALUE VALUES (901, 901, 'Ahab', 'At sea', 'Nantucket', 'US');
SELECT throws_ok(
    'UPDATE customers SET default_address_id = 1 WHERE customer_id = 901', '23503', NULL,
    'a customer''s default is an address of their own'
);
UPDATE customers SET default_address_id = 901 WHERE customer_id = 901;
SELECT throws_ok(
    $$UPDATE customers SET email = 'erased-901@erased.invalid', erased_at = now()
    WHERE customer_id = 901$$,
    '23514', NULL, 'an erased row has no default address'
);
DELETE FROM addresses WHERE address_id = 901;
SELECT results_eq(
    'SELECT customer_id, default_address_id FROM customers WHERE customer_id = 901',
    'VALUES (901, NULL::INT)', 'and a default goes with its address'
);
SELECT * FROM finish();
ROLLBACK;
