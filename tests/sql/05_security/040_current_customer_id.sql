-- current_customer_id: the setting without a key, a token with one. The token was made elsewhere:
-- {"alg":"HS256","typ":"JWT","kid":"test"} and {"customer_id":7,"exp":32503680000}, signed with
-- the 32 bytes 00 to 1f.
BEGIN;
SELECT plan(16);

SELECT is(current_customer_id(), NULL, 'a session that says nothing is nobody');
SELECT set_config('app.customer_id', '7', TRUE);
SELECT is(current_customer_id(), 7, 'without a key the setting is the customer');
SELECT set_config('app.customer_id', '7; DROP TABLE orders', TRUE);
SELECT is(current_customer_id(), NULL, 'what is no number is nobody');

-- _require_customer_access: whom the owner, staff, a customer and an analyst may act for.
SELECT lives_ok('SELECT _require_customer_access(3)', 'the owner acts for anybody');
SELECT lives_ok(
    'SELECT _require_customer_access(NULL)', 'the owner may, and is told later that there is none'
);
SELECT is(_acts_for_any_customer(), TRUE, 'the owner may act for every customer');

-- The functions that ask run as the owner; granted here so that the roles can be seen to ask.
SELECT format('GRANT USAGE ON SCHEMA %I TO shop_customer, shop_analyst', current_schema()) \gexec
GRANT EXECUTE ON FUNCTION _require_customer_access(INT), _acts_for_any_customer()
TO shop_customer, shop_analyst;
SELECT set_config('app.customer_id', '3', TRUE);

SET LOCAL ROLE shop_customer;
SELECT lives_ok('SELECT _require_customer_access(3)', 'a customer acts for itself');
SELECT throws_ok(
    'SELECT _require_customer_access(2)', '42501', 'not allowed to act for this customer',
    'a customer does not act for another'
);
SELECT throws_ok(
    'SELECT _require_customer_access(999)', '42501', 'not allowed to act for this customer',
    'whether there is such a customer is not told'
);
SELECT throws_ok('SELECT _require_customer_access(NULL)', '42501', NULL, 'nor for nobody');
SELECT is(_acts_for_any_customer(), FALSE, 'a customer does not act for every customer');

SET LOCAL ROLE shop_analyst;
SELECT throws_ok('SELECT _require_customer_access(3)', '42501', NULL, 'an analyst acts for nobody');

RESET ROLE;

SELECT set_config('app.customer_id', '7', TRUE);
SELECT set_signing_key(
    'test', decode('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex')
);
SELECT is(current_customer_id(), NULL, 'with a key the setting counts no more');
SELECT set_config(
    'app.session_token',
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InRlc3QifQ'
    || '.eyJjdXN0b21lcl9pZCI6NywiZXhwIjozMjUwMzY4MDAwMH0'
    || '.OLAZE89fUzdpkppVFeDwQ-ehdpavPc-iEVAe5Ze6AHg', TRUE
);
SELECT is(current_customer_id(), 7, 'with a key its token is the customer');
SELECT set_config('app.session_token', current_setting('app.session_token') || '=', TRUE);
SELECT throws_ok(
    'SELECT current_customer_id()', '28000', 'the session token does not hold',
    'a padded token is an error'
);
SELECT retire_signing_key('test');
SELECT set_config('app.session_token', '', TRUE);
SELECT is(current_customer_id(), NULL, 'without a key left the setting counts no more either');

SELECT * FROM finish();
ROLLBACK;
