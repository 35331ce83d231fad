-- storefront_styles: the seed's hats, as a shopper meets them.
BEGIN;
SELECT plan(6);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer', current_schema()) \gexec

INSERT INTO styles (name, option_names) VALUES ('Knot Board', '{Size}');  -- of which there is none
SELECT results_eq(
    'SELECT style_id, name::TEXT, category_id, option_values, lowest_price::NUMERIC,
        highest_price::NUMERIC, is_available FROM storefront_styles',
    $$VALUES (
        1, 'Oilskin Hat', 1, JSONB '{"Size": ["M", "L"], "Colour": ["Yellow", "Black"]}', 22.00,
        24.00, TRUE
    )$$, 'what there is to choose from, in the order of product_id'
);

-- Black is sold at 19.00 today; of M there is no yellow one, and the last L is promised.
INSERT INTO sale_prices (product_id, price, valid_from, valid_until)
VALUES (22, 19, now(), now() + INTERVAL '1 day');
UPDATE products SET is_active = FALSE WHERE product_id = 20;
UPDATE inventory SET reserved = on_hand WHERE product_id IN (21, 22, 23);
SET LOCAL ROLE shop_customer;
SELECT results_eq(
    'SELECT option_values, lowest_price::NUMERIC, highest_price::NUMERIC, is_available
    FROM storefront_styles',
    $$VALUES (
        JSONB '{"Size": ["L", "M"], "Colour": ["Yellow", "Black"]}', 19.00, 24.00, FALSE
    )$$, 'of what is on offer, at the price of now, whether it is there or not'
);
SELECT results_eq(
    'SELECT product_id, options::JSONB, price::NUMERIC, regular_price::NUMERIC, prior_price,
        discount_pct
    FROM storefront_products WHERE style_id = 1 ORDER BY product_id',
    $$VALUES
    (21, JSONB '{"Size": "L", "Colour": "Yellow"}', 22.00, 22.00, NULL::NUMERIC, NULL::NUMERIC),
    -- 5 off 24 is 20.83 per cent.
    (22, '{"Size": "M", "Colour": "Black"}', 19.00, 24.00, 24.00, 20.83),
    (23, '{"Size": "L", "Colour": "Black"}', 24.00, 24.00, NULL, NULL)$$,
    'which is which, for how much'
);
SELECT results_eq(
    'SELECT style_id FROM styles', 'VALUES (1)', 'a style without a product on offer is not shown'
);
SELECT results_eq(
    'SELECT product_id FROM sale_prices ORDER BY product_id', 'VALUES (16), (22)',
    'nor is a sale that is over'
);
RESET ROLE;
UPDATE products SET is_active = FALSE WHERE style_id = 1;
SELECT is_empty('SELECT FROM storefront_styles', 'what is not offered any more is gone');
SELECT * FROM finish();
ROLLBACK;
