-- orders: priced once, moved only along the transitions, and never in a state that means nothing.
BEGIN;
SELECT plan(24);

-- A hundred in goods, ten off, five of postage taxed a fifth; nineteen of tax in all.
INSERT INTO coupons (coupon_code, kind, value) VALUES ('TENOFF', 'fixed', 10);
INSERT INTO orders (
    order_id, customer_id, subtotal, discount, coupon_code, shipping_fee, shipping_tax_rate,
    shipping_tax, tax, prices_include_tax
)
OVERRIDING SYSTEM VALUE VALUES
(901, 1, 100, 10, 'TENOFF', 5, 0.2, 1.00, 19, FALSE),
(902, 1, 100, 10, 'TENOFF', 5, 0.2, 0.83, 15, TRUE);
SELECT results_eq(
    'SELECT total FROM orders WHERE order_id > 900 ORDER BY order_id', 'VALUES (114.00), (95.00)',
    'tax comes on top unless prices include it'
);
SELECT results_eq(
    $$SELECT (
        SELECT payment_status FROM orders WHERE order_id = 901
    ), paid, refunded FROM (VALUES (0, 0)) AS money (paid, refunded)$$,
    $$VALUES ('unpaid'::VARCHAR, 0, 0)$$, 'nothing paid is unpaid'
);

CREATE FUNCTION pg_temp.status_after(p_paid NUMERIC, p_refunded NUMERIC) RETURNS TEXT
LANGUAGE sql
AS $status_after$
    UPDATE orders SET paid_amount = p_paid, refunded_amount = p_refunded
    WHERE order_id = 901 RETURNING payment_status
$status_after$;
SELECT results_eq(
    $$SELECT pg_temp.status_after(paid, refunded)
    FROM (VALUES (113.99, 0), (114, 0), (120, 0), (114, 0.01), (114, 114), (50, 50))
    AS money (paid, refunded)$$,
    $$VALUES ('partly_paid'), ('paid'), ('paid'), ('partly_refunded'), ('refunded'),
    ('refunded')$$,
    'the payment status follows the money to the cent'
);
SELECT throws_ok(
    'SELECT pg_temp.status_after(50, 50.01)', '23514', NULL, 'no more goes back than came'
);
UPDATE orders SET paid_amount = 0, refunded_amount = 0 WHERE order_id = 901;

SELECT
    throws_ok(
        format('UPDATE orders SET %s WHERE order_id = 901', change), '55000', NULL,
        change || ' is refused, the owner too'
    )
FROM (
    VALUES
    ('subtotal = 99'), ('discount = 9'), ('shipping_fee = 0, shipping_tax = 0, tax = 18'),
    ('tax = 20'), ('prices_include_tax = TRUE, shipping_tax = 0.83'), ('coupon_code = NULL'),
    ('customer_id = 2'), ('ship_to_country = ''CA'''), ('idempotency_key = ''other''')
) AS attempt (change);
SELECT lives_ok(
    'UPDATE orders SET created_at = ''2024-12-31 23:59-05'' WHERE order_id = 901',
    'the owner may set when an imported order was placed'
);

SELECT throws_ok(
    'INSERT INTO orders (customer_id, subtotal, discount) VALUES (1, 10, 1)', '23514', NULL,
    'a discount comes from a coupon'
);
SELECT throws_ok(
    'INSERT INTO orders (customer_id, subtotal, shipping_fee, shipping_tax_rate, shipping_tax, tax)
    VALUES (1, 10, 5, 0.2, 0.99, 0.99)',
    '23514', NULL, 'the tax on postage follows its rate to the cent'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, ship_to) VALUES (1, 10, '{"city": "Omaha"}')$$,
    '23514', NULL, 'half an address is none'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, status) VALUES (1, 10, 'cancelled')$$,
    '23514', NULL, 'a cancelled order says when'
);
SELECT throws_ok(
    $$UPDATE orders SET cancelled_at = now() WHERE order_id = 901$$, '23514', NULL,
    'and no other does'
);

-- The state machine, all thirty pairs of it.
CREATE FUNCTION pg_temp.sqlstate_of_step(p_from TEXT, p_to TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $sqlstate_of_step$
DECLARE
    v_order_id INT;
BEGIN
    INSERT INTO orders (customer_id, subtotal, status, cancelled_at)
    VALUES (1, 10, p_from, CASE p_from WHEN 'cancelled' THEN now() END)
    RETURNING order_id INTO v_order_id;
    UPDATE orders SET status = p_to, cancelled_at = CASE p_to WHEN 'cancelled' THEN now() END
    WHERE order_id = v_order_id;
    RETURN '00000';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END;
$sqlstate_of_step$;
CREATE TEMPORARY TABLE steps ON COMMIT DROP AS
SELECT
    begun.status AS from_status,
    ended.status AS to_status,
    pg_temp.sqlstate_of_step(begun.status, ended.status) AS outcome
FROM unnest('{pending,paid,shipped,delivered,cancelled,refunded}'::TEXT[]) AS begun (status)
INNER JOIN
    unnest('{pending,paid,shipped,delivered,cancelled,refunded}'::TEXT[])
        AS ended (status)
    ON begun.status <> ended.status;
SELECT bag_eq(
    $$SELECT from_status, to_status FROM steps WHERE outcome = '00000'$$,
    $$VALUES ('pending', 'paid'), ('pending', 'cancelled'), ('paid', 'shipped'),
    ('paid', 'cancelled'), ('shipped', 'delivered'), ('shipped', 'refunded'),
    ('delivered', 'refunded')$$,
    'seven steps are allowed'
);
SELECT results_eq(
    $$SELECT outcome, count(*)::INT FROM steps WHERE outcome <> '00000' GROUP BY outcome$$,
    $$VALUES ('ST005', 23)$$, 'every other is ST005'
);

INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, unit_price, quantity)
VALUES (901, 1, 1, 'A', 'A', 50, 2);
SELECT throws_ok(
    'UPDATE order_items SET unit_price = 49 WHERE order_id = 901', '55000', NULL,
    'a placed line keeps its price'
);
SELECT throws_ok(
    'UPDATE order_items SET shipped_quantity = 1, cancelled_quantity = 2 WHERE order_id = 901',
    '23514', NULL, 'a unit is shipped or cancelled, not both'
);
SELECT throws_ok(
    'UPDATE order_items SET returned_quantity = 1 WHERE order_id = 901', '23514', NULL,
    'only what left comes back'
);
SELECT * FROM finish();
ROLLBACK;
