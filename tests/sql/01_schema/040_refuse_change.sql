-- refuse_all_but_emptying: a ledger's words change to nothing else, and may be forgotten; of a
-- parcel, what it was worth stays. That ledgers change no other column, and lose no row, is tried
-- as the owner and as a superuser in tests/security/test_append_only.py.
BEGIN;
SELECT plan(12);

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
SELECT throws_ok(
    'INSERT INTO order_transitions VALUES (''cancelled'', ''paid'')', '55000', NULL,
    'no state machine but the release''s'
);

SELECT * FROM finish();
ROLLBACK;
