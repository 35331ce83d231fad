-- store_settings: one row, always, of values that mean something.
BEGIN;
SELECT plan(13);
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
SELECT lives_ok(
    $$UPDATE store_settings SET time_zone = 'Asia/Kolkata'$$, 'a known zone is taken'
);
SELECT throws_ok(
    $$UPDATE store_settings SET currency = 'EUR'$$, '55000', NULL,
    'the currency stays while there are orders in it'
);
SELECT lives_ok(
    $$UPDATE store_settings SET currency = 'USD'$$, 'setting the same currency is no change'
);
SELECT throws_ok($$UPDATE store_settings SET country_code = 'us'$$, '23514', NULL, 'no such code');
SELECT throws_ok(
    $$UPDATE store_settings SET order_hold = '0'$$, '23514', NULL, 'a hold of nothing is none'
);
SELECT throws_ok(
    $$UPDATE store_settings SET order_hold = '10 years 1 day'$$, '23514', NULL,
    'nor is one that no calendar holds'
);
SELECT lives_ok($$UPDATE store_settings SET order_hold = NULL$$, 'a hold may have no end');
SELECT throws_ok(
    $$UPDATE store_settings SET shipping_fee = 'NaN'$$, '23514', NULL, 'NaN is no fee'
);
SELECT throws_ok(
    $$UPDATE store_settings SET max_pending_orders = 0$$, '23514', NULL,
    'a limit of none would close the store'
);
SELECT * FROM finish();
ROLLBACK;
