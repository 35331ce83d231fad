-- _require_customer_access: whom the owner, staff, a customer and an analyst may act for.
BEGIN;
SELECT plan(9);

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
SELECT * FROM finish();
ROLLBACK;
