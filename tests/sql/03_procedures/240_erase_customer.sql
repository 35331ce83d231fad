-- erase_customer: who can be erased, what goes and what stays. The sixth, Dorothy, has two orders
-- and all is settled; the seventh, Ichabod, has an address too.
BEGIN;
SELECT plan(11);

SELECT throws_ok('SELECT erase_customer(NULL)', 'ST002', NULL, 'nobody is nobody');
SELECT throws_ok(
    'SELECT erase_customer(10)', 'ST002', 'customer 10 is unknown or erased',
    'who is erased is not erased again'
);
SELECT throws_ok(
    'SELECT erase_customer(2)', 'ST005',
    'customer 2 has 2 open orders, 0 refunds due, 0 amounts owed and 0 undocumented orders',
    'an order on its way has to arrive first'
);
SELECT throws_ok(
    'SELECT erase_customer(5)', 'ST005', NULL, 'what was paid too much has to be given back first'
);
SELECT throws_ok(
    'SELECT erase_customer(4)', 'ST005',
    'customer 4 has 1 open orders, 0 refunds due, 1 amounts owed and 0 undocumented orders',
    'what is owed has to come or be written off first'
);

SELECT lives_ok('SELECT erase_customer(7)', 'who owes nothing and is owed nothing can go');
SELECT results_eq(
    'SELECT email::TEXT, num_nonnulls(first_name, last_name, phone, default_address_id),
    erased_at IS NULL FROM customers WHERE customer_id = 7',
    $$VALUES ('erased-7@erased.invalid', 0, FALSE)$$, 'of the row the number is left'
);
SELECT is_empty('SELECT FROM addresses WHERE customer_id = 7', 'the addresses are gone');
SELECT results_eq(
    'SELECT order_id, total::NUMERIC, ship_to::JSONB, ship_to_country::TEXT FROM orders
    WHERE customer_id = 7 ORDER BY order_id',
    $$VALUES
        (4, 49.50, NULL::JSONB, 'US'), (14, 0.00, NULL, 'US'),
        (22, 81.50, NULL, 'US'), (32, 134.08, NULL, 'US')$$,
    'of the orders the figures and the country are left'
);
SELECT results_eq(
    $$SELECT order_id FROM order_audit WHERE action = 'erased' AND order_id <> ALL ('{5,26}')
    ORDER BY order_id$$, ARRAY[4, 14, 22, 32], 'who reads the feed is told of each order'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
