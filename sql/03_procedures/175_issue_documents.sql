-- Gives the next numbers to parcels and credits that have committed and have no document: without a
-- gap, in one transaction or not at all, and no order waits. Orders named by new audit rows are all
-- it looks at. Issuers take turns at their watermark.

CREATE OR REPLACE FUNCTION issue_documents(p_limit INT DEFAULT 1000) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
-- Planned for the orders found, be they none or all.
SET plan_cache_mode = force_custom_plan
AS $issue_documents$
DECLARE
    v_watermark watermarks;
    v_snapshot PG_SNAPSHOT;
    v_order_ids INT[];  -- NULL = all
    v_issued_at TIMESTAMPTZ;
    v_issued INT;
BEGIN
    PERFORM _require_limit(p_limit);
    IF (SELECT documents_from FROM store_settings) IS NULL THEN
        RETURN 0;
    END IF;
    v_watermark := _lock_watermark('documents');

    IF v_watermark.snapshot IS NULL THEN
        v_snapshot := _snapshot_without_own();
    ELSE
        -- One statement, so that the snapshot kept is the one it looked with.
        SELECT _snapshot_without_own(), coalesce(array_agg(DISTINCT order_id), '{}')
        INTO v_snapshot, v_order_ids
        FROM order_audit
        WHERE
            _is_unseen(transaction_id, v_watermark.snapshot)
            -- Cancelling the last open units may give the delivery back.
            AND action IN ('shipped', 'returned', 'items_cancelled', 'allowance', 'redated');
    END IF;

    -- A session that waited has an older now(), and a clock may be set back.
    v_issued_at := greatest(clock_timestamp(), (SELECT max(issued_at) FROM documents));
    v_issued := _write_documents('invoice', v_order_ids, p_limit, v_issued_at);
    -- Once every parcel has its invoice, since a note corrects invoices.
    v_issued := v_issued
        + _write_documents('credit_note', v_order_ids, p_limit - v_issued, v_issued_at);
    -- With the limit reached, what was left over must be found again.
    IF v_issued < p_limit THEN
        UPDATE watermarks SET
            snapshot = v_snapshot,
            system_identifier = v_watermark.system_identifier
        WHERE name = 'documents';
    ELSE
        -- So that whoever has an older snapshot fails with 40001, not at a number that is taken.
        UPDATE watermarks SET name = name WHERE name = 'documents';
    END IF;
    RETURN v_issued;
END;
$issue_documents$;
REVOKE EXECUTE ON FUNCTION issue_documents(INT) FROM PUBLIC;
COMMENT ON FUNCTION issue_documents(INT) IS
'Issues up to p_limit documents and returns how many: an invoice for each parcel, then a credit note
for each credit event that takes from what was supplied, of orders placed since
store_settings.documents_from. An order never waits for it; another issuer does, and may find
nothing left. Where it fails nothing was numbered, and the next call goes on. Returns 0 in a store
that issues none. Raises ST003 (limit below 1), 40001 in a REPEATABLE READ transaction that began
before another issuer ended.';
