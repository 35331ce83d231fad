-- Orders that unsettled_orders lacks, has too many, or tells wrongly: backlog, dues and expiry find
-- orders by it.

CREATE OR REPLACE FUNCTION _live_unsettled_orders(p_order_ids INT[] DEFAULT NULL)
RETURNS SETOF UNSETTLED_ORDERS
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        order_id,
        customer_id,
        CASE status WHEN 'pending' THEN expires_at END AS expires_at,
        balance < 0 AS is_refund_due
    FROM orders
    WHERE
        (status IN ('pending', 'paid', 'shipped') OR balance <> 0)
        AND (p_order_ids IS NULL OR order_id = ANY(p_order_ids));
END;
REVOKE EXECUTE ON FUNCTION _live_unsettled_orders(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _live_unsettled_orders(INT[]) IS
'The rows unsettled_orders must have for p_order_ids, or for all orders where it is NULL; fill it
from this where orders came without their triggers. Internal.';

CREATE OR REPLACE FUNCTION _unsettled_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH told AS (
        SELECT
            order_id,
            customer_id,
            expires_at,
            is_refund_due
        FROM unsettled_orders
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
    )

    SELECT
        'unsettled_orders_follow_orders' AS invariant,
        format('order %s', coalesce(unsettled.order_id, told.order_id)) AS object,
        unsettled::TEXT AS expected,
        told::TEXT AS actual
    FROM _live_unsettled_orders(p_order_ids) AS unsettled
    FULL JOIN told ON unsettled.order_id = told.order_id
    WHERE unsettled IS DISTINCT FROM told;
END;
REVOKE EXECUTE ON FUNCTION _unsettled_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _unsettled_violations(INT[]) IS
'Rows of unsettled_orders that are not what orders make them: of p_order_ids, or all where it is
NULL. Internal.';
