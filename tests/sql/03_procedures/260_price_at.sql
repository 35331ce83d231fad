-- price_at: what a product cost, at any instant, and who may ask.
BEGIN;
SELECT plan(9);
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_analyst', current_schema()) \gexec

SELECT is(price_at(2, '2024-09-30'), 45.00, 'before its first price a product has today''s');
SELECT is(price_at(999, now()), NULL::NUMERIC, 'an unknown product has none');
SELECT is(price_at(13, '2025-08-01 00:00-04'), 20.00, 'a sale applies from its first instant');
SELECT is(price_at(13, '2025-07-31 23:59:59-04'), 25.00, 'not sooner');
SELECT is(price_at(13, '2025-09-01 00:00-04'), 25.00, 'nor at its end');
SELECT is(price_at(16, '2099-12-31'), 199.00, 'what is to come is known too');

UPDATE products SET price = 130 WHERE product_id = 1;
SELECT is(price_at(1, '2024-12-01'), 120.00, 'a price once valid is not forgotten');
SELECT is(price_at(1, clock_timestamp()), 130.00, 'the latest one is today''s');

SET LOCAL ROLE shop_analyst;
SELECT is(price_at(1, '2024-12-01'), 120.00, 'analysts may ask');

SELECT * FROM finish();
ROLLBACK;
