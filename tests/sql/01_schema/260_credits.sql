-- credits: what an order is worth less, a line once an event and side.
BEGIN;
SELECT plan(11);
CREATE FUNCTION pg_temp.credit(
    p_credit_no INT, p_line_no INT, p_kind TEXT, p_quantity INT, p_net NUMERIC,
    p_is_supplied BOOLEAN
) RETURNS VOID
LANGUAGE sql
AS $credit$
    INSERT INTO credits (order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, reason)
    VALUES (1, p_credit_no, p_line_no, p_kind, p_quantity, p_net, 0, p_is_supplied, 'a dent')
$credit$;
SELECT lives_ok(
    $$SELECT pg_temp.credit(901, 1, 'allowance', NULL, 1, TRUE),
    pg_temp.credit(901, 1, 'allowance', NULL, 1, FALSE),
    pg_temp.credit(901, NULL, 'allowance', NULL, 1, TRUE)$$,
    'an event may take from both sides of a line, and from the delivery'
);
SELECT throws_ok(
    $$SELECT pg_temp.credit(901, 1, 'return', 1, 1, TRUE)$$, '23505', NULL,
    'but from each side once'
);
SELECT throws_ok(
    $$SELECT pg_temp.credit(901, NULL, 'delivery', NULL, 1, TRUE)$$, '23505', NULL,
    'and from the delivery once'
);
SELECT throws_ok(format('SELECT pg_temp.credit(902, %s)', row_given), '23514', NULL, said)
FROM (
    VALUES
    ('1, ''allowance'', NULL, 0, TRUE', 'a credit of nothing is none'),
    ('1, ''cancellation'', 1, 1, TRUE', 'what left is not cancelled'),
    ('1, ''return'', 1, 1, FALSE', 'what did not leave does not come back'),
    ('1, ''return'', NULL, 1, TRUE', 'units are counted'),
    ('1, ''delivery'', NULL, 1, TRUE', 'the delivery is no line'),
    ('1, ''goodwill'', NULL, 1, TRUE', 'there are four kinds')
) AS attempt (row_given, said);
SELECT throws_ok(
    'UPDATE credits SET net = net + 1', '55000', NULL, 'a credit is final'
);
SELECT lives_ok('UPDATE credits SET reason = NULL', 'but for its words');
SELECT * FROM finish();
ROLLBACK;
