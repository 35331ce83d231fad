-- Stock counters that their own history contradicts.

CREATE OR REPLACE FUNCTION _promised_stock() RETURNS TABLE (product_id INT, units BIGINT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        order_items.product_id,
        sum(
            order_items.quantity - order_items.shipped_quantity - order_items.cancelled_quantity
        ) AS units
    FROM unsettled_orders
    INNER JOIN orders ON unsettled_orders.order_id = orders.order_id
    INNER JOIN order_items ON orders.order_id = order_items.order_id
    WHERE orders.status IN ('pending', 'paid')
    GROUP BY order_items.product_id;
END;
REVOKE EXECUTE ON FUNCTION _promised_stock() FROM PUBLIC;
COMMENT ON FUNCTION _promised_stock() IS
'What open orders still wait for, by product: what inventory.reserved has to be. Internal.';

CREATE OR REPLACE FUNCTION _stock_violations(p_product_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH movements AS (
        SELECT
            product_id,
            sum(quantity) AS units
        FROM stock_movements
        WHERE p_product_ids IS NULL OR product_id = ANY(p_product_ids)
        GROUP BY product_id
    )

    SELECT
        counters.invariant,
        format('product %s', products.product_id) AS object,
        counters.expected::TEXT AS expected,
        counters.actual::TEXT AS actual
    FROM products
    INNER JOIN inventory ON products.product_id = inventory.product_id
    LEFT JOIN movements ON products.product_id = movements.product_id
    LEFT JOIN _promised_stock() AS promises ON products.product_id = promises.product_id
    CROSS JOIN
        LATERAL (
            VALUES
            ('on_hand_equals_movements', coalesce(movements.units, 0), inventory.on_hand),
            ('reserved_equals_open_lines', coalesce(promises.units, 0), inventory.reserved)
        ) AS counters (invariant, expected, actual)
    WHERE
        (p_product_ids IS NULL OR products.product_id = ANY(p_product_ids))
        AND counters.expected <> counters.actual;
END;
REVOKE EXECUTE ON FUNCTION _stock_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _stock_violations(INT[]) IS
'Products whose on_hand is not the sum of their movements, or whose reserved is not what open
orders still wait for: of p_product_ids, or of all where it is NULL. Internal.';
