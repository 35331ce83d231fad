-- seal_audit and verify_audit: what a seal covers, and what is said of a trail that was changed.
BEGIN;
SELECT plan(8);

SELECT is_empty('SELECT * FROM verify_audit()', 'a trail never sealed has nothing to be held to');
SELECT results_eq(
    $$SELECT batch::INT, table_name, expected, actual FROM verify_audit('00')$$,
    $$VALUES (1, 'audit_seals', '00', NULL::TEXT)$$, 'a head that never was is not found'
);

SELECT seal_audit() AS head \gset
SELECT is(length(:'head'), 64, 'a head is a SHA-256 in hexadecimal');
SELECT results_eq(
    'SELECT order_audit_ids @> (SELECT range_agg(int8range(id, id, ''[]'')) FROM order_audit)
    FROM audit_seals', ARRAY[TRUE], 'the first seal covers what there is'
);
SELECT is(seal_audit(), :'head', 'with nothing new there is no new seal');
SELECT is_empty(
    format('SELECT * FROM verify_audit(%L)', :'head'), 'the trail is what was sealed'
);

UPDATE categories SET name = 'Relics' WHERE category_id = 9;
SELECT isnt(seal_audit(), :'head', 'a change makes a new head');
SELECT is_empty(
    format('SELECT * FROM verify_audit(%L)', :'head'), 'the old head is still part of the chain'
);

SELECT * FROM finish();
ROLLBACK;
