-- payment_reconciliation: days of the seed, to lay beside the providers' statements.
BEGIN;
SELECT plan(4);

SELECT results_eq(
    $$SELECT payment_date::TEXT, provider::TEXT, charges, refunds, chargebacks, net, payment_count
    FROM payment_reconciliation
    WHERE payment_date IN ('2024-12-01', '2025-01-03', '2025-04-15', '2025-09-30', '2025-10-01')
    ORDER BY payment_date$$,
    $$SELECT * FROM (VALUES
    ('2024-12-01', 'card', 82.04, 0.00, 0.00, 82.04, 2::BIGINT),  -- 49.50 + 32.54
    -- On an order that was cancelled: the bank's statement has it too.
    ('2025-01-03', 'card', 0.00, 47.25, 0.00, -47.25, 1),
    ('2025-04-15', 'card', 0.00, 0.00, 264.00, -264.00, 1),
    -- At 23:30 in New York; October in UTC.
    ('2025-09-30', 'transfer', 0.00, 10.00, 0.00, -10.00, 1)
    ) AS worked_out$$,
    'charges, refunds and chargebacks, each on its store day'
);
SELECT results_eq(
    'SELECT sum(payment_count)::BIGINT, sum(charges), sum(refunds + chargebacks)
    FROM payment_reconciliation',
    $$SELECT count(*), sum(amount) FILTER (WHERE kind = 'charge'),
        sum(amount) FILTER (WHERE kind <> 'charge')
    FROM payments$$,
    'nothing is left out'
);

INSERT INTO payments (order_id, kind, amount, provider, provider_reference, created_at) VALUES
(30, 'charge', 5.00, 'transfer', 'a', '2025-04-15 12:00-04'),
(30, 'charge', 7.00, 'card', 'b', '2025-04-15 13:00-04'),
(30, 'refund', 2.00, 'card', 'c', '2025-04-15 14:00-04');
SELECT results_eq(
    $$SELECT provider::TEXT, charges, refunds, chargebacks, net, payment_count
    FROM payment_reconciliation WHERE payment_date = '2025-04-15' ORDER BY provider$$,
    $$SELECT * FROM (VALUES
    ('card', 7.00, 2.00, 264.00, -259.00, 3::BIGINT),
    ('transfer', 5.00, 0.00, 0.00, 5.00, 1)
    ) AS worked_out$$,
    'providers are not mixed'
);

UPDATE store_settings SET time_zone = 'Asia/Tokyo';
SELECT results_eq(
    $$SELECT payment_date FROM payment_reconciliation WHERE refunds = 10.00$$,
    $$VALUES (DATE '2025-10-01')$$,
    'a day is the store''s'
);
SELECT * FROM finish();
ROLLBACK;
