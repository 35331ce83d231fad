-- order_items: priced once; a unit is open, shipped or cancelled, and only what left comes back.
BEGIN;
SELECT plan(14);
INSERT INTO orders (order_id, customer_id, subtotal, ship_to_country) OVERRIDING SYSTEM VALUE
VALUES (901, 1, 100, 'US');
INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, tax_rate, quantity, discount, tax
) VALUES
(901, 1, 1, 'A', 'A', 50, 0.2, 2, 10, 18.00),
(901, 2, 1, 'A', 'A', 50, 0.2, 2, 10, 15.00);
SELECT results_eq(
    'SELECT line_no, line_total::INT, tax::INT FROM order_items
    WHERE order_id = 901 ORDER BY line_no',
    'VALUES (1, 90, 18), (2, 90, 15)', 'its tax is on top of the line, or in it'
);

CREATE FUNCTION pg_temp.line(
    p_quantity INT, p_unit_price NUMERIC, p_regular_price NUMERIC, p_discount NUMERIC, p_tax NUMERIC
) RETURNS VOID
LANGUAGE sql
AS $line$
    INSERT INTO order_items (
        order_id, line_no, product_id, sku, product_name, unit_price, regular_price, tax_rate,
        quantity, discount, tax
    ) VALUES (901, 3, 1, 'A', 'A', p_unit_price, p_regular_price, 0.2, p_quantity, p_discount, p_tax)
$line$;
SELECT throws_ok(
    'SELECT pg_temp.line(2, 50, NULL, 10, 17.99)', '23514', NULL, 'the tax follows its rate'
);
SELECT throws_ok(
    'SELECT pg_temp.line(0, 50, NULL, 0, 0)', '23514', NULL, 'a line of nothing is none'
);
SELECT throws_ok(
    'SELECT pg_temp.line(2, 50, NULL, 100.01, 0)', '23514', NULL, 'nobody is paid to buy'
);
SELECT throws_ok(
    'SELECT pg_temp.line(2, 50, 50, 0, 20)', '23514', NULL, 'a sale is below the regular price'
);
SELECT throws_ok(
    'SELECT pg_temp.line(2, 49.995, NULL, 0, 20)', '23514', NULL, 'no price is rounded'
);
SELECT lives_ok('SELECT pg_temp.line(2, 50, 60, 0, 20)', 'which a line bought in it remembers');

SELECT
    throws_ok(
        format('UPDATE order_items SET %s WHERE order_id = 901 AND line_no = 1', change), '55000',
        NULL, change || ' is refused'
    )
FROM (
    VALUES ('unit_price = 49, tax = 17.60'), ('quantity = 1'), ('sku = ''B''')
) AS attempt (change);
SELECT throws_ok(
    'UPDATE order_items SET shipped_quantity = 1, cancelled_quantity = 2 WHERE order_id = 901',
    '23514', NULL, 'a unit is shipped or cancelled, not both'
);
SELECT throws_ok(
    'UPDATE order_items SET returned_quantity = 1 WHERE order_id = 901', '23514', NULL,
    'only what left comes back'
);
SELECT lives_ok(
    'UPDATE order_items SET shipped_quantity = 1, cancelled_quantity = 1, returned_quantity = 1
    WHERE order_id = 901',
    'units are counted where they went'
);
SELECT throws_ok('DELETE FROM order_items', '55000', NULL, 'no line is deleted');
SELECT * FROM finish();
ROLLBACK;
