-- What happened stays: ledgers take no UPDATE, DELETE or TRUNCATE, and what others refer to no
-- DELETE or TRUNCATE, not even from the owner.
BEGIN;
SELECT plan(55);

CREATE TEMPORARY TABLE kept (name TEXT, is_ledger BOOLEAN, a_column TEXT) ON COMMIT DROP;
INSERT INTO kept (name, is_ledger, a_column) VALUES
('audit_log', TRUE, 'changed_by'),
('audit_log_default', TRUE, 'changed_by'),
('audit_seals', TRUE, 'batch'),
('order_audit', TRUE, 'performed_by'),
('order_event_positions', TRUE, 'event_id'),
('order_transitions', TRUE, 'to_status'),
('payments', TRUE, 'amount'),
('returns', TRUE, 'restocked'),
('shipment_items', TRUE, 'quantity'),
('stock_adjustments', TRUE, 'reference'),
('inventory', FALSE, NULL),
('order_event_state', FALSE, NULL),
('order_items', FALSE, NULL),
('orders', FALSE, NULL),
('price_history', FALSE, NULL),
('products', FALSE, NULL),
('report_state', FALSE, NULL),
('shipments', FALSE, NULL),
('signing_keys', FALSE, NULL),
('store_settings', FALSE, NULL);

-- The row triggers of the partitioned log need a row to refuse.
UPDATE store_settings SET store_name = 'Another';

SELECT
    throws_ok(
        format('DELETE FROM %I', name), '55000', NULL, name || ' gives up no row'
    )
FROM kept WHERE name <> 'audit_log_default';
SELECT
    throws_ok(
        format('TRUNCATE %I CASCADE', name), '55000', NULL, name || ' is never emptied'
    )
FROM kept;
SELECT
    throws_ok(
        format('UPDATE %I SET %I = %I', name, a_column, a_column), '55000', NULL,
        name || ' changes no row'
    )
FROM kept WHERE is_ledger AND name <> 'audit_log_default';

SELECT
    throws_ok(
        format('TRUNCATE %s', partition.inhrelid::REGCLASS), '55000', NULL,
        'a partition of its own is never emptied either'
    )
FROM pg_inherits AS partition
WHERE partition.inhparent = 'audit_log'::REGCLASS;
SELECT throws_ok(
    'TRUNCATE sales_touched', '55000', NULL, 'a day that changed is not forgotten'
);
SELECT throws_ok(
    'INSERT INTO order_transitions VALUES (''cancelled'', ''paid'')', '55000', NULL,
    'no state machine but the release''s'
);

-- Somebody published the store before this deploy.
SELECT lives_ok(
    $$CREATE PUBLICATION everything FOR TABLE sales_touched$$, 'touched days can be published'
);
SELECT lives_ok('SELECT refresh_daily_sales()', 'and are still cleared by a refresh');
SELECT * FROM finish();
ROLLBACK;
