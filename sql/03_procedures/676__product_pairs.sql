-- What keeps product_pairs_rollup: the count of every pair, which reads all lines, and the orders
-- that have changed since it was made.

CREATE OR REPLACE FUNCTION _orders_since_pairs_were_counted()
RETURNS TABLE (order_id INT, change INT)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $_orders_since_pairs_were_counted$
DECLARE
    v_watermark watermarks := _watermark('product_affinity');
BEGIN
    RETURN QUERY
    SELECT
        orders.order_id,
        (orders.status <> 'cancelled')::INT - (NOT bool_or(order_audit.action = 'placed'))::INT
    FROM order_audit
    INNER JOIN orders ON order_audit.order_id = orders.order_id
    WHERE
        order_audit.action IN ('placed', 'cancelled', 'expired')
        AND _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
        AND order_audit.id > v_watermark.restored_through
    GROUP BY orders.order_id;
END;
$_orders_since_pairs_were_counted$;
REVOKE EXECUTE ON FUNCTION _orders_since_pairs_were_counted() FROM PUBLIC;
COMMENT ON FUNCTION _orders_since_pairs_were_counted() IS
'Orders placed (1), placed and cancelled (0), or counted then and cancelled (-1) since
_count_product_pairs(). Means nothing where the watermark is another cluster''s. Internal.';

CREATE OR REPLACE FUNCTION _orders_with_both(p_product_a_id INT, p_product_b_id INT) RETURNS BIGINT
LANGUAGE sql STABLE
RETURN (
    SELECT count(DISTINCT lines.order_id)
    FROM counted_lines AS lines
    INNER JOIN order_items AS lines_beside ON lines.order_id = lines_beside.order_id
    WHERE lines.product_id = p_product_a_id AND lines_beside.product_id = p_product_b_id
);
REVOKE EXECUTE ON FUNCTION _orders_with_both(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _orders_with_both(INT, INT) IS
'In how many orders that were not cancelled both products are. Internal.';

CREATE OR REPLACE FUNCTION _count_product_pairs(p_minimum INT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_count_product_pairs$
DECLARE
    -- Half of it: so far from being shown that an order in sixteen hardly ever makes a pair.
    v_kept_from INT := (p_minimum + 1) / 2;
    -- A later look could not tell what this transaction did before from what it may yet do.
    v_is_settled BOOLEAN := NOT EXISTS (
        SELECT FROM order_audit WHERE transaction_id = pg_current_xact_id_if_assigned()
    );
BEGIN
    -- One statement, so that the snapshot it notes is the one it counted in.
    WITH live AS MATERIALIZED (
        SELECT product_a_id, product_b_id, order_count FROM _live_product_pairs(v_kept_from)
    ),

    all_orders AS MATERIALIZED (
        SELECT count(*) AS order_count FROM orders WHERE status <> 'cancelled'
    ),

    forgotten AS (
        DELETE FROM product_pairs_rollup AS stored
        WHERE NOT EXISTS (
            SELECT FROM live
            WHERE
                live.product_a_id = stored.product_a_id
                AND live.product_b_id = stored.product_b_id
        )
    ),

    noted AS (
        UPDATE watermarks SET
            snapshot = CASE WHEN v_is_settled THEN _snapshot_without_own() END,
            system_identifier = CASE
                WHEN v_is_settled
                    THEN (SELECT pg_control_system.system_identifier FROM pg_control_system())
            END,
            restored_through = CASE WHEN v_is_settled THEN _restored_through() END,
            affinity_minimum = p_minimum,
            kept_from = v_kept_from,
            orders_counted = all_orders.order_count,
            order_count = all_orders.order_count
        FROM all_orders
        WHERE name = 'product_affinity'
    )

    MERGE INTO product_pairs_rollup AS stored
    USING live
        ON
            live.product_a_id = stored.product_a_id
            AND live.product_b_id = stored.product_b_id
    WHEN MATCHED AND (stored.orders_counted, stored.orders_since) <> (live.order_count, 0)
        THEN UPDATE SET orders_counted = live.order_count, orders_since = 0
    WHEN NOT MATCHED
        THEN INSERT (product_a_id, product_b_id, orders_counted, orders_since)
            VALUES (live.product_a_id, live.product_b_id, live.order_count, 0);
END;
$_count_product_pairs$;
REVOKE EXECUTE ON FUNCTION _count_product_pairs(INT) FROM PUBLIC;
COMMENT ON FUNCTION _count_product_pairs(INT) IS
'Counts all pairs of products anew and keeps those in half of p_minimum orders or more, with how far
it saw; in a transaction that has changed an order, so that the next refresh counts them all again.
Internal.';
