-- What is searched follows products and the store's language, and nothing else.
BEGIN;
SELECT plan(14);
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
SELECT * FROM finish();
ROLLBACK;
