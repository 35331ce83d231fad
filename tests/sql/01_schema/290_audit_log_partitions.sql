-- add_audit_log_partition: a month of UTC's, whatever the session's zone and date style.
BEGIN;
SELECT plan(5);

SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'SQL';
SELECT is(add_audit_log_partition('2031-05-17'), 'added', 'any of its days names a month');
SELECT is(add_audit_log_partition('2031-05-31'), 'exists', 'which is made once');
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
SELECT
    is(
        pg_get_expr(relpartbound, oid),
        'FOR VALUES FROM (''2031-05-01 00:00:00+00'') TO (''2031-06-01 00:00:00+00'')',
        'and begins and ends at midnight'
    )
FROM pg_class WHERE oid = 'audit_log_2031_05'::REGCLASS;

INSERT INTO audit_log (table_name, operation, changed_at)
VALUES ('coupons', 'TRUNCATE', '2031-07-01 00:00+00');
SELECT is(
    add_audit_log_partition('2031-07-01'), 'in default partition',
    'a month that has rows already stays where they are'
);
SELECT is(add_audit_log_partition('2031-06-30'), 'added', 'the month before it does not');

SELECT * FROM finish();
ROLLBACK;
