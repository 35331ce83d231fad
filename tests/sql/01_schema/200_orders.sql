-- orders: priced once, moved only along the transitions, and never in a state that means nothing.
BEGIN;
SELECT plan(50);

-- A hundred in goods, ten off, five of postage taxed a fifth; nineteen of tax in all.
INSERT INTO coupons (coupon_code, kind, value) VALUES ('TENOFF', 'fixed', 10);
INSERT INTO orders (
    order_id, customer_id, subtotal, discount, coupon_code, shipping_fee, shipping_tax_rate,
    shipping_tax, tax, prices_include_tax, ship_to_country, idempotency_key
)
OVERRIDING SYSTEM VALUE VALUES
(901, 1, 100, 10, 'TENOFF', 5, 0.2, 1.00, 19, FALSE, 'US', 'first'),
(902, 1, 100, 10, 'TENOFF', 5, 0.2, 0.83, 15, TRUE, 'US', NULL);
SELECT results_eq(
    'SELECT total::INT FROM orders WHERE order_id > 900 ORDER BY order_id', 'VALUES (114), (95)',
    'tax comes on top unless prices include it'
);

CREATE FUNCTION pg_temp.status_after(p_paid NUMERIC, p_refunded NUMERIC) RETURNS TEXT
LANGUAGE sql
AS $status_after$
    UPDATE orders SET paid_amount = p_paid, refunded_amount = p_refunded
    WHERE order_id = 901 RETURNING balance::TEXT || ' ' || payment_status
$status_after$;
SELECT results_eq(
    $$SELECT pg_temp.status_after(paid, refunded)
    FROM (VALUES (0.00, 0.00), (113.99, 0.00), (114.00, 0.00), (120.00, 0.00), (114.00, 0.01))
    AS money (paid, refunded)$$,
    $$VALUES ('114.00 unpaid'), ('0.01 partly_paid'), ('0.00 paid'), ('-6.00 overpaid'),
    ('0.01 partly_paid')$$,
    'balance and payment status follow the money to the cent'
);
SELECT throws_ok(
    'SELECT pg_temp.status_after(50, 50.01)', '23514', NULL, 'no more goes back than came'
);
SELECT throws_ok(
    'UPDATE orders SET charged_back_amount = 114.01 WHERE order_id = 901', '23514', NULL,
    'nor is taken back'
);
SELECT throws_ok(
    'UPDATE orders SET credited_amount = 114.01 WHERE order_id = 901', '23514', NULL,
    'nor credited than it cost'
);
SELECT pg_temp.status_after(0, 0);

SELECT
    throws_ok(
        format('UPDATE orders SET %s WHERE order_id = 901', change), '55000', NULL,
        change || ' is refused, the owner too'
    )
FROM (
    VALUES
    ('subtotal = 99'), ('discount = 9'), ('shipping_fee = 0, shipping_tax = 0, tax = 18'),
    ('tax = 20'), ('prices_include_tax = TRUE, shipping_tax = 0.83'), ('coupon_code = NULL'),
    ('decimals = 0, tax = 19'), ('customer_id = 2'), ('request_hash = sha256(''a'')'),
    ('idempotency_key = ''other''')
) AS attempt (change);
SELECT lives_ok(
    'UPDATE orders SET created_at = ''2024-12-31 23:59-05'' WHERE order_id = 901',
    'the owner may set when an imported order was placed'
);

SELECT throws_ok(
    'INSERT INTO orders (customer_id, subtotal, discount, ship_to_country)
    VALUES (1, 10, 1, ''US'')',
    '23514', NULL, 'a discount comes from a coupon'
);
SELECT throws_ok(
    'INSERT INTO orders (
        customer_id, subtotal, shipping_fee, shipping_tax_rate, shipping_tax, tax, ship_to_country
    ) VALUES (1, 10, 5, 0.2, 0.99, 0.99, ''US'')',
    '23514', NULL, 'the tax on postage follows its rate to the cent'
);
SELECT throws_ok(
    'INSERT INTO orders (customer_id, subtotal) VALUES (1, 10)', '23502', NULL,
    'an order is taxed somewhere'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, ship_to, ship_to_country)
    VALUES (1, 10, '{"city": "Omaha"}', 'US')$$,
    '23514', NULL, 'half an address is none'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, ship_to, ship_to_country)
    SELECT 1, 10, to_jsonb(addresses) - ARRAY['address_id', 'customer_id'], 'CA'
    FROM addresses WHERE country_code = 'US' LIMIT 1$$,
    '23514', NULL, 'and one elsewhere is not where it is taxed'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, decimals, ship_to_country)
    VALUES (1, 311.36, 0, 'JP')$$,
    '23514', NULL, 'nobody can pay a part of a yen'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, decimals, paid_amount, ship_to_country)
    VALUES (1, 311, 0, 310.5, 'JP')$$,
    '23514', NULL, 'nor has'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, status, ship_to_country)
    VALUES (1, 10, 'cancelled', 'US')$$,
    '23514', NULL, 'a cancelled order says when'
);
SELECT throws_ok(
    $$UPDATE orders SET cancelled_at = now() WHERE order_id = 901$$, '23514', NULL,
    'and no other does'
);
SELECT throws_ok(
    $$UPDATE orders SET release_reason = 'on account' WHERE order_id = 901$$, '23514', NULL,
    'a reason is one for something done'
);

-- Where it goes, and who is billed.
CREATE FUNCTION pg_temp.address(p_city TEXT) RETURNS JSONB
LANGUAGE sql
RETURN jsonb_build_object(
    'recipient', 'Ahab', 'company', NULL, 'vat_id', NULL, 'line1', '1 Water Street', 'line2', NULL,
    'city', p_city, 'region', NULL, 'region_code', NULL, 'postal_code', NULL, 'country_code', 'CA'
);
SELECT lives_ok(
    $$UPDATE orders SET ship_to = pg_temp.address('Montreal'), ship_to_country = 'CA',
    ship_to_region = 'QC', bill_to = pg_temp.address('Toronto') WHERE order_id = 901$$,
    'a pending order may go elsewhere'
);
SELECT
    throws_ok(
        format(
            $$UPDATE orders SET bill_to = pg_temp.address('Toronto') || '{"%s": null}'
            WHERE order_id = 901$$,
            missing
        ), '23514', NULL, format('nobody is billed without %s: no document could say it', missing)
    )
FROM (VALUES ('recipient'), ('line1'), ('city'), ('country_code')) AS needed (missing);
INSERT INTO shipments (shipment_id, order_id, carrier) OVERRIDING SYSTEM VALUE
VALUES (901, 901, 'DHL');
SELECT
    throws_ok(
        format('UPDATE orders SET %s WHERE order_id = 901', change), '55000',
        'order 901 can no longer be redirected', change || ' is refused once a parcel has left'
    )
FROM (
    VALUES
    ('ship_to = pg_temp.address(''Quebec'')'), ('bill_to = pg_temp.address(''Quebec'')'),
    ('ship_to_region = ''ON'''), ('ship_to_region = ''''')
) AS attempt (change);
SELECT throws_ok(
    $$UPDATE orders SET ship_to = NULL, ship_to_country = 'US' WHERE order_id = 901$$, '55000',
    NULL, 'where it was taxed outlives all'
);
SELECT lives_ok(
    'UPDATE orders SET ship_to = NULL, bill_to = NULL, idempotency_key = NULL WHERE order_id = 901',
    'what tells of a person can be erased'
);
SELECT throws_ok(
    $$UPDATE orders SET ship_to = pg_temp.address('Montreal') WHERE order_id = 901$$, '55000', NULL,
    'and does not come back'
);
UPDATE orders SET status = 'shipped' WHERE order_id = 902;
SELECT throws_ok(
    $$UPDATE orders SET bill_to = pg_temp.address('Montreal') WHERE order_id = 902$$, '55000', NULL,
    'nor does what is neither pending nor paid go elsewhere'
);

-- Words and decisions.
UPDATE orders SET
    released_at = now(), release_reason = 'on account',
    written_off_at = now(), write_off_reason = 'moved away'
WHERE order_id = 902;
SELECT
    throws_ok(
        format('UPDATE orders SET %s WHERE order_id = 902', change), '55000', NULL,
        change || ' is refused'
    )
FROM (
    VALUES
    ('release_reason = ''a friend'''), ('write_off_reason = ''a friend'''),
    ('released_at = NULL, release_reason = NULL'), ('released_at = now() - INTERVAL ''1 day'''),
    ('written_off_at = NULL, write_off_reason = NULL')
) AS attempt (change);
SELECT lives_ok(
    'UPDATE orders SET release_reason = NULL, write_off_reason = NULL WHERE order_id = 902',
    'reasons can be erased'
);
SELECT throws_ok(
    $$UPDATE orders SET expires_at = now() + INTERVAL '1 day' WHERE order_id = 902$$, '23514', NULL,
    'a released order does not expire'
);

-- The state machine, all thirty pairs of it.
CREATE FUNCTION pg_temp.sqlstate_of_step(p_from TEXT, p_to TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $sqlstate_of_step$
DECLARE
    v_order_id INT;
BEGIN
    INSERT INTO orders (customer_id, subtotal, status, cancelled_at, ship_to_country)
    VALUES (1, 10, p_from, CASE p_from WHEN 'cancelled' THEN now() END, 'US')
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
FROM unnest('{pending,paid,shipped,delivered,returned,cancelled}'::TEXT[]) AS begun (status)
INNER JOIN
    unnest('{pending,paid,shipped,delivered,returned,cancelled}'::TEXT[])
        AS ended (status)
    ON begun.status <> ended.status;
SELECT bag_eq(
    $$SELECT from_status, to_status FROM steps WHERE outcome = '00000'$$,
    $$VALUES ('pending', 'paid'), ('pending', 'shipped'), ('pending', 'delivered'),
    ('pending', 'returned'), ('pending', 'cancelled'), ('paid', 'shipped'), ('paid', 'delivered'),
    ('paid', 'returned'), ('paid', 'cancelled'), ('shipped', 'delivered'),
    ('shipped', 'returned'), ('delivered', 'returned')$$,
    'twelve steps are allowed'
);
SELECT results_eq(
    $$SELECT outcome, count(*)::INT FROM steps WHERE outcome <> '00000' GROUP BY outcome$$,
    $$VALUES ('ST005', 18)$$, 'every other is ST005'
);
SELECT throws_ok(
    $$INSERT INTO orders (customer_id, subtotal, status, ship_to_country)
    VALUES (1, 10, 'refunded', 'US')$$,
    '23514', NULL, 'what money does is no status'
);
SELECT throws_ok('DELETE FROM orders', '55000', NULL, 'no order is deleted');
SELECT * FROM finish();
ROLLBACK;
