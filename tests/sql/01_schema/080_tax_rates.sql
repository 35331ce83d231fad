-- tax_rates: where a country taxes by region, the store says in which it is.
BEGIN;
SELECT plan(31);
SELECT throws_ok(
    $$INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
    VALUES ('standard', 'KW', '2024-01-01', 0.081875)$$,
    '23514', NULL, 'a rate of six digits is refused, not rounded'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
    VALUES ('standard', 'GB', '2024-01-01', 20)$$,
    '23514', NULL, 'a rate is a share: 0.2 is twenty per cent'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
    VALUES ('standard', 'UK', '2024-01-01', 0.2)$$,
    '23503', NULL, 'no rate for a country nobody knows'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
    VALUES ('standard', 'GB', 'infinity', 0.2)$$,
    '23514', NULL, 'nor from a day that never comes'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates VALUES ('standard', 'US', 'ny', '2024-01-01', 0.08)$$,
    '23514', NULL, 'a region is in capitals'
);

-- The store is in the United States, and says no more.
SELECT throws_ok(
    $$INSERT INTO tax_rates VALUES ('standard', 'US', 'NY', '2024-01-01', 0.08)$$,
    '23514', 'the store is in US, but its settings name no region',
    'its own country''s first region has to wait until the store says where it is'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates VALUES ('reduced', 'US', 'NY', '2999-01-01', 0.04)$$,
    '23514', NULL, 'also one whose day is to come'
);
SELECT throws_ok(
    $$UPDATE tax_rates SET region_code = 'NY' WHERE country_code = 'US'$$,
    '23514', NULL, 'also one that was the country''s'
);
SELECT lives_ok(
    $$INSERT INTO tax_rates VALUES
    ('standard', 'CA', 'QC', '2024-01-01', 0.14975), ('standard', 'CA', 'ON', '2024-01-01', 0.13)$$,
    'another country''s may come at any time'
);
SELECT lives_ok($$UPDATE store_settings SET region_code = 'MA'$$, 'a region is named');
SELECT lives_ok(
    $$INSERT INTO tax_rates VALUES
    ('standard', 'US', 'MA', '2024-01-01', 0.0625), ('standard', 'US', 'OR', '2024-01-01', 0),
    ('reduced', 'US', 'NH', '2024-01-01', 0), ('standard', 'US', 'AK', '2999-01-01', 0)$$,
    'and the rates of regions may come, of some of them nothing'
);
-- Without an address it is Massachusetts that is taxed: it keeps its standard rate from then on.
SELECT throws_ok(
    $$DELETE FROM tax_rates WHERE region_code = 'MA'$$, '23514',
    'the store is in US, but its settings name no region with a standard tax rate',
    'its own region''s standard rate is not deleted'
);
SELECT
    throws_ok(
        format('UPDATE tax_rates SET %s WHERE region_code = ''MA''', change.made), '23514', NULL,
        format('nor does it become another: %s', change.made)
    )
FROM (
    VALUES
    ('region_code = ''NJ'''), ('region_code = '''', valid_from = ''2000-01-01'''),
    ('country_code = ''CA'''), ('tax_class = ''reduced'''), ('valid_from = ''2999-01-01''')
) AS change (made);
SELECT lives_ok(
    $$UPDATE tax_rates SET rate = 0.07, valid_from = '2024-02-01' WHERE region_code = 'MA'$$,
    'it may be another rate, from another day that is past'
);
SELECT lives_ok(
    $$DELETE FROM tax_rates WHERE country_code = 'US' AND region_code <> ''$$,
    'all of the country''s regions may go'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates VALUES ('standard', 'US', 'OR', '2024-01-01', 0)$$, '23514', NULL,
    'and come back with the store''s own, or after it'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates VALUES ('reduced', 'US', 'MA', '2024-01-01', 0)$$, '23514', NULL,
    'which a reduced rate is not enough for'
);
SELECT throws_ok(
    $$INSERT INTO tax_rates VALUES
    ('standard', 'US', 'AK', '2999-01-01', 0), ('standard', 'US', 'MA', '2999-01-02', 0)$$,
    '23514', NULL, 'nor one that begins a day late'
);
SELECT lives_ok(
    $$INSERT INTO tax_rates VALUES ('standard', 'US', 'AK', '2999-01-01', 0),
    ('standard', 'US', 'MA', '2999-01-01', 0.0625)$$,
    'both may be to come'
);
SELECT throws_ok(
    $$UPDATE store_settings SET region_code = 'OR'$$, '23514', NULL,
    'and the store stays where it will be taxed'
);
SELECT lives_ok(
    $$INSERT INTO tax_rates VALUES
    ('standard', 'US', 'MA', '2024-01-01', 0.0625), ('standard', 'US', 'OR', '2024-01-01', 0),
    ('reduced', 'US', 'NH', '2024-01-01', 0)$$,
    'rates that hold by then may follow'
);

SELECT throws_ok(
    $$UPDATE store_settings SET region_code = ''$$, '23514',
    'a store in US needs a region with a standard tax rate, not ""',
    'the store cannot be in no region then'
);
SELECT throws_ok(
    $$UPDATE store_settings SET region_code = 'XX'$$, '23514', NULL, 'nor in one nobody knows'
);
SELECT throws_ok(
    $$UPDATE store_settings SET region_code = 'NH'$$, '23514', NULL,
    'nor in one that has no standard rate'
);
SELECT throws_ok(
    $$UPDATE store_settings SET region_code = 'AK'$$, '23514', NULL, 'nor in one that has none yet'
);
SELECT lives_ok($$UPDATE store_settings SET region_code = 'OR'$$, 'but in one that taxes nothing');
SELECT lives_ok(
    $$UPDATE store_settings SET country_code = 'NZ', region_code = ''$$,
    'and in a country that taxes its regions alike'
);
SELECT * FROM finish();
ROLLBACK;
