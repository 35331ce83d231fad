-- payments: a provider's reference is one payment, and what moved between orders has none.
BEGIN;
SELECT plan(14);
CREATE FUNCTION pg_temp.pay(
    p_kind TEXT, p_amount NUMERIC, p_provider TEXT, p_reference TEXT, p_of BIGINT
) RETURNS BIGINT
LANGUAGE sql
AS $pay$
    INSERT INTO payments (order_id, kind, amount, provider, provider_reference, of_payment_id)
    VALUES (1, p_kind, p_amount, p_provider, p_reference, p_of) RETURNING payment_id
$pay$;
CREATE TEMPORARY TABLE charge ON COMMIT DROP AS
SELECT pg_temp.pay('charge', 10, 'stripe', 'ch_901', NULL) AS payment_id;

SELECT throws_ok(
    $$SELECT pg_temp.pay('charge', 10, 'stripe', 'ch_901', NULL)$$, '23505', NULL,
    'a reference is one payment'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('refund', 10, 'stripe', 'ch_901', NULL)$$, '23505', NULL,
    'whatever its kind'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('charge', 10, 'Stripe', 'ch_901', NULL)$$, '23514', NULL,
    'and a provider is one, however it is written'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('charge', 10, 'stripe ', 'ch_901', NULL)$$, '23514', NULL,
    'also with a space behind'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('gift', 10, 'stripe', 'ch_902', NULL)$$, '23514', NULL,
    'money comes and goes in four ways'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('charge', 0, 'stripe', 'ch_902', NULL)$$, '23514', NULL,
    'nothing is no payment'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('charge', 10, 'stripe', NULL, NULL)$$, '23514', NULL,
    'what the provider moved has its reference'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('reversal', 10, 'stripe', 'ch_902', NULL)$$, '23514', NULL,
    'a reversal takes back a charge'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('refund', 10, 'stripe', NULL, payment_id) FROM charge$$, '23514', NULL,
    'a refund is the provider''s'
);
SELECT lives_ok(
    $$SELECT pg_temp.pay('reversal', 10, 'stripe', NULL, payment_id),
    pg_temp.pay('charge', 10, 'stripe', NULL, payment_id) FROM charge$$,
    'a charge is reversed, and becomes one elsewhere'
);
SELECT throws_ok(
    $$SELECT pg_temp.pay('reversal', 5, 'stripe', NULL, payment_id) FROM charge$$, '23505', NULL,
    'once'
);
SELECT throws_ok(
    $$INSERT INTO payments (order_id, kind, amount, provider, provider_reference, occurred_at)
    VALUES (1, 'charge', 1, 'stripe', 'ch_903', clock_timestamp() + INTERVAL '1 hour')$$,
    '23514', NULL, 'no payment is of the future'
);
UPDATE payments SET reason = NULL;
SELECT throws_ok(
    $$UPDATE payments SET reason = 'a friend'$$, '55000', NULL, 'a reason that is gone stays gone'
);
SELECT throws_ok(
    'UPDATE payments SET amount = amount + 1, reason = NULL', '55000', NULL,
    'and nothing else changes with it'
);
SELECT * FROM finish();
ROLLBACK;
