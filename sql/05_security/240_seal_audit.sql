-- Seals what both audit tables have committed since the last seal, and the money, credits and
-- documents those rows tell of. Seals take turns; writers are not even noticed: rows of
-- transactions still running come into a later batch.

CREATE OR REPLACE FUNCTION seal_audit() RETURNS TEXT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
-- Planned for the rows found, be they none or all.
SET plan_cache_mode = force_custom_plan
AS $seal_audit$
DECLARE
    v_last audit_seals;
    v_seal audit_seals;
    v_base PG_SNAPSHOT;  -- NULL: compare with every row
BEGIN
    -- Not an advisory lock: anybody could hold that, and so keep the store from sealing.
    LOCK TABLE audit_seals IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO v_last FROM audit_seals ORDER BY batch DESC LIMIT 1;
    SELECT system_identifier INTO v_seal.system_identifier FROM pg_control_system();
    IF v_last.system_identifier = v_seal.system_identifier THEN
        v_base := v_last.snapshot;
    END IF;

    -- In one statement, so that both tables are read at the snapshot that is stored. After a
    -- restore rows carry another cluster's transaction numbers: those ahead of ours are left until
    -- ours have come by, and turn out to be sealed already. Numbers that follow each other become
    -- one range before they are put together, of which there may be millions.
    WITH new_rows AS (
        SELECT 'order_audit' AS table_name, id FROM order_audit
        WHERE _is_unseen(transaction_id, v_base)
        UNION ALL
        SELECT 'audit_log', id FROM audit_log
        WHERE _is_unseen(transaction_id, v_base)
    ),

    numbered AS (
        SELECT
            table_name,
            id,
            id - dense_rank() OVER (PARTITION BY table_name ORDER BY id) AS island
        FROM new_rows
    ),

    islands AS (
        SELECT table_name, int8range(min(id), max(id), '[]') AS ids
        FROM numbered
        GROUP BY table_name, island
    )

    SELECT
        _snapshot_without_own(),
        coalesce(range_agg(ids) FILTER (WHERE table_name = 'order_audit'), '{}'),
        coalesce(range_agg(ids) FILTER (WHERE table_name = 'audit_log'), '{}')
    INTO v_seal.snapshot, v_seal.order_audit_ids, v_seal.audit_log_ids
    FROM islands;
    SELECT v_seal.order_audit_ids - coalesce(range_agg(order_audit_ids), '{}')
    INTO v_seal.order_audit_ids
    FROM audit_seals WHERE order_audit_ids && v_seal.order_audit_ids;
    SELECT v_seal.audit_log_ids - coalesce(range_agg(audit_log_ids), '{}')
    INTO v_seal.audit_log_ids
    FROM audit_seals WHERE audit_log_ids && v_seal.audit_log_ids;

    IF isempty(v_seal.order_audit_ids) AND isempty(v_seal.audit_log_ids) THEN
        RETURN encode(v_last.head, 'hex');
    END IF;
    v_seal.batch := coalesce(v_last.batch, 0) + 1;
    v_seal.digests := _audit_digests(v_seal.order_audit_ids, v_seal.audit_log_ids);
    v_seal.sealed_at := now();
    v_seal.head := _audit_seal_head(
        v_last.head, v_seal.batch, v_seal.order_audit_ids, v_seal.audit_log_ids, v_seal.digests,
        v_seal.snapshot, v_seal.system_identifier, v_seal.sealed_at
    );
    INSERT INTO audit_seals SELECT v_seal.*;
    RETURN encode(v_seal.head, 'hex');
END;
$seal_audit$;
REVOKE EXECUTE ON FUNCTION seal_audit() FROM PUBLIC;
COMMENT ON FUNCTION seal_audit() IS
'Seals the audit rows committed since the last seal, with the payments, credits and documents they
tell of; writers never wait for it. Returns the head of the chain in hexadecimal, NULL while nothing
was ever audited: keep it where the store''s owner cannot write, for verify_audit(). For the
scheduler''s login. Raises 23505 in a REPEATABLE READ transaction that began before another seal was
committed.';
