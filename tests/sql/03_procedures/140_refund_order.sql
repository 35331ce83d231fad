-- refund_order and record_chargeback: money goes back and changes no worth. Gatsby's order 44
-- (24.32) is paid, Jo's 40 (134.40) on its way, Anne's 41 (56.75) too.
BEGIN;
SELECT plan(16);

SELECT throws_ok(
    $$SELECT refund_order(44, 'visa', 'r1', 0.01)$$, 'ST008',
    'a refund of 0.01 exceeds the 0.00 owed on order 44', 'what is not owed does not go back'
);
SELECT record_payment(44, 'visa', 'too much', 5.00);
SELECT lives_ok(
    $$SELECT refund_order(44, 'visa', 'r1', 5.00)$$, 'but what was paid too much does'
);
SELECT is(
    refund_order(44, 'visa', 'r1', 5.00), payment_id,
    'the same refund again is the same payment, though nothing is due any more'
) FROM payments WHERE provider_reference = 'r1';
SELECT throws_ok(
    $$SELECT refund_order(40, 'visa', 'r1', 5.00)$$, 'ST004',
    'the reference was used for a refund of 5.00 on order 44', 'for another order its reference is'
    ' not'
);
SELECT results_eq(
    'SELECT status, payment_status, credited_amount::NUMERIC FROM orders WHERE order_id = 44',
    $$VALUES ('paid'::VARCHAR, 'paid'::VARCHAR, 0.00)$$, 'an overpayment sent back is no credit'
);

SELECT refund_order(40, 'visa', 'r2', 100.00, 'late', TRUE);
SELECT is(
    refund_order(40, 'visa', 'r2', 100.00, 'late', TRUE), payment_id,
    'goodwill is granted once'
) FROM payments WHERE provider_reference = 'r2';
SELECT results_eq(
    $$SELECT status, payment_status, credited_amount::NUMERIC, refunded_amount::NUMERIC, balance
    FROM orders WHERE order_id = 40$$,
    $$VALUES ('shipped'::VARCHAR, 'partly_refunded'::VARCHAR, 100.00, 100.00, 0.00)$$,
    'more than is owed is an allowance, said so'
);
SELECT throws_ok(
    $$SELECT refund_order(40, 'visa', 'r3', 34.41, NULL, TRUE)$$, 'ST008',
    'a refund of 34.41 exceeds the 34.40 held on order 40', 'but no more than is held'
);
SELECT deliver_order(40);
SELECT is(status, 'delivered', 'money that went back does not keep a parcel from arriving')
FROM orders WHERE order_id = 40;

SELECT record_chargeback(40, 'visa', 'c1', 134.40);
SELECT results_eq(
    $$SELECT payment_status, charged_back_amount::NUMERIC, balance FROM orders
    WHERE order_id = 40$$,
    $$VALUES ('charged_back'::VARCHAR, 134.40, 134.40)$$,
    'the bank may take it back a second time: a loss the books can hold'
);
SELECT throws_ok(
    $$SELECT record_chargeback(40, 'visa', 'c2', 0.01)$$, 'ST008', NULL,
    'but not more than was ever charged'
);
SELECT results_eq(
    'SELECT amount_owed FROM receivables WHERE order_id = 40', 'VALUES (134.40)',
    'which is owed then'
);
SELECT record_payment(40, 'visa', 'won', 134.40);
SELECT results_eq(
    'SELECT status, payment_status, balance FROM orders WHERE order_id = 40',
    $$VALUES ('delivered'::VARCHAR, 'partly_refunded'::VARCHAR, 0.00)$$,
    'until the dispute is won'
);

SELECT record_chargeback(44, 'visa', 'c3', 20.00);
SELECT throws_ok(
    $$SELECT refund_order(44, 'visa', 'r4', 4.33, 'sorry', TRUE)$$, 'ST008',
    'a refund of 4.33 exceeds the 4.32 held on order 44', 'what the bank took back is not held'
);
SELECT results_eq(
    $$SELECT revenue, credits FROM monthly_revenue WHERE month = '2025-11-01'$$,
    'VALUES (464.75, 0.00)', 'no money changed what was sold in November'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
