-- search_products: what a shopper finds, best first, and what they do not.
BEGIN;
SELECT plan(12);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer', current_schema()) \gexec

UPDATE products SET description = 'Burns whale oil; brass.' WHERE sku = 'LANTERN';
UPDATE products SET description = 'For the lantern: a litre of whale oil.' WHERE sku = 'CHOWDER';
INSERT INTO products (sku, name, price) VALUES ('BOXES-77', 'Wooden crate', 5);

SET LOCAL ROLE shop_customer;
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('lanterns')$$,
    $$VALUES ('LANTERN'::TEXT), ('CHOWDER')$$, 'words by their stem, the name before the text'
);
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('boxes-77')$$, $$VALUES ('BOXES-77'::TEXT)$$,
    'a SKU as it is written, in any case'
);
SELECT bag_eq(
    $$SELECT sku::TEXT FROM search_products('lantern or compass')$$,
    $$VALUES ('LANTERN'::TEXT), ('CHOWDER'), ('COMPASS')$$, 'either of two'
);
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('oil -chowders')$$, $$VALUES ('LANTERN'::TEXT)$$,
    'but not, whatever the form of the word'
);
SELECT results_eq(
    $$SELECT sku::TEXT FROM search_products('"litre of whale oil"')$$, $$VALUES ('CHOWDER'::TEXT)$$,
    'a phrase'
);
SELECT is_empty($$SELECT FROM search_products('submarine')$$, 'nothing is an answer');
SELECT is_empty(
    $$SELECT FROM search_products('the of and')$$, 'so it is to words that say nothing'
);
SELECT is_empty($$SELECT FROM search_products('& | ! '' ) :* <->')$$, 'no text breaks the syntax');
SELECT is(count(*), 1::BIGINT, 'at most so many') FROM search_products('lantern', 1);
SELECT results_eq(
    $$SELECT to_jsonb(found) FROM search_products('atlas') AS found$$,
    $$SELECT to_jsonb(shown) FROM storefront_products AS shown WHERE sku = 'ATLAS'$$,
    'a row is the shop window''s: what is out of stock is shown as such'
);
SELECT is_empty(
    $$SELECT FROM search_products('quill')$$, 'what is no longer offered is not found'
);
SELECT throws_ok(
    'SELECT search_vector FROM products', '42501', NULL, 'the index itself is not the shopper''s'
);

SELECT * FROM finish();
ROLLBACK;
