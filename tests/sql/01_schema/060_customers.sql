-- customers: one row a person, and nothing of the person once erased.
BEGIN;
SELECT plan(11);
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
    $$UPDATE customers SET phone = '' WHERE customer_id = 2$$, '23514', NULL,
    'what is not known is NULL and not empty'
);
SELECT throws_ok(
    $$UPDATE addresses SET line2 = '' WHERE customer_id = 2$$, '23514', NULL,
    'nor is part of an address'
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
    last_name = NULL, phone = NULL WHERE customer_id = 2$$,
    '23514', NULL, 'an erased row is its own, not another''s'
);
SELECT throws_ok(
    'DELETE FROM customers WHERE customer_id = 1', '23503', NULL, 'who ordered stays'
);
SELECT throws_ok(
    $$INSERT INTO addresses (customer_id, recipient, line1, city, country_code, is_default)
    VALUES (1, 'Ishmael', 'At sea', 'Nantucket', 'US', TRUE)$$,
    '23505', NULL, 'a customer has one default address'
);
SELECT lives_ok(
    $$INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
    VALUES (1, 'Ishmael', 'At sea', 'Nantucket', 'US')$$,
    'and others beside it'
);
SELECT * FROM finish();
ROLLBACK;
