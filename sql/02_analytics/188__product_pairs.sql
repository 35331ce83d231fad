-- What product_affinity is drawn from: the pairs as they were last counted, and those of the orders
-- that changed since.

CREATE OR REPLACE FUNCTION _affinity_minimum() RETURNS INT
LANGUAGE sql STABLE
RETURN greatest(
    coalesce(nullif(current_setting('app.affinity_minimum', TRUE), '')::INT, 20), 1
);
REVOKE EXECUTE ON FUNCTION _affinity_minimum() FROM PUBLIC;
COMMENT ON FUNCTION _affinity_minimum() IS
'In how many orders a pair has to be to be shown: app.affinity_minimum, 20 unless set. Internal.';

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
'Orders placed (1), placed and cancelled (0), or counted then and cancelled (-1) since all pairs
were counted; means nothing where they never were in this cluster. Internal.';

CREATE OR REPLACE FUNCTION _product_pairs()
RETURNS TABLE (product_a_id INT, product_b_id INT, order_count BIGINT)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path FROM CURRENT
SET plan_cache_mode = force_custom_plan
AS $_product_pairs$
#variable_conflict use_column
DECLARE
    v_minimum INT := _affinity_minimum();
    v_watermark watermarks := _watermark('product_affinity');
BEGIN
    IF v_watermark.snapshot IS NULL OR v_watermark.kept_from > v_minimum THEN
        RETURN QUERY SELECT live.* FROM _live_product_pairs(v_minimum) AS live;
        RETURN;
    END IF;

    RETURN QUERY
    -- A product may be on two lines.
    WITH changed_baskets AS MATERIALIZED (
        SELECT DISTINCT changed.order_id, changed.change, order_items.product_id
        FROM _orders_since_pairs_were_counted() AS changed
        INNER JOIN order_items ON changed.order_id = order_items.order_id
        WHERE changed.change <> 0
    ),

    changes AS (
        SELECT
            a.product_id AS product_a_id,
            b.product_id AS product_b_id,
            sum(a.change) AS change
        FROM changed_baskets AS a
        INNER JOIN changed_baskets AS b ON a.order_id = b.order_id AND a.product_id <= b.product_id
        GROUP BY a.product_id, b.product_id
    ),

    -- A pair that was not kept was in less than kept_from orders; one that may be shown now is
    -- counted by itself.
    pairs AS (
        SELECT
            product_a_id,
            product_b_id,
            CASE
                WHEN kept.order_count IS NOT NULL
                    THEN kept.order_count + coalesce(changes.change, 0)
                WHEN changes.change > v_minimum - v_watermark.kept_from
                    THEN (
                        SELECT count(DISTINCT lines.order_id)
                        FROM counted_lines AS lines
                        INNER JOIN order_items AS beside ON lines.order_id = beside.order_id
                        WHERE
                            lines.product_id = changes.product_a_id
                            AND beside.product_id = changes.product_b_id
                    )
            END AS order_count
        FROM product_pairs_rollup AS kept
        FULL JOIN changes USING (product_a_id, product_b_id)
    )

    SELECT pairs.product_a_id, pairs.product_b_id, pairs.order_count
    FROM pairs
    WHERE pairs.order_count >= v_minimum;
END;
$_product_pairs$;
REVOKE EXECUTE ON FUNCTION _product_pairs() FROM PUBLIC;
COMMENT ON FUNCTION _product_pairs() IS
'Every pair of products, a not above b, in at least _affinity_minimum() orders not cancelled, and in
how many; a product with itself: all its orders. Reads the orders that changed since all pairs were
counted, or every line where they never were in this cluster for so low a minimum. Internal to
product_affinity.';
