-- refunds_due: what the store owes, worked out by hand.
BEGIN;
SELECT plan(6);

SELECT bag_eq(
    'TABLE refunds_due',
    $$VALUES
    (7, 5, 4.90),  -- Tom paid 50.00 for 45.10
    (12, 12, 45.10),  -- Rip paid for an order that had expired
    (31, 8, 31.50)  -- a compass came back: 30.00 + 1.50 of tax
    -- Settled: order 10 (cancelled, 47.25 given back), 11 (a rope, 18.90), 13 (all of it), 22 (one
    -- of two lanterns, 38.25), 29 (two of five ropes cancelled, (90.00 + 10.80) x 2 / 5 = 40.32).
    -- Gone: order 18, charged back. Order 30's 10.00 were goodwill: nothing is due to the store.
    $$,
    'overpaid, cancelled and sent back; settled ones are gone'
);

UPDATE orders SET refunded_amount = 31.49 WHERE order_id = 31;
SELECT results_eq(
    'SELECT amount_due FROM refunds_due WHERE order_id = 31', 'VALUES (0.01)',
    'a part refunded leaves the rest, to the cent'
);
UPDATE orders SET refunded_amount = 31.51 WHERE order_id = 31;
SELECT is_empty('SELECT 1 FROM refunds_due WHERE order_id = 31', 'a cent more leaves nothing');

-- Order 22's prices include the tax: 38.25 of 76.50 are due and no tax on top.
UPDATE orders SET refunded_amount = 0 WHERE order_id = 22;
SELECT results_eq(
    'SELECT amount_due FROM refunds_due WHERE order_id = 22', 'VALUES (38.25)',
    'where prices include tax, it is in the value given back'
);

SELECT results_eq(
    $$SELECT value_of_units(units, 3, 9.10, 0.90, FALSE) FROM generate_series(0, 3) AS units$$,
    -- Of 10.00: 3.333, 6.667. One by one they give back 3.33, 3.34 and 3.33.
    'VALUES (0.00), (3.33), (6.67), (10.00)',
    'the units of a line are worth the line, however it is taken apart'
);
SELECT results_eq(
    $$VALUES
    (amount_due('pending', 45.00, 20.00, 0.00, NULL)),
    (amount_due('paid', 45.00, 45.00, 0.00, NULL)),
    (amount_due('paid', 45.00, 45.00, 0.00, 10.00)),
    (amount_due('paid', 45.00, 45.00, 30.00, 10.00)),
    (amount_due('cancelled', 45.00, 20.00, 5.00, 10.00))$$,
    'VALUES (0::NUMERIC), (0), (10.00), (0), (15.00)',
    'never below zero, and all of it once the order is cancelled'
);
SELECT * FROM finish();
ROLLBACK;
