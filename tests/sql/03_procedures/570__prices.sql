-- _tax_of: which half of a cent the treasury gets. 9.99 with a fifth of tax in it is 8.325 net, so
-- 8.33 and 1.66: the net amount is rounded, half away from zero, and the tax is what is left.
BEGIN;
SELECT plan(16);

SELECT
    is(
        _tax_of(amount, rate, TRUE, decimals), tax,
        format('in %s at %s is %s of tax', amount, rate, tax)
    )
FROM (
    VALUES
    -- 8.325; 0.025; 0.075: a tie of the net amount each.
    (9.99, 0.2, 2, 1.66), (0.03, 0.2, 2, 0.00), (0.09, 0.2, 2, 0.01),
    -- No tie: 83.1933... net.
    (99.00, 0.19, 2, 15.81),
    -- Yen: 50.5 and 2.5 net of a rate of one.
    (101, 1, 0, 50), (5, 1, 0, 2)
) AS included (amount, rate, decimals, tax);

SELECT
    is(
        _tax_of(amount, rate, FALSE, decimals), tax,
        format('on %s at %s is %s of tax', amount, rate, tax)
    )
FROM (
    -- 0.105; 0.005; 0.004; half a yen.
    VALUES (1.50, 0.07, 2, 0.11), (0.05, 0.1, 2, 0.01), (0.04, 0.1, 2, 0.00), (5, 0.1, 0, 1)
) AS on_top (amount, rate, decimals, tax);

-- One dollar off three things of one price: a third each, of which the second is the dearer one.
UPDATE products SET price = 6 WHERE product_id IN (3, 5, 8);
INSERT INTO coupons (coupon_code, kind, value) VALUES ('DOLLAR', 'fixed', 1);
SELECT results_eq(
    $$SELECT discount FROM quote_order(
        '[{"product_id": 8, "quantity": 1}, {"product_id": 3, "quantity": 1},
        {"product_id": 5, "quantity": 1}]', 'dollar'
    ) ORDER BY line_no$$,
    'VALUES (0.33), (0.34), (0.33)', 'what is taken off the lines is what the coupon takes off'
);

UPDATE store_settings SET free_shipping_from = 6;
SELECT results_eq(
    $$SELECT shipping_fee FROM quote_order('[{"product_id": 3, "quantity": 1}]')$$,
    'VALUES (0.00)', 'what reaches the amount is sent for nothing'
);
SELECT results_eq(
    $$SELECT shipping_fee FROM quote_order('[{"product_id": 3, "quantity": 1}]', 'dollar')$$,
    'VALUES (5.00)', 'and what is below it once the coupon is off is not'
);

INSERT INTO products (sku, name, price, tax_class)
VALUES ('CROWN', 'Crown', 9999999999.99, 'zero');
SELECT results_eq(
    format(
        $$SELECT total FROM quote_order('[{"product_id": %s, "quantity": 1}]')$$, product_id
    ), 'VALUES (9999999999.99)', 'the dearest order there can be fits'
) FROM products WHERE sku = 'CROWN';

-- Past their guards, since a sale is made for what is to come. One ends at this instant, and one
-- begins.
ALTER TABLE sale_prices DISABLE TRIGGER USER;
INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
VALUES (3, 4, now() - INTERVAL '1 day', now()), (5, 4, now(), now() + INTERVAL '1 day');
SELECT results_eq(
    $$SELECT unit_price FROM quote_order(
        '[{"product_id": 3, "quantity": 1}, {"product_id": 5, "quantity": 1}]'
    ) ORDER BY line_no$$,
    'VALUES (6.00), (4.00)', 'a sale holds at its first instant and not at the first after it'
);

-- Twenty-six hours lie between the two clocks, so that they never show one day.
UPDATE store_settings SET time_zone = 'Pacific/Kiritimati';
SET LOCAL timezone = 'Etc/GMT+12';
INSERT INTO coupons (coupon_code, kind, value, valid_from, valid_until)
SELECT
    'TODAY' AS coupon_code,
    'fixed' AS kind,
    2 AS value,
    (now() AT TIME ZONE 'Pacific/Kiritimati')::DATE AS valid_from,
    (now() AT TIME ZONE 'Pacific/Kiritimati')::DATE AS valid_until;
SELECT results_eq(
    $$SELECT discount FROM quote_order('[{"product_id": 3, "quantity": 1}]', 'today')$$,
    'VALUES (2.00)', 'a coupon of one day holds on the store''s day, whatever the session''s is'
);

SELECT * FROM finish();
ROLLBACK;
