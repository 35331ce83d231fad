-- release_order and write_off: goods leave before the money comes, and what does not come is given
-- up. The scout's order (45) of 78.56 is pending, its hold runs out.
BEGIN;
SELECT plan(14);

SELECT throws_ok(
    $$SELECT ship_order(45, 'Post', NULL)$$, 'ST005', NULL, 'an unpaid order does not leave'
);
SELECT throws_ok(
    $$SELECT write_off(44, 'x')$$, 'ST008', 'nothing is owed on order 44',
    'what is paid cannot be written off'
);
SELECT release_order(45, ' on account ');
SELECT results_eq(
    $$SELECT status, expires_at::TIMESTAMPTZ, released_at::TIMESTAMPTZ, release_reason::TEXT
    FROM orders WHERE order_id = 45$$,
    $$VALUES ('pending'::VARCHAR, NULL::TIMESTAMPTZ, now(), 'on account')$$,
    'a released order is pending and does not run out'
);
SELECT throws_ok(
    $$SELECT release_order(45, 'again')$$, 'ST005',
    'order 45 is pending and released and cannot be released', 'once is enough'
);
SELECT throws_ok(
    $$SELECT change_hold(45, now() + INTERVAL '1 day')$$, 'ST005', NULL, 'nor has it a hold'
);
SELECT is(waiting_for, 'shipment', 'it waits to be packed') FROM order_backlog WHERE order_id = 45;
SELECT ship_order(45, 'Post', NULL);
SELECT results_eq(
    'SELECT status, payment_status, balance FROM orders WHERE order_id = 45',
    $$VALUES ('shipped'::VARCHAR, 'unpaid'::VARCHAR, 78.56)$$, 'it leaves, and is owed'
);
SELECT results_eq(
    'SELECT amount_owed, since::TIMESTAMPTZ FROM receivables WHERE order_id = 45',
    'VALUES (78.56, now())', 'which receivables tells'
);
SELECT throws_ok($$SELECT release_order(45, 'x')$$, 'ST005', NULL, 'nothing waits any more');

SELECT write_off(45, 'moved away');
SELECT throws_ok(
    $$SELECT write_off(45, 'still')$$, 'ST005', NULL, 'hope is given up once'
);
SELECT is_empty('SELECT FROM receivables WHERE order_id = 45', 'then it is waited for no more');
SELECT results_eq(
    'SELECT total::NUMERIC, credited_amount::NUMERIC, balance FROM orders WHERE order_id = 45',
    'VALUES (78.56, 0.00, 78.56)', 'and was sold all the same'
);
SELECT results_eq(
    $$SELECT action, details FROM order_audit
    WHERE order_id = 45 AND action IN ('released', 'written_off') ORDER BY id$$,
    $$VALUES ('released'::VARCHAR, '{}'::JSONB), ('written_off', '{"amount": 78.56}')$$,
    'the audit trail tells of both, and not why'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
