-- What happened to an order and left no trace in its audit trail. Internal: check_integrity() asks
-- it.

CREATE OR REPLACE FUNCTION audit_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH happened AS (
        SELECT
            orders.order_id,
            steps.action
        FROM orders
        CROSS JOIN
            LATERAL (
                VALUES
                ('placed', TRUE),
                ('paid', orders.status IN ('paid', 'shipped', 'delivered', 'refunded')),
                ('cancelled', orders.status = 'cancelled'),
                ('refunded', orders.status = 'refunded')
            ) AS steps (action, is_due)
        WHERE steps.is_due
        UNION ALL
        SELECT
            order_id,
            CASE kind WHEN 'charge' THEN 'payment' ELSE kind END AS action
        FROM payments
        UNION ALL
        SELECT
            order_id,
            'shipped' AS action
        FROM shipments
        -- One row may tell of several of these.
        UNION ALL
        SELECT DISTINCT
            order_id,
            'delivered' AS action
        FROM shipments
        WHERE delivered_at IS NOT NULL
        UNION ALL
        SELECT DISTINCT
            order_id,
            'returned' AS action
        FROM returns
    ),

    told AS (
        SELECT
            order_id,
            CASE action WHEN 'expired' THEN 'cancelled' ELSE action END AS action
        FROM order_audit
    ),

    events AS (
        SELECT
            order_id,
            action,
            1 AS expected,
            0 AS actual
        FROM happened
        UNION ALL
        SELECT
            order_id,
            action,
            0 AS expected,
            1 AS actual
        FROM told
    )

    SELECT
        'order_is_audited' AS invariant,
        format('order %s', order_id) AS object,
        format('%s x %s', sum(expected), action) AS expected,
        format('%s x %s', sum(actual), action) AS actual
    FROM events
    WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
    GROUP BY order_id, action
    HAVING sum(actual) < sum(expected);
END;
REVOKE EXECUTE ON FUNCTION audit_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION audit_violations(INT[]) IS
'Orders that lack an audit row: that they were placed, and where it is so paid, cancelled (or
expired), refunded, delivered or had units returned; one a payment, refund, chargeback and parcel.
Of p_order_ids, or of all where it is NULL. Internal.';
