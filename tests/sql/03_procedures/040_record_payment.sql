-- record_payment: money that came is a fact, for any order and only once. Scrooge's order (43) of
-- 30.00 is half paid, the scout's (45) of 78.56 not at all; 24 was cancelled before it was paid,
-- all of 13 came back.
BEGIN;
SELECT plan(15);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer, shop_staff', current_schema()) \gexec

SET LOCAL ROLE shop_customer;
SELECT throws_ok(
    $$SELECT record_payment(45, 'visa', 'x', 78.56)$$, '42501', NULL, 'no shopper says they paid'
);
SET LOCAL ROLE shop_staff;
SELECT throws_ok(
    $$SELECT record_payment(45, 'visa', 'x', 78.56, 'EUR')$$, 'ST003',
    'p_currency cannot be EUR', 'in the store''s currency only'
);
SELECT record_payment(45, 'visa', 'new 1', 78.55, 'usd', '2025-12-15 17:00+00');
SELECT results_eq(
    $$SELECT status, payment_status, paid_amount::NUMERIC, balance, paid_at::TIMESTAMPTZ
    FROM orders WHERE order_id = 45$$,
    $$VALUES ('pending'::VARCHAR, 'partly_paid'::VARCHAR, 78.55, 0.01, NULL::TIMESTAMPTZ)$$,
    'a cent short is not paid'
);
SELECT is(occurred_at, '2025-12-15 17:00+00', 'it came when the provider says') FROM payments
WHERE provider_reference = 'new 1';
SELECT record_payment(45, 'visa', 'new 2', 0.02);
SELECT results_eq(
    $$SELECT status, payment_status, paid_amount::NUMERIC, balance, paid_at::TIMESTAMPTZ
    FROM orders WHERE order_id = 45$$,
    $$VALUES ('paid'::VARCHAR, 'overpaid'::VARCHAR, 78.57, -0.01, now())$$,
    'money beyond the total is not refused'
);
SELECT results_eq(
    'SELECT amount_due FROM refunds_due WHERE order_id = 45', 'VALUES (0.01)', 'but due back'
);
SELECT results_eq(
    $$SELECT record_payment(45, ' VISA', E'new 2\u00a0', 0.02)$$,
    $$SELECT payment_id FROM payments WHERE provider_reference = 'new 2'$$,
    'the same webhook is the same payment, however it is written'
);
SELECT throws_ok(
    $$SELECT record_payment(45, 'visa', 'new 2', 0.03)$$, 'ST004', NULL,
    'of another amount it is another payment, which needs a reference of its own'
);
SELECT lives_ok(
    $$SELECT record_payment(45, 'bank', 'new 2', 0.02)$$,
    'each provider has references of its own'
);
RESET ROLE;
SELECT results_eq(
    $$SELECT action, details - 'payment_id', performed_by FROM order_audit
    WHERE order_id = 45 AND action <> 'placed' ORDER BY id$$,
    $$VALUES
    ('payment'::VARCHAR, '{"amount": 78.55, "provider": "visa"}'::JSONB, 'shop_staff'),
    ('payment', '{"amount": 0.02, "provider": "visa"}', 'shop_staff'),
    ('paid', '{"total": 78.56}', 'shop_staff'),
    ('payment', '{"amount": 0.02, "provider": "bank"}', 'shop_staff')$$,
    'the audit trail tells of each, and who did it'
);

SELECT record_payment(24, 'visa', 'late', 1.00);
SELECT results_eq(
    'SELECT status, amount_due FROM orders INNER JOIN refunds_due USING (order_id)
    WHERE order_id = 24',
    $$VALUES ('cancelled'::VARCHAR, 1.00)$$, 'no money revives a cancelled order: it is due back'
);
SELECT lives_ok(
    $$SELECT record_payment(13, 'visa', 'again', 1.00)$$, 'nor is it refused for a returned one'
);

-- Gatsby's order on account (39) left before it was paid.
SELECT record_payment(39, 'bank', 'transfer', 99.20);
SELECT results_eq(
    $$SELECT status, payment_status, paid_at::TIMESTAMPTZ FROM orders WHERE order_id = 39$$,
    $$VALUES ('delivered'::VARCHAR, 'paid'::VARCHAR, now())$$, 'an order on account is paid later'
);
SELECT is_empty('TABLE receivables', 'and then nothing is owed');
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
