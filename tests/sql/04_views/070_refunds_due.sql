-- refunds_due: what the store owes, worked out by hand.
BEGIN;
SELECT plan(4);

SELECT bag_eq(
    'TABLE refunds_due',
    $$VALUES
    (7, 5, 4.90),  -- Tom paid 50.00 for 45.10
    (12, 12, 45.10),  -- Rip paid for an order that had expired
    (31, 8, 31.50)  -- a compass came back: 30.00 + 1.50 of tax
    -- Settled: order 10 (cancelled, 47.25 given back), 11 (a rope, 18.90), 13 (all of it), 20 (ten off,
    -- given back), 22 (one of two lanterns, 38.26), 29 (two of five ropes cancelled, 40.32), 28
    -- (charged back and charged again). Gone: order 18, charged back.
    $$,
    'overpaid, cancelled and sent back; settled ones are gone'
);

UPDATE orders SET refunded_amount = 31.49 WHERE order_id = 31;
SELECT results_eq(
    'SELECT amount_due FROM refunds_due WHERE order_id = 31', 'VALUES (0.01)',
    'a part refunded leaves the rest, to the cent'
);
UPDATE orders SET refunded_amount = 31.50 WHERE order_id = 31;
SELECT is_empty('SELECT 1 FROM refunds_due WHERE order_id = 31', 'all of it leaves nothing');

UPDATE orders SET charged_back_amount = 4.90 WHERE order_id = 7;
SELECT is_empty(
    'SELECT 1 FROM refunds_due WHERE order_id = 7', 'what the bank took back is not owed again'
);
SELECT * FROM finish();
ROLLBACK;
