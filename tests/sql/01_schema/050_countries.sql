-- countries: the 249 of ISO 3166-1, of which the store's own is always served.
BEGIN;
SELECT plan(13);
SELECT results_eq(
    'SELECT count(*)::INT, count(DISTINCT name)::INT FROM countries', 'VALUES (249, 249)',
    'there are 249 countries'
);
SELECT results_eq(
    $$SELECT country_code::TEXT FROM countries
    WHERE country_code IN ('ZZ', 'UK', 'EU', 'XK', 'GB')$$,
    $$VALUES ('GB')$$, 'and the United Kingdom is GB'
);
SELECT throws_ok(
    $$INSERT INTO countries VALUES ('ZZ', 'Atlantis')$$, '55000', NULL, 'nobody adds one'
);
SELECT throws_ok('DELETE FROM countries', '55000', NULL, 'or takes one away');
SELECT throws_ok(
    $$UPDATE countries SET country_code = 'UK' WHERE country_code = 'GB'$$, '55000', NULL,
    'or gives one another code'
);
SELECT throws_ok(
    $$UPDATE countries SET name = 'Burma' WHERE country_code = 'MM'$$, '55000', NULL,
    'or another name'
);
SELECT lives_ok(
    $$UPDATE countries SET is_served = TRUE WHERE country_code = 'NZ'$$, 'but any can be served'
);
SELECT throws_ok(
    $$UPDATE countries SET is_served = FALSE WHERE country_code = 'US'$$, '23514',
    'the store is in United States, which it therefore serves', 'the store''s own always is'
);
SELECT throws_ok(
    'UPDATE countries SET is_served = FALSE', '23514', NULL, 'also when all are switched off'
);
SELECT lives_ok(
    $$UPDATE store_settings SET country_code = 'IS'$$, 'the store may move'
);
SELECT results_eq(
    $$SELECT is_served FROM countries WHERE country_code = 'IS'$$, 'VALUES (TRUE)',
    'and serves the country it moves to'
);
SELECT throws_ok(
    $$UPDATE countries SET is_served = FALSE WHERE country_code = 'IS'$$, '23514', NULL,
    'which is its own from then on'
);
SELECT lives_ok(
    $$UPDATE countries SET is_served = FALSE WHERE country_code = 'US'$$,
    'while it need not serve the one it left'
);
SELECT * FROM finish();
ROLLBACK;
