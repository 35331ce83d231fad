-- order_backlog: the seed's open orders, what each waits for, and since when.
BEGIN;
SELECT plan(8);

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

INSERT INTO payments (
    order_id, kind, amount, provider, provider_reference, occurred_at, created_at
) VALUES
(43, 'chargeback', 15.00, 'card', 'a', '2025-12-06 22:00-05', '2025-12-07 09:00-05'),
(44, 'chargeback', 24.32, 'card', 'b', '2025-12-13 22:00-05', '2025-12-14 09:00-05');
UPDATE orders SET charged_back_amount = paid_amount WHERE order_id IN (43, 44);
SELECT results_eq(
    $$SELECT order_id, waiting_for, waiting_since FROM order_backlog
    WHERE order_id IN (43, 44) ORDER BY order_id$$,
    $$VALUES
    (43, 'payment', TIMESTAMPTZ '2025-12-06 22:00-05'),
    (44, 'payment', TIMESTAMPTZ '2025-12-13 22:00-05')$$,
    'what was charged back waits for money again, since the bank took it'
);

UPDATE orders SET released_at = '2025-12-14 10:00-05', expires_at = NULL
WHERE order_id IN (43, 44);
SELECT results_eq(
    $$SELECT order_id, waiting_for, waiting_since FROM order_backlog
    WHERE order_id IN (43, 44) ORDER BY order_id$$,
    $$VALUES
    (43, 'shipment', TIMESTAMPTZ '2025-12-14 10:00-05'),
    (44, 'shipment', TIMESTAMPTZ '2025-12-12 20:04-05')$$,
    'what was released waits to be shipped, whatever is owed, since it first might be'
);

UPDATE orders SET charged_back_amount = paid_amount WHERE order_id = 40;
SELECT results_eq(
    'SELECT waiting_for FROM order_backlog WHERE order_id = 40', $$VALUES ('delivery')$$,
    'what is on its way waits for its delivery, charged back or not'
);

INSERT INTO orders (customer_id, status, subtotal, ship_to_country, created_at, paid_at)
VALUES (11, 'paid', 0, 'US', '2025-12-10 10:00-05', '2025-12-10 10:00-05');
INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, quantity, cancelled_quantity
)
SELECT
    orders.order_id,
    1 AS line_no,
    18 AS product_id,
    'CATALOGUE' AS sku,
    'Catalogue' AS product_name,
    0 AS unit_price,
    2 AS quantity,
    1 AS cancelled_quantity
FROM orders
WHERE orders.customer_id = 11;
SELECT results_eq(
    'SELECT waiting_for, waiting_since FROM order_backlog WHERE customer_id = 11',
    $$VALUES ('shipment', TIMESTAMPTZ '2025-12-10 10:00-05')$$,
    'what costs nothing waits since it was placed'
);

INSERT INTO shipments (shipment_id, order_id, carrier, shipped_at) OVERRIDING SYSTEM VALUE
VALUES (1001, 40, 'Pony Express', '2025-11-20 10:00-05');
INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
VALUES (1001, 40, 1, 2, 0, 0);
SELECT results_eq(
    'SELECT waiting_since FROM order_backlog WHERE order_id = 40',
    $$VALUES (TIMESTAMPTZ '2025-11-20 10:00-05')$$,
    'the last parcel is what is waited for'
);
INSERT INTO returns (order_id, line_no, shipment_id, quantity) VALUES (40, 1, 1001, 1);
SELECT results_eq(
    'SELECT waiting_since FROM order_backlog WHERE order_id = 40',
    $$VALUES (TIMESTAMPTZ '2025-11-20 10:00-05')$$,
    'a parcel of which a part came back is still under way'
);
INSERT INTO returns (order_id, line_no, shipment_id, quantity) VALUES (40, 1, 1001, 1);
SELECT results_eq(
    'SELECT waiting_since FROM order_backlog WHERE order_id = 40',
    $$VALUES (TIMESTAMPTZ '2025-11-16 09:40-05')$$,
    'a parcel all of which came back is not'
);
SELECT * FROM finish();
ROLLBACK;
