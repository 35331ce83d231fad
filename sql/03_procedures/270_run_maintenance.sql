-- Everything that has to be done now and then, for any scheduler to call once a minute. Each part
-- is a subtransaction: one that fails is undone, told, and keeps no other from being done. A lock
-- lasts until the call ends, so the long parts come first, whose locks only their own kind meets,
-- and expiry, which locks what orders want, comes last and is short.

CREATE OR REPLACE FUNCTION run_maintenance() RETURNS JSONB
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
-- Others may be at a part's work for minutes, with a manifest, a first refresh or orders they date
-- anew: the rest does not wait for their end. Longer than a vacuum takes to give way.
SET lock_timeout = '2s'
AS $run_maintenance$
DECLARE
    c_parts CONSTANT TEXT[] := ARRAY[
        'product_sales', 'product_affinity', 'daily_sales', 'buyers_emptied', 'documents', 'sealed',
        'partitions', 'expired'
    ];
    v_part TEXT;
    v_done JSONB := '{"reports": []}'::JSONB;
    v_failed JSONB := '[]'::JSONB;
    v_expiry RECORD;
BEGIN
    -- The next minute's call must not queue up behind a slow one. No advisory lock: anybody could
    -- hold that, and so keep the store from being maintained. This one meets only its own kind and,
    -- for a moment, a vacuum of its few rows.
    BEGIN
        LOCK TABLE watermarks IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
    EXCEPTION
        WHEN lock_not_available THEN
            RETURN jsonb_build_object('skipped', 'another run_maintenance() is at work');
    END;
    FOREACH v_part IN ARRAY c_parts LOOP
        BEGIN
            CASE v_part
                WHEN 'product_sales' THEN
                    IF _product_sales_are_due() THEN
                        PERFORM refresh_product_sales();
                        v_done := jsonb_insert(v_done, '{reports, 0}', to_jsonb(v_part));
                    END IF;
                WHEN 'product_affinity' THEN
                    IF _affinity_is_due() THEN
                        PERFORM refresh_product_affinity();
                        v_done := jsonb_insert(v_done, '{reports, 0}', to_jsonb(v_part));
                    END IF;
                WHEN 'daily_sales' THEN
                    IF _daily_sales_are_due() THEN
                        PERFORM refresh_daily_sales();
                        v_done := jsonb_insert(v_done, '{reports, 0}', to_jsonb(v_part));
                    END IF;
                WHEN 'buyers_emptied' THEN
                    v_done := v_done || jsonb_build_object(v_part, _empty_buyers(10000));
                WHEN 'documents' THEN
                    v_done := v_done || jsonb_build_object(v_part, issue_documents(10000));
                WHEN 'sealed' THEN
                    v_done := v_done || jsonb_build_object(v_part, seal_audit());
                WHEN 'partitions' THEN
                    v_done := v_done || jsonb_build_object(v_part, _add_audit_log_months());
                WHEN 'expired' THEN
                    -- Locked products must not wait long for another one. What is left over, the
                    -- next call does.
                    PERFORM set_config('lock_timeout', '10ms', TRUE);
                    v_expiry := _expire_orders(100, INTERVAL '25 milliseconds');
                    v_done := v_done || jsonb_build_object(v_part, v_expiry.expired);
                    v_failed := v_failed || v_expiry.failed;
            END CASE;
        EXCEPTION
            WHEN OTHERS THEN
                v_failed := v_failed || jsonb_build_object(
                    'part', v_part, 'sqlstate', sqlstate, 'message', left(sqlerrm, 200)
                );
        END;
    END LOOP;
    RETURN v_done || jsonb_build_object('failed', v_failed);
END;
$run_maintenance$;
REVOKE EXECUTE ON FUNCTION run_maintenance() FROM PUBLIC;
COMMENT ON FUNCTION run_maintenance() IS
'Refreshes daily sales where a day has changed, product sales where eight lines a product were sold
since, and once a month, and product_affinity once a store day; empties the buyers of up to 10000
documents whose retention is over; issues up to 10000 documents; seals the audit trail; adds the
audit log''s partition of the next month where it is missing; expires unpaid orders for 25 ms, up to
100. Returns what it did: reports refreshed, buyers_emptied and documents (how many), sealed (the
head, to be kept elsewhere), partitions (month: what came of it; {} = none was missing), expired
(orders), and failed: part, sqlstate and message of what was not done, all else being done; 55P03
where somebody else was at it for two seconds. Or skipped when another call is at work. For the
scheduler''s login. Raises nothing of its own.';
