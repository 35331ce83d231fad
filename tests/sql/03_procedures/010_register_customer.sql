-- register_customer: one row an e-mail, however it is written; what is told of it, and to whom.
BEGIN;
SELECT plan(9);
SELECT format(
    'GRANT USAGE ON SCHEMA %I TO shop_customer, shop_staff, shop_analyst', current_schema()
) \gexec

SET LOCAL ROLE shop_customer;
SELECT throws_ok(
    $$SELECT register_customer('eve@example.com', 'Eve', NULL)$$, '42501', NULL,
    'a shopper registers nobody'
);
SET LOCAL ROLE shop_staff;
SELECT throws_ok(
    $$SELECT register_customer('  JO@orchardhouse.example ', 'Jo', 'March')$$, 'ST004',
    'the e-mail is registered already', 'an e-mail in capitals is the same e-mail'
);
SELECT throws_ok(
    $$SELECT register_customer('erased-10@erased.invalid', NULL, NULL)$$, 'ST003', NULL,
    'nobody can pass for an erased customer'
);
SELECT cmp_ok(
    register_customer(E'\u00a0Eve@Example.COM\u200b\n', 'Eve', NULL), '>', 13,
    'the new customer has a number'
);
RESET ROLE;
SELECT results_eq(
    'SELECT email, first_name, last_name, phone, is_vip FROM customers WHERE customer_id > 13',
    $$VALUES ('eve@example.com'::EMAIL, 'Eve'::LABEL, NULL::LABEL, NULL::PHONE, FALSE)$$,
    'the e-mail is stored in lower case, without what surrounded it'
);

-- What the refusal says.
CREATE FUNCTION pg_temp.detail_of_known_e_mail() RETURNS JSONB
LANGUAGE plpgsql
AS $detail_of_known_e_mail$
DECLARE
    v_detail TEXT;
BEGIN
    PERFORM register_customer('jo@orchardhouse.example', NULL, NULL);
    RETURN NULL;
EXCEPTION WHEN SQLSTATE 'ST004' THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN v_detail;
END;
$detail_of_known_e_mail$;
GRANT EXECUTE ON FUNCTION pg_temp.detail_of_known_e_mail() TO PUBLIC;

SET LOCAL ROLE shop_staff;
SELECT is(
    pg_temp.detail_of_known_e_mail(), '{"argument": "p_email", "customer_id": 2}'::JSONB,
    'staff are told whose it is, so that they can order for that row'
);
RESET ROLE;
GRANT EXECUTE ON FUNCTION register_customer(TEXT, TEXT, TEXT, TEXT) TO shop_analyst;
SET LOCAL ROLE shop_analyst;
SELECT is(
    pg_temp.detail_of_known_e_mail(), '{"argument": "p_email"}'::JSONB,
    'others who were let in are not'
);
RESET ROLE;
SELECT lives_ok(
    $$SELECT register_customer('guest@example.com', NULL, NULL)$$,
    'a guest is a customer without a name'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
