-- erase_customer: who can be erased, what goes and what stays. The sixth, Dorothy, has two orders
-- and all is settled; the seventh, Ichabod, has an address too.
BEGIN;
SELECT plan(9);

SELECT throws_ok('SELECT erase_customer(NULL)', 'ST002', NULL, 'nobody is nobody');
SELECT throws_ok(
    'SELECT erase_customer(10)', 'ST002', 'customer 10 is unknown or erased',
    'who is erased is not erased again'
);
SELECT throws_ok(
    'SELECT erase_customer(2)', 'ST005', 'customer 2 has open orders or refunds due',
    'an order on its way has to arrive first'
);
SELECT throws_ok(
    'SELECT erase_customer(5)', 'ST005', NULL, 'what was paid too much has to be given back first'
);

SELECT lives_ok('SELECT erase_customer(7)', 'who owes nothing and is owed nothing can go');
SELECT results_eq(
    'SELECT email, first_name, last_name, phone, erased_at IS NULL FROM customers
    WHERE customer_id = 7',
    $$VALUES (
        'erased-7@erased.invalid'::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, FALSE
    )$$, 'of the row the number is left'
);
SELECT is_empty('SELECT FROM addresses WHERE customer_id = 7', 'the addresses are gone');
SELECT results_eq(
    'SELECT order_id, total, ship_to, ship_to_country::TEXT FROM orders WHERE customer_id = 7
    ORDER BY order_id',
    $$VALUES
        (4, 49.50, NULL::JSONB, 'US'), (14, 0.00, NULL, 'US'),
        (22, 81.50, NULL, 'US'), (32, 134.08, NULL, 'US')$$,
    'of the orders the figures and the country are left'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
