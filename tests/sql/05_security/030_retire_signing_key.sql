-- set_signing_key and retire_signing_key: what a key must be, and that it ends for good.
BEGIN;
SELECT plan(9);

SELECT throws_ok(
    $$SELECT set_signing_key('2025', decode(repeat('00', 31), 'hex'))$$, 'ST003',
    'the secret of key 2025 is shorter than 32 bytes', 'a secret has 32 bytes or more'
);
SELECT throws_ok(
    $$SELECT set_signing_key('a key', sha256('a'))$$, 'ST003', NULL, 'a key id has no space'
);
SELECT throws_ok(
    'SELECT retire_signing_key(NULL)', 'ST003', NULL, 'a key that there is not is not retired'
);
SELECT lives_ok($$SELECT set_signing_key('2025', sha256('a'))$$, 'a key is set');
SELECT lives_ok(
    $$SELECT set_signing_key('2025', sha256('a'))$$, 'the same key again changes nothing'
);
SELECT throws_ok(
    $$SELECT set_signing_key('2025', sha256('b'))$$, 'ST004', 'key id 2025 was used already',
    'another secret needs another id'
);
SELECT lives_ok($$SELECT retire_signing_key('2025')$$, 'a key is retired');
SELECT results_eq(
    'SELECT num_nonnulls(inner_pad, outer_pad) FROM signing_keys', ARRAY[0],
    'of a retired key the secret is gone and the row is there'
);
SELECT throws_ok(
    $$SELECT set_signing_key('2025', sha256('a'))$$, 'ST004', NULL, 'a retired key never comes back'
);

SELECT * FROM finish();
ROLLBACK;
