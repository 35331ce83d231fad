-- grant_allowance: what an order is worth less, spread over all of it. Of Jo's order 42 three
-- blocks have not left, 54.00 and 6.48; three Treasures have, 36.00 and 1.44, with the delivery,
-- 5.00 and 0.60: 60.48 + 37.44 + 5.60 = 103.52.
BEGIN;
SELECT plan(12);

SELECT throws_ok(
    $$SELECT grant_allowance(24, 1, 'x')$$, 'ST005', NULL, 'a cancelled order is worth nothing'
);
SELECT throws_ok(
    $$SELECT grant_allowance(42, 103.53, 'x')$$, 'ST008',
    'an allowance of 103.53 exceeds the 103.52 that order 42 is worth', 'no more than there is'
);
SELECT throws_ok(
    $$SELECT grant_allowance(42, 37.45, 'x', 2)$$, 'ST008',
    'an allowance of 37.45 exceeds the 37.44 that line 2 of order 42 is worth', 'nor of a line'
);
SELECT throws_ok($$SELECT grant_allowance(42, 1, 'x', 3)$$, 'ST008', NULL, 'least of all of none');
-- 10.00 x 60.48 / 103.52 = 5.84; x 97.92 / 103.52 = 9.459, so 3.62 for the second; the rest 0.54.
-- Tax: 5.84 x 6.48 / 60.48 = 0.6257; 3.62 x 1.44 / 37.44 = 0.1392; 0.54 x 0.60 / 5.60 = 0.0579.
SELECT is(grant_allowance(42, 10, ' late ', NULL, 'key'), 1, 'it is the order''s first credit');
SELECT is(grant_allowance(42, 10.00, 'late', NULL, 'key'), 1, 'and again the same');
SELECT results_eq(
    $$SELECT line_no, kind, quantity, net::NUMERIC, tax::NUMERIC, is_supplied, reason::TEXT
    FROM credits WHERE order_id = 42 ORDER BY line_no$$,
    $$VALUES
    (1, 'allowance'::VARCHAR, NULL::INT, 5.21, 0.63, FALSE, 'late'),
    (2, 'allowance', NULL, 3.48, 0.14, TRUE, 'late'),
    (NULL, 'allowance', NULL, 0.48, 0.06, TRUE, 'late')$$,
    'lines before the delivery, each by its worth'
);
SELECT results_eq(
    $$SELECT status, payment_status, balance, credited_amount::NUMERIC FROM orders
    WHERE order_id = 42$$,
    $$VALUES ('paid'::VARCHAR, 'overpaid'::VARCHAR, -10.00, 10.00)$$, 'what is given up is owed'
);
SELECT is(grant_allowance(42, 27.44, 'torn', 2), 2, 'a line alone');

-- Scrooge's order 43, 30.00, half of it paid; a cent that will not come, and the other half.
SELECT grant_allowance(43, 14.99, 'Christmas');
SELECT is(status, 'pending', 'a cent short is not paid') FROM orders WHERE order_id = 43;
SELECT grant_allowance(43, 0.01, 'Christmas');
SELECT results_eq(
    $$SELECT status, payment_status, balance, paid_at::TIMESTAMPTZ FROM orders
    WHERE order_id = 43$$,
    $$VALUES ('paid'::VARCHAR, 'paid'::VARCHAR, 0.00, now())$$, 'with the last cent it is'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
