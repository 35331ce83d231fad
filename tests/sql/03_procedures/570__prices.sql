-- _tax_of: which half of a cent the treasury gets. 9.99 with a fifth of tax in it is 8.325 net, so
-- 8.33 and 1.66: the net amount is rounded, half away from zero, and the tax is what is left.
BEGIN;
SELECT plan(11);

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

SELECT * FROM finish();
ROLLBACK;
