-- order_backlog: the seed's open orders, and since when each waits.
BEGIN;
SELECT plan(4);

SELECT bag_eq(
    'SELECT order_id, customer_id, waiting_for, waiting_since, total FROM order_backlog',
    $$SELECT order_id, customer_id, waiting_for, waiting_since::TIMESTAMPTZ, total FROM (VALUES
    (40, 2, 'delivery', '2025-11-16 09:40-05', 134.40),
    (41, 3, 'delivery', '2025-12-01 10:47-05', 56.75),
    (42, 2, 'shipment', '2025-11-30 23:32-05', 103.52),  -- since it was paid; one parcel has left
    (44, 4, 'shipment', '2025-12-12 20:04-05', 24.32),
    (43, 13, 'payment', '2025-12-05 10:00-05', 30.00),  -- half of it has come
    (45, 9, 'payment', '2025-12-15 11:50-05', 78.56)
    ) AS worked_out (order_id, customer_id, waiting_for, waiting_since, total)$$,
    'every open order and no other'
);

-- 15.00 came on the 5th; 10.00 go back and 10.00, 15.00 and 1.00 come.
INSERT INTO payments (order_id, kind, amount, provider, provider_reference, created_at) VALUES
(43, 'chargeback', 10.00, 'card', 'a', '2025-12-06 09:00-05'),
(43, 'charge', 10.00, 'card', 'b', '2025-12-07 09:00-05'),
(43, 'charge', 15.00, 'card', 'c', '2025-12-08 09:00-05'),
(43, 'charge', 1.00, 'card', 'd', '2025-12-09 09:00-05');
UPDATE orders SET status = 'paid', paid_amount = 41.00, refunded_amount = 10.00
WHERE order_id = 43;
SELECT results_eq(
    'SELECT waiting_for, waiting_since FROM order_backlog WHERE order_id = 43',
    $$VALUES ('shipment', TIMESTAMPTZ '2025-12-08 09:00-05')$$,
    'it waits for its parcel since what is kept of the money sufficed'
);

INSERT INTO orders (customer_id, status, subtotal, created_at)
VALUES (11, 'paid', 0, '2025-12-10 10:00-05');
SELECT results_eq(
    'SELECT waiting_for, waiting_since FROM order_backlog WHERE customer_id = 11',
    $$VALUES ('shipment', TIMESTAMPTZ '2025-12-10 10:00-05')$$,
    'what costs nothing waits since it was placed'
);

INSERT INTO shipments (order_id, carrier, shipped_at)
VALUES (40, 'Pony Express', '2025-11-20 10:00-05');
SELECT results_eq(
    'SELECT waiting_since FROM order_backlog WHERE order_id = 40',
    $$VALUES (TIMESTAMPTZ '2025-11-20 10:00-05')$$,
    'the last parcel is what is waited for'
);
SELECT * FROM finish();
ROLLBACK;
