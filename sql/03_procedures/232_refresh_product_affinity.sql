-- Brings up to date which products are bought together: adds the pairs of the orders that changed
-- since all pairs were counted, and counts them all anew once those are more than one in sixteen.
-- Locks nothing a writer or a reader waits for; two refreshes take turns.

CREATE OR REPLACE FUNCTION refresh_product_affinity() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET hash_mem_multiplier = 1  -- millions of pairs, for several steps at once
AS $refresh_product_affinity$
DECLARE
    v_watermark watermarks := _lock_watermark('product_affinity');
    v_minimum INT := greatest(
        coalesce(nullif(current_setting('app.affinity_minimum', TRUE), '')::INT, 20), 1
    );
BEGIN
    UPDATE watermarks SET refreshed_at = now() WHERE name = 'product_affinity';
    IF
        v_watermark.snapshot IS NULL
        OR v_watermark.kept_from > (v_minimum + 1) / 2
        OR v_watermark.orders_counted
        < 16 * (SELECT count(*) FROM _orders_since_pairs_were_counted())
    THEN
        PERFORM _count_product_pairs(v_minimum);
        RETURN;
    END IF;

    WITH changed_orders AS MATERIALIZED (
        SELECT order_id, change FROM _orders_since_pairs_were_counted()
    ),

    -- A product may be on two lines.
    changed_baskets AS MATERIALIZED (
        SELECT DISTINCT changed_orders.order_id, changed_orders.change, order_items.product_id
        FROM changed_orders
        INNER JOIN order_items ON changed_orders.order_id = order_items.order_id
    ),

    -- Also those that come to nothing: an earlier refresh may have added what was cancelled since.
    changes AS (
        SELECT
            a.product_id AS product_a_id,
            b.product_id AS product_b_id,
            sum(a.change) AS change
        FROM changed_baskets AS a
        INNER JOIN changed_baskets AS b ON a.order_id = b.order_id AND a.product_id <= b.product_id
        GROUP BY a.product_id, b.product_id
    ),

    noted AS (
        UPDATE watermarks SET
            affinity_minimum = v_minimum,
            order_count
            = orders_counted + (SELECT coalesce(sum(change), 0) FROM changed_orders)
        WHERE name = 'product_affinity'
    )

    -- What is too rare to be shown, before and now, is not written. Pairs that are not kept were in
    -- less than kept_from orders; those that may be shown now are counted one by one.
    MERGE INTO product_pairs_rollup AS stored
    USING changes
        ON
            changes.product_a_id = stored.product_a_id
            AND changes.product_b_id = stored.product_b_id
    WHEN
        MATCHED
        AND stored.orders_since <> changes.change
        AND stored.orders_counted + greatest(stored.orders_since, changes.change) >= v_minimum
        THEN UPDATE SET orders_since = changes.change
    WHEN NOT MATCHED AND changes.change > v_minimum - v_watermark.kept_from
        THEN INSERT (product_a_id, product_b_id, orders_counted, orders_since)
            VALUES (
                changes.product_a_id,
                changes.product_b_id,
                _orders_with_both(changes.product_a_id, changes.product_b_id) - changes.change,
                changes.change
            );
END;
$refresh_product_affinity$;
REVOKE EXECUTE ON FUNCTION refresh_product_affinity() FROM PUBLIC;
COMMENT ON FUNCTION refresh_product_affinity() IS
'Brings product_affinity up to date and notes when in watermarks.refreshed_at. Counts the orders
that changed since all were last counted; all of them anew once these are more than one in 16, where
app.affinity_minimum has fallen, and where the watermark''s system_identifier is not this
cluster''s: set to 0, it mends counts that an owner''s edit past the audit trail made wrong. Owner
only: refresh_reports() and run_maintenance() call it. Raises 40001 in a REPEATABLE READ transaction
that began before another refresh ended.';
