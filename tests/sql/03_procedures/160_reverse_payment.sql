-- reverse_payment: a charge on the wrong order goes where it belongs. Gatsby's order 44 (24.32) is
-- paid by one charge; his order on account (39, 99.20) is owed; the scout's (45, 78.56) is pending.
BEGIN;
SELECT plan(13);

CREATE TEMP TABLE wrong AS SELECT payment_id FROM payments WHERE order_id = 44;
SELECT throws_ok('SELECT reverse_payment(0, $$x$$)', 'ST002', NULL, 'there must be one');
SELECT throws_ok(
    format('SELECT reverse_payment(%s, %L, 44)', payment_id, 'x'), 'ST003', NULL,
    'it is on this order already'
) FROM wrong;
SELECT throws_ok(
    format('SELECT reverse_payment(%s, %L, 9999)', payment_id, 'x'), 'ST002',
    'order 9999 does not exist', 'it goes to an order there is'
) FROM wrong;
CREATE TEMP TABLE made AS
SELECT reverse_payment(payment_id, 'was for the party', 39) AS payment_id FROM wrong;
SELECT is(reverse_payment(wrong.payment_id, 'again', 39), made.payment_id, 'once')
FROM wrong CROSS JOIN made;
SELECT throws_ok(
    format('SELECT reverse_payment(%s, %L)', payment_id, 'x'), 'ST004', NULL, 'to one order'
) FROM wrong;
SELECT results_eq(
    $$SELECT order_id, kind, amount::NUMERIC, provider_reference::TEXT, reason::TEXT FROM payments
    WHERE of_payment_id IS NOT NULL ORDER BY payment_id$$,
    $$VALUES
    (44, 'reversal'::VARCHAR, 24.32, NULL, 'was for the party'), (39, 'charge', 24.32, NULL, NULL)$$,
    'taken back there, booked here, and why only there'
);
SELECT results_eq(
    $$SELECT order_id, status, payment_status, balance FROM orders
    WHERE order_id IN (39, 44) ORDER BY 1$$,
    $$VALUES
    (39, 'delivered'::VARCHAR, 'partly_paid'::VARCHAR, 74.88), (44, 'paid', 'unpaid', 24.32)$$,
    'one is owed less, the other is not paid after all'
);
SELECT is(waiting_for, 'payment', 'and waits for its money') FROM order_backlog
WHERE order_id = 44;
SELECT throws_ok('SELECT ship_order(44, $$Post$$, NULL)', 'ST005', NULL, 'before it leaves');

-- A charge of which part has gone back cannot move.
SELECT record_payment(45, 'visa', 'ch', 100.00);
SELECT refund_order(45, 'visa', 're', 21.44);
SELECT throws_ok(
    format('SELECT reverse_payment(%s, %L)', payment_id, 'x'), 'ST008',
    'a reversal of 100.00 exceeds the 78.56 held on order 45', 'what went back is gone'
) FROM payments WHERE provider_reference = 'ch';
SELECT throws_ok(
    format('SELECT reverse_payment(%s, %L)', payment_id, 'x'), 'ST003', NULL,
    'a refund is no charge'
) FROM payments WHERE provider_reference = 're';
SELECT results_eq(
    $$SELECT order_id, action FROM order_audit
    WHERE order_id IN (39, 44) AND performed_at = now() ORDER BY id$$,
    $$VALUES (44, 'reversal'::VARCHAR), (39, 'payment')$$, 'the audit trail tells of both'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
