-- place_order: what an order costs, worked out by hand, and what placing it changes.
BEGIN;
SELECT plan(20);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer', current_schema()) \gexec

-- Tom (5) has given no address: taxed as the store is, 12 % and 4 % for food and books.
-- 36.00 + 3 x 18.00 + 2 x 4.00 = 98.00, less ten per cent 9.80: shares 3.60, 5.40 and 0.80.
-- Tax 3.89 (32.40), 5.83 (48.60), 0.29 (7.20), and 0.60 on the postage of 5.00.
SELECT lives_ok(
    $$SELECT place_order(
        5,
        '[{"product_id": 8, "quantity": 1}, {"product_id": 3, "quantity": 1},
        {"product_id": 5, "quantity": 2}, {"product_id": 3, "quantity": 2.0}]',
        'tom-1', 'Welcome10'
    )$$, 'a product named twice is added up'
);
SELECT results_eq(
    $$SELECT customer_id, status, payment_status, subtotal::NUMERIC, discount::NUMERIC,
        shipping_fee::NUMERIC, shipping_tax::NUMERIC, tax::NUMERIC, total::NUMERIC, balance,
        coupon_code::TEXT, ship_to::JSONB, ship_to_country::TEXT, ship_to_region::TEXT,
        expires_at - created_at, paid_at::TIMESTAMPTZ
    FROM orders WHERE idempotency_key = 'tom-1'$$,
    $$VALUES (
        5, 'pending'::VARCHAR, 'unpaid'::VARCHAR, 98.00, 9.80, 5.00, 0.60, 10.61, 103.81, 103.81,
        'WELCOME10', NULL::JSONB, 'US', '', INTERVAL '30 minutes', NULL::TIMESTAMPTZ
    )$$, 'the order costs what paper says'
);
SELECT results_eq(
    $$SELECT line_no, product_id, sku::TEXT, unit_price::NUMERIC, unit_cost::NUMERIC,
        tax_class::TEXT, quantity, order_items.discount::NUMERIC, line_total::NUMERIC,
        tax_rate::NUMERIC, order_items.tax::NUMERIC
    FROM order_items INNER JOIN orders USING (order_id)
    WHERE idempotency_key = 'tom-1' ORDER BY line_no$$,
    $$VALUES
    (1, 8, 'KETTLE', 36.00, 15.00, 'standard', 1, 3.60, 32.40, 0.12, 3.89),
    (2, 3, 'ROPE', 18.00, 7.50, 'standard', 3, 5.40, 48.60, 0.12, 5.83),
    (3, 5, 'HARDTACK', 4.00, 1.10, 'reduced', 2, 0.80, 7.20, 0.04, 0.29)$$,
    'each line has its share of the discount, and its tax'
);
SELECT results_eq(
    'SELECT product_id, on_hand, reserved FROM inventory WHERE product_id IN (3, 5, 8) ORDER BY 1',
    'VALUES (3, 12, 3), (5, 60, 2), (8, 3, 1)', 'its units are reserved and still on the shelf'
);
SELECT is(times_used, 2, 'the use of a limited coupon is counted')
FROM coupons WHERE coupon_code = 'WELCOME10';
SELECT results_eq(
    $$SELECT action, details, performed_by FROM order_audit INNER JOIN orders USING (order_id)
    WHERE idempotency_key = 'tom-1'$$,
    $$VALUES ('placed'::VARCHAR, '{"total": 103.81}'::JSONB, acting_role())$$,
    'the audit trail tells of it'
);
SELECT throws_ok(
    $$SELECT place_order(5, '[{"product_id": 3, "quantity": 1}]', NULL, 'welcome10')$$,
    'ST006', 'coupon WELCOME10 is exhausted for this customer', 'once a customer is once'
);

-- Anne (3) lives in Canada: 5 %, and none on what has no Canadian rate. Free from 100.00 on.
SELECT place_order(
    3, '[{"product_id": 1, "quantity": 1}, {"product_id": 9, "quantity": 1}]', 'anne-1'
);
SELECT results_eq(
    $$SELECT shipping_fee::NUMERIC, shipping_tax::NUMERIC, tax::NUMERIC, total::NUMERIC,
        ship_to ->> 'line1', ship_to_country::TEXT
    FROM orders WHERE idempotency_key = 'anne-1'$$,
    $$VALUES (0.00, 0.00, 6.00, 138.00, 'Green Gables', 'CA')$$,
    'the destination decides the tax, and no country falls back to the store''s'
);
SELECT place_order(3, '[{"product_id": 3, "quantity": 1}]', 'anne-2', NULL, 4);
SELECT is(ship_to ->> 'line1', 'Beechwood', 'an address asked for is taken')
FROM orders WHERE idempotency_key = 'anne-2';
SELECT is(bill_to, NULL, 'and billed, where nothing else is said')
FROM orders WHERE idempotency_key = 'anne-2';
SELECT place_order(
    3, '[{"product_id": 3, "quantity": 1}]', 'anne-3', p_billing_address_id => 4
);
SELECT results_eq(
    $$SELECT ship_to ->> 'line1', bill_to ->> 'line1' FROM orders
    WHERE idempotency_key = 'anne-3'$$, $$VALUES ('Green Gables', 'Beechwood')$$,
    'a parcel may go elsewhere than its invoice'
);
SELECT throws_ok(
    $$SELECT place_order(
        3, '[{"product_id": 3, "quantity": 1}]', 'anne-3', p_billing_address_id => 3
    )$$, 'ST004', NULL, 'another invoice is another request'
);

-- A coupon worth more than the goods, and a total of 0.
SELECT place_order(6, '[{"product_id": 10, "quantity": 1}]', 'dorothy-1', 'gift50');
SELECT results_eq(
    $$SELECT discount::NUMERIC, total::NUMERIC FROM orders WHERE idempotency_key = 'dorothy-1'$$,
    'VALUES (12.00, 5.60)', 'a fixed coupon is worth the goods at most: the postage is left'
);
UPDATE store_settings SET shipping_fee = 0;
SELECT place_order(6, '[{"product_id": 18, "quantity": 1}]', 'dorothy-2');
SELECT results_eq(
    $$SELECT status, payment_status, expires_at::TIMESTAMPTZ, paid_at::TIMESTAMPTZ FROM orders
    WHERE idempotency_key = 'dorothy-2'$$,
    $$VALUES ('paid'::VARCHAR, 'paid'::VARCHAR, NULL::TIMESTAMPTZ, now())$$,
    'an order of 0 is paid at once, and does not run out'
);

-- With tax in the price: 3 x 18.00 = 54.00, of which round(54.00 / 1.12) = 48.21 is net.
UPDATE store_settings SET prices_include_tax = TRUE, shipping_fee = 5;
SELECT place_order(5, '[{"product_id": 3, "quantity": 3}]', 'tom-2');
SELECT results_eq(
    $$SELECT orders.prices_include_tax, orders.tax::NUMERIC, shipping_tax::NUMERIC,
        total::NUMERIC, order_items.tax::NUMERIC
    FROM orders INNER JOIN order_items USING (order_id) WHERE idempotency_key = 'tom-2'$$,
    'VALUES (TRUE, 6.33, 0.54, 59.00, 5.79)', 'included tax is taken out of the price'
);

-- Who may order for whom.
SELECT set_config('app.customer_id', '5', TRUE);
SET LOCAL ROLE shop_customer;
SELECT throws_ok(
    $$SELECT place_order(6, '[{"product_id": 3, "quantity": 1}]')$$, '42501', NULL,
    'a shopper orders for nobody else'
);
SELECT throws_ok(
    $$SELECT place_order(99, 'null')$$, '42501', NULL,
    'and is not told who exists, nor anything else first'
);
SELECT lives_ok(
    $$SELECT place_order(5, '[{"product_id": 3, "quantity": 1}]')$$, 'but for themselves'
);
RESET ROLE;
SELECT is(customer_id, 5, 'the audit trail says for whom the session acted') FROM order_audit
ORDER BY id DESC LIMIT 1;
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
