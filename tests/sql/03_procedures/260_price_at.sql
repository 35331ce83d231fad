-- price_at: what a product cost, at any instant, and who may ask.
BEGIN;
SELECT plan(5);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_analyst', current_schema()) \gexec

SELECT is(price_at(1, '2024-09-30'), NULL::NUMERIC, 'before its first price a product has none');
SELECT is(price_at(999, now()), NULL::NUMERIC, 'nor has an unknown product');

UPDATE products SET price = 130 WHERE product_id = 1;
SELECT is(price_at(1, '2024-12-01'), 120.00, 'a price once valid is not forgotten');
SELECT is(price_at(1, clock_timestamp()), 130.00, 'the latest one is today''s');

SET LOCAL ROLE shop_analyst;
SELECT is(price_at(1, '2024-12-01'), 120.00, 'analysts may ask');

SELECT * FROM finish();
ROLLBACK;
