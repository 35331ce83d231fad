-- order_number, order_id_of: what every role may ask, and what none may read.
BEGIN;
SELECT plan(10);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer', current_schema()) \gexec
SELECT throws_ok('SELECT order_number(-1)', 'ST003', NULL, 'no order has a negative number');
SELECT throws_ok(
    'UPDATE order_number_key SET key = sha256(key)', '55000', NULL, 'the key is never changed'
);
SELECT throws_ok(
    'INSERT INTO order_number_key (key) VALUES (sha256(''a''))', '23505', NULL,
    'there is no second one'
);
SELECT throws_ok(
    'INSERT INTO order_number_key (is_only_row, key) VALUES (FALSE, sha256(''a''))', '23514', NULL,
    'nor one beside it'
);
SELECT ok(order_number(NULL) IS NULL AND order_id_of(NULL) IS NULL, 'nothing of nothing');

SET LOCAL ROLE shop_customer;
SELECT ok(
    order_number(1) ~ '^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$', 'two fours without 0, O, 1 and I'
);
SELECT is(order_id_of(lower(order_number(1))), 1, 'which lead back to the order');
SELECT isnt(order_number(1), order_number(2), 'each order has another');
SELECT throws_ok('SELECT key FROM order_number_key', '42501', NULL, 'no shopper reads the key');

RESET ROLE;
ALTER TABLE order_number_key DISABLE TRIGGER USER;
DELETE FROM order_number_key;
SELECT throws_ok('SELECT order_number(1)', '55000', NULL, 'a copy without the key numbers nothing');

SELECT * FROM finish();
ROLLBACK;
