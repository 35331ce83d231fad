-- receivables: what customers owe, worked out by hand.
BEGIN;
SELECT plan(5);

SELECT results_eq(
    'TABLE receivables',
    -- Gatsby's on account: released at 20:15, sent the day after. Orders 43 and 45 are pending, 18
    -- was written off.
    $$VALUES (39, 4, 99.20, TIMESTAMPTZ '2025-11-07 20:15-05')$$,
    'released and not paid; what is merely pending or given up is not owed'
);

-- Half a year after order 28 was sent its bank takes the money back for good; of 27, released only
-- when its parcel had left, the bank takes a part.
INSERT INTO payments (
    order_id, kind, amount, provider, provider_reference, occurred_at, created_at
) VALUES
(28, 'chargeback', 45.92, 'card', 'c', '2025-12-14 22:00-05', '2025-12-15 09:00-05'),
(27, 'chargeback', 1.00, 'card', 'd', '2025-06-30 23:50-04', '2025-07-01 09:00-04');
UPDATE orders SET charged_back_amount = 91.84 WHERE order_id = 28;
UPDATE orders SET
    charged_back_amount = 1.00,
    released_at = '2025-07-02 09:00-04',
    expires_at = NULL
WHERE order_id = 27;
SELECT results_eq(
    $$SELECT order_id, amount_owed, since FROM receivables WHERE order_id IN (27, 28)
    ORDER BY order_id$$,
    $$VALUES
    (27, 1.00, TIMESTAMPTZ '2025-07-01 12:09-04'),
    (28, 45.92, TIMESTAMPTZ '2025-12-14 22:00-05')$$,
    'since the first parcel, where that came first, or since the last chargeback'
);

-- Paid back twice: by the store, then by the bank. Nothing was ever sent.
INSERT INTO payments (order_id, kind, amount, provider, provider_reference, occurred_at)
VALUES (10, 'chargeback', 47.25, 'card', 'a', '2025-01-10 22:00-05');
UPDATE orders SET charged_back_amount = 47.25 WHERE order_id = 10;
SELECT results_eq(
    'SELECT amount_owed, since FROM receivables WHERE order_id = 10',
    $$VALUES (47.25, TIMESTAMPTZ '2025-01-10 22:00-05')$$,
    'a cancelled order that was refunded and charged back is owed'
);

UPDATE orders SET released_at = '2025-12-15 11:55-05', expires_at = NULL WHERE order_id = 45;
SELECT results_eq(
    'SELECT amount_owed, since FROM receivables WHERE order_id = 45',
    $$VALUES (78.56, TIMESTAMPTZ '2025-12-15 11:55-05')$$,
    'a pending order is owed once it is released'
);

-- Tom sends it all back, is refunded, and the bank takes back what he paid as well.
UPDATE orders SET status = 'returned', credited_amount = total, refunded_amount = 50.00
WHERE order_id = 7;
INSERT INTO payments (order_id, kind, amount, provider, provider_reference, occurred_at)
VALUES (7, 'chargeback', 50.00, 'card', 'b', '2025-02-01 22:00-05');
UPDATE orders SET charged_back_amount = 50.00 WHERE order_id = 7;
SELECT results_eq(
    'SELECT amount_owed, since FROM receivables WHERE order_id = 7',
    $$VALUES (50.00, TIMESTAMPTZ '2025-02-01 22:00-05')$$,
    'an order that came back is owed what was paid back twice'
);
SELECT * FROM finish();
ROLLBACK;
