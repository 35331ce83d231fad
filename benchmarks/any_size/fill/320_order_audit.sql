-- What the audit trail tells of all this, in the order it happened.

INSERT INTO order_audit (order_id, action, details, performed_by, customer_id, performed_at)
WITH units AS (
    SELECT
        order_id,
        jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity) ORDER BY line_no)
            AS items
    FROM lines
    GROUP BY order_id
)

SELECT
    events.order_id,
    events.action,
    events.details,
    'benchmark' AS performed_by,
    NULL AS customer_id,
    events.performed_at
FROM (
    SELECT
        priced.order_id,
        event.action,
        event.details,
        event.performed_at
    FROM priced
    INNER JOIN units ON priced.order_id = units.order_id
    CROSS JOIN
        LATERAL (
            VALUES
            ('placed', jsonb_build_object('total', priced.total), priced.created_at, TRUE),
            (
                'payment',
                jsonb_build_object(
                    'payment_id', priced.key, 'amount', priced.total,
                    'provider', 'stripe'
                ),
                priced.created_at + INTERVAL '5 minutes',
                priced.status NOT IN ('cancelled', 'pending')
            ),
            (
                'paid',
                jsonb_build_object('total', priced.total),
                priced.created_at + INTERVAL '5 minutes',
                priced.status NOT IN ('cancelled', 'pending')
            ),
            (
                'cancelled', '{}', priced.created_at + INTERVAL '1 minute',
                priced.status = 'cancelled'
            ),
            (
                'shipped',
                jsonb_build_object(
                    'shipment_id', priced.order_id, 'items', units.items, 'complete', TRUE
                ),
                priced.shipped_at,
                priced.status IN ('shipped', 'delivered')
            ),
            (
                'delivered',
                jsonb_build_object('shipment_ids', jsonb_build_array(priced.order_id)),
                priced.delivered_at,
                priced.status = 'delivered'
            ),
            (
                'returned',
                jsonb_build_object(
                    'credit_no', 1, 'items',
                    jsonb_build_array(
                        jsonb_build_object('line_no', 1, 'quantity', priced.line_quantity)
                    ),
                    'amount', priced.credited_amount, 'restocked', TRUE,
                    'shipment_id', priced.order_id
                ),
                priced.created_at + INTERVAL '10 days',
                priced.credit_kind = 'return'
            ),
            (
                'allowance',
                jsonb_build_object('credit_no', 1, 'amount', priced.credited_amount),
                priced.created_at + INTERVAL '10 days',
                priced.credit_kind = 'allowance'
            ),
            (
                'refund',
                jsonb_build_object(
                    'payment_id', priced.credit_key,
                    'amount', priced.credited_amount, 'provider', 'stripe'
                ),
                priced.created_at + INTERVAL '10 days 1 hour',
                priced.credit_kind IS NOT NULL AND priced.is_refunded
            )
        ) AS event (action, details, performed_at, has_happened)
    WHERE event.has_happened
    UNION ALL
    SELECT
        order_id,
        'document' AS action,
        jsonb_build_object(
            'document_id', document_id, 'kind', kind, 'series', series, 'number', number
        ) AS details,
        issued_at AS performed_at
    FROM documented
) AS events
ORDER BY events.performed_at, events.order_id;
