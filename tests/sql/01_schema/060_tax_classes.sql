-- tax_classes: a mistyped class is refused, and none that orders remember goes.
BEGIN;
SELECT plan(7);
SELECT results_eq(
    'SELECT tax_class::TEXT FROM tax_classes ORDER BY tax_class',
    $$VALUES ('reduced'), ('standard'), ('zero')$$, 'three are part of the definition'
);
SELECT throws_ok(
    $$UPDATE products SET tax_class = 'standrad' WHERE product_id = 1$$, '23503', NULL,
    'no product is of a class nobody knows'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
    VALUES ('Standard', 'US', '2030-01-01', 0.1)$$,
    '23503', NULL, 'nor is a rate'
);
SELECT throws_ok(
    $$UPDATE store_settings SET shipping_tax_class = 'postage'$$, '23503', NULL, 'nor the postage'
);
SELECT lives_ok(
    $$INSERT INTO tax_classes VALUES ('books')$$, 'a store may have more'
);
SELECT throws_ok(
    $$UPDATE tax_classes SET tax_class = 'novels' WHERE tax_class = 'books'$$, '55000', NULL,
    'which keep their names'
);
SELECT throws_ok(
    $$DELETE FROM tax_classes WHERE tax_class = 'books'$$, '55000', NULL, 'and stay'
);
SELECT * FROM finish();
ROLLBACK;
