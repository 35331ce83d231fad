-- _record_change: what an audit row holds.
BEGIN;
SELECT plan(7);

CREATE TEMP VIEW last_row AS
SELECT
    table_name,
    operation,
    row_key,
    old_row,
    new_row
FROM audit_log ORDER BY id DESC LIMIT 1;

UPDATE customers SET is_vip = TRUE, phone = '555 0199' WHERE customer_id = 2;
SELECT results_eq(
    'TABLE last_row',
    $$VALUES (
        'customers', 'UPDATE'::VARCHAR, '{"customer_id": 2}'::JSONB,
        '{"is_vip": false, "phone": "[redacted]"}'::JSONB,
        '{"is_vip": true, "phone": "[redacted]"}'::JSONB
    )$$, 'a change shows its columns, personal ones without what they hold'
);
UPDATE customers SET phone = NULL WHERE customer_id = 2;
SELECT results_eq(
    'SELECT new_row FROM last_row', $$VALUES ('{"phone": null}'::JSONB)$$,
    'that a personal column was emptied is shown'
);
DELETE FROM tax_rates WHERE country_code = 'CA';
SELECT results_eq(
    'SELECT operation, row_key, old_row ->> ''rate'', new_row FROM last_row',
    $$VALUES (
        'DELETE'::VARCHAR,
        '{
            "tax_class": "standard", "country_code": "CA", "region_code": "",
            "valid_from": "2024-01-01"
        }'::JSONB,
        '0.05', NULL::JSONB
    )$$, 'a deleted row is kept, and named by all columns of its key'
);
TRUNCATE tax_rates;
SELECT results_eq(
    'SELECT table_name, operation, row_key FROM last_row',
    $$VALUES ('tax_rates', 'TRUNCATE'::VARCHAR, NULL::JSONB)$$, 'an emptied table is one row'
);
UPDATE store_settings SET order_hold = '30 days';
UPDATE store_settings SET order_hold = '1 month';
SELECT results_eq(
    'SELECT old_row, new_row FROM last_row',
    $$VALUES ('{"order_hold": "30 days"}'::JSONB, '{"order_hold": "1 mon"}'::JSONB)$$,
    'so is a month in place of thirty days, which compare as equal'
);
SELECT count(*) AS rows_before FROM audit_log \gset
UPDATE products SET name = name;
UPDATE inventory SET on_hand = on_hand + 1;
SELECT results_eq(
    'SELECT count(*)::INT FROM audit_log', ARRAY[:rows_before],
    'neither a change of nothing nor a counter of stock leaves a row'
);
SELECT is_empty(
    'SELECT FROM audit_log WHERE changed_by <> current_user', 'a row names who did it'
);

SELECT * FROM finish();
ROLLBACK;
