-- What happened stays: ledgers take no UPDATE, DELETE or TRUNCATE, and what others refer to no
-- DELETE or TRUNCATE, not even from the owner.
BEGIN;
SELECT plan(74);

-- A ledger's column is one that may never change; words that erasing empties stand in others.
CREATE TEMPORARY TABLE kept (name TEXT, is_ledger BOOLEAN, a_column TEXT) ON COMMIT DROP;
INSERT INTO kept (name, is_ledger, a_column) VALUES
('audit_log', TRUE, 'changed_by'),
('audit_log_default', TRUE, 'changed_by'),
('audit_seals', TRUE, 'batch'),
('call_keys', TRUE, 'answer'),
('credits', TRUE, 'kind'),
('documents', TRUE, 'number'),
('order_audit', TRUE, 'performed_by'),
('order_event_positions', TRUE, 'event_id'),
('order_transitions', TRUE, 'to_status'),
('payments', TRUE, 'provider'),
('returns', TRUE, 'created_at'),
('shipment_items', TRUE, 'quantity'),
('stock_adjustments', TRUE, 'reference'),
('tax_classes', TRUE, 'tax_class'),
('countries', FALSE, NULL),
('inventory', FALSE, NULL),
('order_items', FALSE, NULL),
('orders', FALSE, NULL),
('price_history', FALSE, NULL),
('products', FALSE, NULL),
('shipments', FALSE, NULL),
('signing_keys', FALSE, NULL),
('store_settings', FALSE, NULL),
('watermarks', FALSE, NULL);

-- The row triggers of the partitioned log need a row to refuse.
INSERT INTO audit_log (table_name, operation) VALUES ('coupons', 'TRUNCATE');

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

-- Something else, or where a statement is enough to refuse, the same.
SELECT
    throws_ok(
        format(
            'UPDATE %I SET %I = %s', name, a_column,
            CASE name
                WHEN 'credits' THEN '''delivery'', line_no = NULL, quantity = NULL'
                WHEN 'payments' THEN '''another'''
                WHEN 'returns' THEN 'created_at - INTERVAL ''1 day'''
                ELSE quote_ident(a_column)
            END
        ), '55000', NULL,
        name || ' changes no row'
    )
FROM kept WHERE is_ledger AND name NOT IN ('audit_log_default', 'credits');
SELECT throws_ok(
    'UPDATE credits SET quantity = quantity + 1 WHERE quantity IS NOT NULL', '55000', NULL,
    'credits changes no row'
);
SELECT
    throws_ok(
        format('UPDATE %I SET reason = ''another''', name), '55000', NULL,
        name || ' takes no other reason'
    )
FROM unnest(ARRAY['credits', 'payments', 'returns']) AS name;
SELECT
    lives_ok(
        format('UPDATE %I SET reason = NULL', name), name || ' can be freed of its words'
    )
FROM unnest(ARRAY['credits', 'payments', 'returns']) AS name;
SELECT throws_ok(
    $$UPDATE documents SET buyer = '{"recipient": "Another"}'$$, '55000', NULL,
    'a document is made out to nobody else'
);
SELECT lives_ok('UPDATE documents SET buyer = NULL', 'but may forget to whom it was');
SELECT throws_ok(
    'UPDATE shipments SET delivery_net = delivery_net + 1', '55000', NULL,
    'what a parcel was worth stays'
);
SELECT lives_ok(
    'UPDATE shipments SET delivered_at = now() WHERE delivered_at IS NULL',
    'while it arrives some day'
);

SELECT
    throws_ok(
        format('TRUNCATE %s', partition.inhrelid::REGCLASS), '55000', NULL,
        'a partition of its own is never emptied either'
    )
FROM pg_inherits AS partition
WHERE partition.inhparent = 'audit_log'::REGCLASS;
SELECT throws_ok(
    'INSERT INTO order_transitions VALUES (''cancelled'', ''paid'')', '55000', NULL,
    'no state machine but the release''s'
);

SELECT * FROM finish();
ROLLBACK;
