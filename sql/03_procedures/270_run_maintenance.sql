-- Everything that has to be done now and then, for any scheduler to call once a minute. Reports
-- first: a refresh is the long part, and nothing a shopper waits for is locked before it ends.

CREATE OR REPLACE FUNCTION run_maintenance() RETURNS JSONB
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $run_maintenance$
DECLARE
    v_affinity_is_due BOOLEAN;
    v_emptied INT;
    v_documents INT;
    v_head TEXT;
    v_expired INT;
    v_partitions JSONB;
BEGIN
    -- The next minute's call must not queue up behind a slow one. No advisory lock: anybody could
    -- hold that, and so keep the store from being maintained. This one meets only its own kind and,
    -- for a moment, a vacuum of the one row.
    BEGIN
        LOCK TABLE report_state IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
    EXCEPTION
        WHEN lock_not_available THEN
            RETURN jsonb_build_object('skipped', 'another run_maintenance() is at work');
    END;
    SELECT coalesce(
        (report_state.affinity_refreshed_at AT TIME ZONE store_settings.time_zone)::DATE
        < (now() AT TIME ZONE store_settings.time_zone)::DATE, TRUE
    ) INTO v_affinity_is_due
    FROM report_state CROSS JOIN store_settings;
    IF v_affinity_is_due THEN
        PERFORM refresh_product_affinity();
    END IF;
    PERFORM refresh_daily_sales();
    v_emptied := _empty_buyers(10000);
    v_documents := issue_documents(10000);
    v_head := seal_audit();
    v_expired := expire_unpaid_orders(1000);
    v_partitions := _add_audit_log_months();
    RETURN jsonb_build_object(
        'reports', CASE
            WHEN v_affinity_is_due THEN '["daily_sales", "product_affinity"]'
            ELSE '["daily_sales"]'
        END::JSONB,
        'buyers_emptied', v_emptied,
        'documents', v_documents,
        'sealed', v_head,
        'expired', v_expired,
        'partitions', v_partitions
    );
END;
$run_maintenance$;
REVOKE EXECUTE ON FUNCTION run_maintenance() FROM PUBLIC;
COMMENT ON FUNCTION run_maintenance() IS
'Refreshes daily sales, and once a store day product_affinity; empties the buyers of up to 10000
documents whose retention is over; issues up to 10000 documents; seals the audit trail; expires up
to 1000 unpaid orders; adds the audit log''s partition of the next month where it is missing.
Returns what it did: reports refreshed, buyers_emptied and documents (how many), sealed (the head,
to be kept elsewhere), expired (orders), partitions (month: what came of it; {} = none was missing),
or skipped when another call is at work. For the scheduler''s login. Raises nothing of its own.';
