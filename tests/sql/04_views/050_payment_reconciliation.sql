-- payment_reconciliation: days of the seed, to lay beside the providers' statements.
BEGIN;
SELECT plan(6);

SELECT results_eq(
    $$SELECT payment_date::TEXT, provider::TEXT, charges, refunds, chargebacks, reversals, net,
        payment_count
    FROM payment_reconciliation
    WHERE
        payment_date
        IN ('2024-12-01', '2025-01-03', '2025-04-14', '2025-04-15', '2025-05-31', '2025-06-01')
    ORDER BY payment_date$$,
    $$SELECT * FROM (VALUES
    ('2024-12-01', 'card', 82.04, 0.00, 0.00, 0.00, 82.04, 2::BIGINT),  -- 49.50 + 32.54
    -- On an order that was cancelled: the bank's statement has it too.
    ('2025-01-03', 'card', 0.00, 47.25, 0.00, 0.00, -47.25, 1),
    -- The evening it was taken back, not the morning it was told.
    ('2025-04-14', 'card', 0.00, 0.00, 264.00, 0.00, -264.00, 1),
    -- At 23:30 in New York; June in UTC.
    ('2025-05-31', 'transfer', 0.00, 10.00, 0.00, 0.00, -10.00, 1)
    ) AS worked_out$$,
    'charges, refunds and chargebacks, each on its store day'
);
SELECT results_eq(
    'SELECT sum(payment_count)::BIGINT, sum(charges), sum(refunds + chargebacks + reversals)
    FROM payment_reconciliation',
    $$SELECT count(*), sum(amount) FILTER (WHERE kind = 'charge'),
        sum(amount) FILTER (WHERE kind <> 'charge')
    FROM payments$$,
    'nothing is left out'
);

-- The card's 7.00 were another order's.
INSERT INTO payments (
    payment_id, order_id, kind, amount, provider, provider_reference, of_payment_id, occurred_at
)
OVERRIDING SYSTEM VALUE VALUES
(1001, 30, 'charge', 5.00, 'transfer', 'a', NULL, '2025-04-14 12:00-04'),
(1002, 30, 'charge', 7.00, 'card', 'b', NULL, '2025-04-14 13:00-04'),
(1003, 30, 'refund', 2.00, 'card', 'c', NULL, '2025-04-14 14:00-04'),
(1004, 30, 'reversal', 7.00, 'card', NULL, 1002, '2025-04-14 15:00-04'),
(1005, 31, 'charge', 7.00, 'card', NULL, 1002, '2025-04-14 15:00-04');
SELECT results_eq(
    $$SELECT provider::TEXT, charges, refunds, chargebacks, reversals, net, payment_count
    FROM payment_reconciliation WHERE payment_date = '2025-04-14' ORDER BY provider$$,
    $$SELECT * FROM (VALUES
    ('card', 14.00, 2.00, 264.00, 7.00, -259.00, 5::BIGINT),
    ('transfer', 5.00, 0.00, 0.00, 0.00, 5.00, 1)
    ) AS worked_out$$,
    'providers are not mixed, and what moved between orders is no money'
);

UPDATE store_settings SET time_zone = 'Asia/Tokyo';
SELECT results_eq(
    $$SELECT payment_date FROM payment_reconciliation WHERE refunds = 10.00$$,
    $$VALUES (DATE '2025-06-01')$$,
    'a day is the store''s'
);

-- In Goose Bay clocks went back from 0:01 to 23:01, so the last hour of 31 October 2009 came after
-- the first minute of November.
UPDATE store_settings SET time_zone = 'America/Goose_Bay';
INSERT INTO payments (order_id, kind, amount, provider, provider_reference, occurred_at) VALUES
(30, 'charge', 1.00, 'cash', 'd', '2009-11-01 00:00:30-03'),
(30, 'charge', 2.00, 'cash', 'e', '2009-11-01 00:02-03'),
(30, 'charge', 4.00, 'cash', 'f', '2009-11-01 00:00-04');
SELECT results_eq(
    $$SELECT payment_date::TEXT, charges FROM payment_reconciliation
    WHERE provider = 'cash' ORDER BY payment_date$$,
    $$VALUES ('2009-10-31', 2.00), ('2009-11-01', 5.00)$$,
    'a day that is interrupted by the next has all its payments, each once'
);

-- However far clocks were put back: in Casey by three hours, past midnight or just to it.
CREATE TEMP TABLE clocks AS
SELECT
    name,
    at
FROM (
    VALUES
    ('Antarctica/Casey', TIMESTAMPTZ '2010-03-04 15:00Z'),
    ('Antarctica/Casey', '2023-03-08 16:00Z'),
    ('Asia/Chita', '2014-10-25 16:00Z'),
    ('America/St_Johns', '2009-11-01 02:31Z'),
    ('Asia/Amman', '2011-10-27 22:00Z'),
    ('America/Sao_Paulo', '2018-11-04 03:00Z'),
    ('Pacific/Apia', '2011-12-30 10:00Z')
) AS changed (name, changed_at)
CROSS JOIN generate_series(changed_at - INTERVAL '5 hours', changed_at + '5 hours', '20 minutes')
    AS at;
INSERT INTO payments (order_id, kind, amount, provider, provider_reference, occurred_at)
SELECT
    30 AS order_id,
    'charge' AS kind,
    1.00 AS amount,
    lower(name) AS provider,
    at::TEXT AS provider_reference,
    at AS occurred_at
FROM clocks;
CREATE TEMP TABLE found (name TEXT, payment_date DATE, payment_count BIGINT);
DO $$
DECLARE
    v_name TEXT;
BEGIN
    FOR v_name IN SELECT DISTINCT name FROM clocks LOOP
        UPDATE store_settings SET time_zone = v_name;
        INSERT INTO found
        SELECT provider, payment_date, payment_count
        FROM payment_reconciliation WHERE provider = lower(v_name);
    END LOOP;
END $$;
SELECT set_eq(
    'TABLE found',
    'SELECT lower(name), (at AT TIME ZONE name)::DATE, count(*) FROM clocks GROUP BY 1, 2',
    'wherever clocks were changed around midnight'
);
SELECT * FROM finish();
ROLLBACK;
