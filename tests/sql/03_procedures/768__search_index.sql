-- What is searched follows products, their styles and the store's language, and nothing else.
BEGIN;
SELECT plan(22);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_staff', current_schema()) \gexec
SELECT throws_ok(
    $$UPDATE store_settings SET search_language = 'klingon'$$, '22023', NULL,
    'a language without a configuration is refused'
);
CREATE TEXT SEARCH CONFIGURATION "1" (COPY = simple);
SELECT throws_ok(
    $$UPDATE store_settings SET search_language = '1'$$, '23514', NULL,
    'so is what is no name: a number is taken for one that pg_upgrade changes'
);
SELECT throws_ok(
    $$UPDATE store_settings SET search_language = NULL$$, '22023', NULL, 'and none at all'
);
SELECT lives_ok(
    $$UPDATE store_settings SET search_language = 'pg_catalog.simple'$$, 'its schema may be said'
);
UPDATE store_settings SET search_language = 'english';

INSERT INTO products (sku, name, price) VALUES ('X-7', 'Bunte Häuser', 5);
SELECT is_empty($$SELECT FROM search_products('haus bunte')$$, 'English knows no Häuser');
CREATE TEMP TABLE logged AS SELECT count(*) AS rows FROM audit_log WHERE table_name = 'products';
SET LOCAL ROLE shop_staff;
SELECT lives_ok(
    $$UPDATE store_settings SET search_language = 'german'$$, 'staff change the language'
);
RESET ROLE;
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('haus bunte')$$, $$VALUES ('X-7')$$,
    'and what was there is found in it at once'
);
SELECT is(count(*), (SELECT logged.rows FROM logged), 'no product is said to have changed')
FROM audit_log WHERE table_name = 'products';
SELECT isnt_empty(
    $$SELECT FROM audit_log WHERE new_row ->> 'search_language' = 'german'$$,
    'but the settings are'
);

SET LOCAL ROLE shop_staff;
SELECT throws_ok(
    $$UPDATE products SET search_vector = ''$$, '42501', NULL, 'staff write no vector'
);
UPDATE products SET name = 'Bunte Bäume' WHERE sku = 'X-7';
RESET ROLE;
SELECT isnt_empty($$SELECT FROM search_products('baum bunte')$$, 'a new name is found');
SELECT is_empty($$SELECT FROM search_products('haus bunte')$$, 'the old one no more');
UPDATE products SET search_vector = 'nonsense' WHERE sku = 'X-7';
SELECT is_empty($$SELECT FROM search_products('nonsense')$$, 'nor does the owner write one');
SELECT isnt_empty(
    $$SELECT FROM audit_log WHERE table_name = 'products' AND new_row ->> 'name' = 'Bunte Bäume'$$,
    'a change of a name is logged'
);

-- Styles

UPDATE store_settings SET search_language = 'english';
INSERT INTO styles (style_id, name, option_names) OVERRIDING SYSTEM VALUE VALUES
(901, 'Gansey', '{Size}'), (902, 'Watch Cap', '{Knit}');
INSERT INTO products (sku, name, price, style_id, options)
VALUES ('G-1', 'Jumper', 5, 901, '{"Size": "Forty"}');
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('gansey jumper forty')$$, $$VALUES ('G-1')$$,
    'a product is found by its style and options'
);
SET LOCAL ROLE shop_staff;
UPDATE products SET options = '{"Size": "Fifty"}' WHERE sku = 'G-1';
RESET ROLE;
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('gansey fifty')$$, $$VALUES ('G-1')$$,
    'by other options once it has them'
);
SELECT is_empty($$SELECT FROM search_products('gansey forty')$$, 'and by those no more');
SELECT results_eq(
    $$SELECT new_row FROM audit_log WHERE table_name = 'products' ORDER BY id DESC LIMIT 1$$,
    $$VALUES ('{"options": {"Size": "Fifty"}}'::JSONB)$$, 'which the log says'
);
UPDATE logged SET rows = (SELECT count(*) FROM audit_log WHERE table_name = 'products');
SET LOCAL ROLE shop_staff;
UPDATE styles SET name = 'Guernsey', description = 'Of worsted wool' WHERE style_id = 901;
RESET ROLE;
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('worsted guernsey')$$, $$VALUES ('G-1')$$,
    'a new name and description of the style are its products'' too'
);
SELECT is(count(*), (SELECT logged.rows FROM logged), 'none of which has itself changed')
FROM audit_log WHERE table_name = 'products';
UPDATE products SET style_id = 902, options = '{"Knit": "Cable"}' WHERE sku = 'G-1';
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('watch cap cable')$$,
    $$VALUES ('G-1')$$, 'moved to another style, it is found by that'
);
-- As after an upgrade that reads texts in another way.
ALTER TABLE products DISABLE TRIGGER products_are_found;
UPDATE products SET search_vector = 'other' WHERE sku = 'G-1';
ALTER TABLE products ENABLE TRIGGER products_are_found;
UPDATE products SET price = 6, name = name WHERE sku = 'G-1';
SELECT results_eq(
    $$SELECT new_row FROM audit_log WHERE table_name = 'products' ORDER BY id DESC LIMIT 1$$,
    $$VALUES ('{"price": 6.00}'::JSONB)$$, 'a price is logged, whatever is indexed with it'
);
SELECT * FROM finish();
ROLLBACK;
