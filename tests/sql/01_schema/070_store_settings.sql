-- store_settings: one row, always, of values that mean something.
BEGIN;
SELECT plan(43);
SELECT throws_ok(
    $$INSERT INTO store_settings (store_name, currency, country_code) VALUES ('B', 'EUR', 'DE')$$,
    '23505', NULL, 'a second row is refused'
);
SELECT throws_ok(
    $$INSERT INTO store_settings (is_only_row, store_name, currency, country_code)
    VALUES (FALSE, 'B', 'EUR', 'DE')$$,
    '23514', NULL, 'also one that says it is another'
);
SELECT throws_ok(
    $$UPDATE store_settings SET time_zone = 'Mars/Olympus'$$, '22023', NULL,
    'a zone nobody knows is refused'
);
SELECT throws_ok(
    $$UPDATE store_settings SET time_zone = 'EST5EDT,M3.2.0,M11.1.0'$$, '22023', NULL,
    'a zone that is a rule and no name is refused'
);
SELECT throws_ok(
    $$UPDATE store_settings SET time_zone = ' Asia/Kolkata'$$, '22023', NULL,
    'and one with a blank before it'
);
SELECT lives_ok(
    $$UPDATE store_settings SET time_zone = 'Asia/Kolkata'$$, 'a known zone is taken'
);
SELECT throws_ok(
    $$UPDATE store_settings SET currency = 'EUR'$$, '55000',
    'the currency stays USD: there are orders in it',
    'the currency stays while there are orders in it'
);
SELECT lives_ok(
    $$UPDATE store_settings SET currency = 'USD'$$, 'setting the same currency is no change'
);
SELECT throws_ok(
    $$UPDATE store_settings SET currency = 'TND'$$, '23514',
    'value for domain currency_code violates check constraint '
    || '"currency_code_has_two_decimals_or_none"',
    'a currency of three decimals is refused by name'
);
SELECT throws_ok(
    $$UPDATE store_settings SET currency = 'BTC'$$, '23514', NULL, 'as is what is no currency'
);
SELECT results_eq(
    'SELECT decimals_of(currency) FROM unnest(ARRAY[''USD'', ''JPY'', ''EUR'', ''KRW''])
    AS known (currency)',
    'VALUES (2), (0), (2), (0)', 'the yen and the won have no cents'
);
SELECT throws_ok(
    $$UPDATE store_settings SET country_code = 'us'$$, '23514', NULL, 'a code is in capitals'
);
SELECT throws_ok(
    $$UPDATE store_settings SET country_code = 'UK'$$, '23503', NULL, 'and of a country'
);
SELECT throws_ok(
    $$UPDATE store_settings SET order_hold = '0'$$, '23514', NULL, 'a hold of nothing is none'
);
SELECT throws_ok(
    $$UPDATE store_settings SET order_hold = '10 years 1 day'$$, '23514', NULL,
    'nor is one that no calendar holds'
);
SELECT lives_ok($$UPDATE store_settings SET order_hold = NULL$$, 'a hold may have no end');
SELECT throws_ok(
    $$UPDATE store_settings SET shipping_fee = 4.995$$, '23514', NULL,
    'a fee nobody can pay is not rounded'
);
UPDATE store_settings SET shipping_fee = 5, free_shipping_from = 49.9;
SELECT results_eq(
    'SELECT shipping_fee::TEXT, free_shipping_from::TEXT FROM store_settings',
    $$VALUES ('5.00', '49.90')$$, 'and one that can is stored to the cent'
);
SELECT throws_ok(
    $$UPDATE store_settings SET max_pending_orders = 0$$, '23514', NULL,
    'a limit of none would close the store'
);
SELECT throws_ok(
    $$UPDATE store_settings SET shown_stock = -1$$, '23514', NULL,
    'no less than nothing is shown of the stock'
);
SELECT results_eq(
    $$SELECT column_default::INT FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'store_settings'
    AND column_name IN ('max_pending_orders', 'shown_stock') ORDER BY column_name$$,
    'VALUES (10), (10)', 'ten pending orders and ten units are where a new store begins'
);

-- Who sells, and since when documents say so. The demo store has issued some.
SELECT
    throws_ok(
        format('UPDATE store_settings SET %s', given), '23514', NULL, said
    )
FROM (
    VALUES
    ('legal_name = NULL', 'who issues documents has a name'),
    ('legal_address = NULL', 'and an address'),
    ('legal_name = '' A''', 'the name is clean text'),
    ('legal_address = ''{}''', 'the address says where'),
    ('legal_address = ''"1 High Street"''', 'it is no text'),
    ('legal_address = ''["line1", "city", "country_code"]''', 'nor a list'),
    ('legal_address = legal_address - ''city''', 'in which city'),
    ('legal_address = legal_address || ''{"city": null}''', 'and that by its name'),
    ('legal_address = legal_address || ''{"line1": " "}''', 'a blank is no street'),
    ('legal_address = legal_address || ''{"line2": 7}''', 'a number is none either'),
    ('legal_address = legal_address || ''{"line1": ["1 High Street"]}''', 'a list neither'),
    (
        'legal_address = legal_address || jsonb_build_object(''line2'', repeat(''x'', 1000))',
        'nor a book'
    ),
    ('legal_address = legal_address || ''{"country_code": "usa"}''', 'a country is two letters'),
    ('legal_address = legal_address || ''{"planet": "Earth"}''', 'nobody asked for the planet'),
    ('invoice_series = ''CN''', 'a series is of one kind'),
    ('credit_note_series = invoice_series', 'of either'),
    ('document_retention = ''-1 day''', 'nothing is forgotten before it is written'),
    ('document_retention = ''101 years''', 'or kept for ever')
) AS attempt (given, said);
SELECT lives_ok(
    $$UPDATE store_settings SET
        invoice_series = 'R', credit_note_series = 'G', vat_id = 'X1',
        document_retention = '8 years', legal_address = legal_address || '{"line2": "2nd floor"}'$$,
    'all else about documents changes at will'
);
SELECT throws_ok(
    'UPDATE store_settings SET documents_from = NULL', '55000', NULL,
    'a store that has issued documents goes on'
);
SELECT throws_ok(
    $$UPDATE store_settings SET documents_from = '2024-01-01 00:00-05'$$, '55000', NULL,
    'from when it began'
);

SELECT throws_ok('DELETE FROM store_settings', '55000', NULL, 'the row stays');
SELECT * FROM finish();
ROLLBACK;
