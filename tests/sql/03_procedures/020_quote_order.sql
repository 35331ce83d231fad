-- quote_order: the same to the cent as placing, and nothing changes.
BEGIN;
SELECT plan(11);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer', current_schema()) \gexec

CREATE TEMP TABLE quoted AS
SELECT *
FROM quote_order(
    '[{"product_id": 8, "quantity": 1}, {"product_id": 3, "quantity": 50}]', 'welcome10', 5
);
SELECT results_eq(
    'SELECT line_no, sku, quantity, available, discount, line_total, tax FROM quoted ORDER BY 1',
    $$VALUES
    (1, 'KETTLE'::VARCHAR, 1, 1, 3.60, 32.40, 3.89),
    (2, 'ROPE', 50, 12, 90.00, 810.00, 97.20)$$,
    'short stock shows, and is no error'
);
SELECT results_eq(
    'SELECT DISTINCT subtotal, order_discount, shipping_fee, order_tax, total FROM quoted',
    'VALUES (936.00, 93.60, 0.00, 101.09, 943.49)', 'every row has the whole order''s sums'
);
SELECT is_empty('SELECT FROM orders WHERE order_id > 45', 'nothing is placed');
SELECT is(reserved, 0, 'nothing is reserved') FROM inventory WHERE product_id = 8;

SELECT receive_stock(3, 100, 'note 9');
SELECT place_order(
    5, '[{"product_id": 8, "quantity": 1}, {"product_id": 3, "quantity": 50}]', 'tom', 'welcome10',
    p_expected_total => 943.49
);
SELECT bag_eq(
    $$SELECT line_no, product_id, sku::VARCHAR, product_name::VARCHAR, unit_price::NUMERIC,
        regular_price::NUMERIC, quantity, order_items.discount::NUMERIC, line_total::NUMERIC,
        tax_rate::NUMERIC, order_items.tax::NUMERIC, subtotal::NUMERIC,
        orders.discount::NUMERIC AS order_discount, shipping_fee::NUMERIC,
        orders.tax::NUMERIC AS order_tax, total::NUMERIC
    FROM order_items INNER JOIN orders USING (order_id) WHERE idempotency_key = 'tom'$$,
    $$SELECT line_no, product_id, sku, product_name, unit_price, regular_price, quantity, discount,
        line_total, tax_rate, tax, subtotal, order_discount, shipping_fee, order_tax, total
    FROM quoted$$, 'what was quoted is what is placed'
);

SET LOCAL ROLE shop_customer;
SELECT set_config('app.customer_id', '5', TRUE);
SELECT throws_ok(
    $$SELECT * FROM quote_order('[{"product_id": 3, "quantity": 1}]', NULL, 6)$$, '42501', NULL,
    'a shopper asks for nobody else'
);
SELECT results_eq(
    $$SELECT total FROM quote_order('[{"product_id": 3, "quantity": 1}]')$$, 'VALUES (25.76)',
    'a visitor asks for nobody: no address, no limit'
);
-- Canada taxes it and the postage 5 %: 18.00 + 5.00 + 0.90 + 0.25.
SELECT results_eq(
    $$SELECT total FROM quote_order(
        '[{"product_id": 3, "quantity": 1}]', p_country_code => 'ca'
    )$$, 'VALUES (24.15)', 'or for a place, without an account'
);
SELECT throws_ok(
    $$SELECT * FROM quote_order('[{"product_id": 3, "quantity": 1}]', p_country_code => 'UK')$$,
    'ST002', 'country UK is no country', 'which there must be'
);
SELECT throws_ok(
    $$SELECT * FROM quote_order('[{"product_id": 3, "quantity": 1}]', p_country_code => 'FR')$$,
    'ST002', 'country FR is not served', 'and the store must go there'
);
-- 60 hardtacks are on the shelf.
SELECT results_eq(
    $$SELECT available FROM quote_order('[{"product_id": 5, "quantity": 10000}]')$$, 'VALUES (10)',
    'a shopper is told of ten units at most'
);

SELECT * FROM finish();
ROLLBACK;
