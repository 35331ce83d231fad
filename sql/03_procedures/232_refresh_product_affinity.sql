-- Counts which products are bought together: the one report too large to be computed while somebody
-- waits for it, and one that a day hardly changes. The orders that changed are counted, and once
-- those are more than one in sixteen all are counted anew, for the refreshes to come.

CREATE OR REPLACE FUNCTION refresh_product_affinity() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET quote_all_identifiers = off  -- which a concurrent refresh would trip over
SET hash_mem_multiplier = 1  -- millions of pairs, for several steps at once
AS $refresh_product_affinity$
DECLARE
    v_watermark watermarks := _lock_watermark('product_affinity');
    -- So far from being shown that an order in sixteen hardly ever makes it a pair that is.
    v_kept_from INT := (_affinity_minimum() + 1) / 2;
BEGIN
    -- Afterwards this transaction could not tell what it did before from what it may yet do.
    IF NOT EXISTS (
        SELECT FROM order_audit WHERE transaction_id = pg_current_xact_id_if_assigned()
    ) AND (
        v_watermark.snapshot IS NULL
        OR v_watermark.kept_from > v_kept_from
        OR 16 * (SELECT count(*) FROM _orders_since_pairs_were_counted())
        > (SELECT count(*) FROM orders WHERE status <> 'cancelled')
    ) THEN
        DELETE FROM product_pairs_rollup;
        -- One statement, so that the snapshot it notes is the one it counted in.
        WITH noted AS (
            UPDATE watermarks SET
                snapshot = _snapshot_without_own(),
                system_identifier = v_watermark.system_identifier,
                restored_through = _restored_through(),
                kept_from = v_kept_from
            WHERE name = 'product_affinity'
        )

        INSERT INTO product_pairs_rollup (product_a_id, product_b_id, order_count)
        SELECT product_a_id, product_b_id, order_count
        FROM _live_product_pairs(v_kept_from);
    END IF;

    IF _is_filled('product_affinity') THEN
        REFRESH MATERIALIZED VIEW CONCURRENTLY product_affinity;
    ELSE
        REFRESH MATERIALIZED VIEW product_affinity;
    END IF;
    UPDATE watermarks SET refreshed_at = now() WHERE name = 'product_affinity';
END;
$refresh_product_affinity$;
REVOKE EXECUTE ON FUNCTION refresh_product_affinity() FROM PUBLIC;
COMMENT ON FUNCTION refresh_product_affinity() IS
'Refreshes product_affinity and notes when in watermarks.refreshed_at. Counts the orders that
changed since all were last counted; all of them anew once these are more than one in 16, where
app.affinity_minimum has fallen, and where the watermark''s system_identifier is not this
cluster''s: set to 0, it mends counts that an owner''s edit past the audit trail made wrong. Owner
only: refresh_reports() and run_maintenance() call it. Raises 40001 in a REPEATABLE READ transaction
that began before another refresh ended.';
