-- run_maintenance: one call does all there is to do, and says what.
BEGIN;
SELECT plan(9);

CREATE TEMP TABLE done AS SELECT run_maintenance() AS first;
SELECT is(
    first - 'sealed',
    '{
        "reports": ["daily_sales", "product_affinity", "product_sales"], "buyers_emptied": 0,
        "documents": 0, "expired": 1, "partitions": {}, "failed": []
    }'::JSONB,
    'it says what it did'
) FROM done;
SELECT results_eq(
    $$SELECT first ->> 'sealed' FROM done$$,
    $$SELECT encode(head, 'hex') FROM audit_seals ORDER BY batch DESC LIMIT 1$$,
    'the head of the seals is to be kept elsewhere'
);
SELECT is(status, 'cancelled', 'an order whose hold ran out is let go') FROM orders
WHERE order_id = 45;
SELECT is(
    run_maintenance() -> 'reports', '["daily_sales"]'::JSONB,
    'what is bought together is counted once a store day'
);
UPDATE watermarks SET refreshed_at = now() - INTERVAL '1 day' WHERE name = 'product_affinity';
SELECT is(
    run_maintenance() -> 'reports', '["daily_sales", "product_affinity"]'::JSONB,
    'and again the next day'
);

-- Next month's partition, taken away.
SELECT format(
    'ALTER TABLE audit_log DETACH PARTITION %1$I; DROP TABLE %1$I',
    to_char(now() AT TIME ZONE 'UTC' + INTERVAL '1 month', '"audit_log_"YYYY_MM')
) \gexec
SELECT is(
    run_maintenance() -> 'partitions',
    jsonb_build_object(to_char(now() AT TIME ZONE 'UTC' + INTERVAL '1 month', 'YYYY-MM'), 'added'),
    'a month that is missing is made'
);
SELECT is(run_maintenance() -> 'partitions', '{}'::JSONB, 'and then is not missing');
SELECT is_empty(
    $$SELECT rolname FROM pg_roles
    WHERE rolname LIKE 'shop\_%' AND has_function_privilege(oid, 'run_maintenance()', 'EXECUTE')$$,
    'no group role may call it'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
