-- The life of each order as the store itself would have written it down, oldest first: the event
-- feed then tells a year of sales in the order they happened.

INSERT INTO order_audit (order_id, action, details, performed_at)
WITH order_events AS (
    SELECT
        orders.order_id,
        event.step,
        event.action,
        event.details,
        orders.created_at AS performed_at
    FROM orders
    INNER JOIN source_invoices ON orders.idempotency_key = source_invoices.invoice_no
    INNER JOIN shipments ON orders.order_id = shipments.order_id
    LEFT JOIN payments ON orders.order_id = payments.order_id AND payments.kind = 'charge'
    CROSS JOIN
        LATERAL (
            VALUES
            -- The country as the invoice writes it: not all of them are one.
            (1, 'placed', jsonb_build_object(
                'total', orders.total, 'country', source_invoices.country
            )),
            (2, 'payment', jsonb_build_object(
                'payment_id',
                payments.payment_id,
                'amount',
                payments.amount,
                'provider',
                payments.provider
            )),
            (3, 'paid', jsonb_build_object('total', orders.total)),
            (4, 'shipped', jsonb_build_object(
                'shipment_id', shipments.shipment_id, 'complete', TRUE
            )),
            (5, 'delivered', jsonb_build_object('shipment_ids', ARRAY[shipments.shipment_id]))
        ) AS event (step, action, details)
    WHERE event.action <> 'payment' OR payments.payment_id IS NOT NULL
),

return_events AS (
    SELECT
        returns.order_id,
        6 AS step,
        'returned' AS action,
        jsonb_build_object(
            'items',
            jsonb_agg(
                jsonb_build_object('line_no', returns.line_no, 'quantity', returns.quantity)
                ORDER BY returns.line_no
            ),
            'value', sum(returns.quantity * order_items.unit_price),
            'restocked', TRUE,
            'reason', returns.reason
        ) AS details,
        returns.created_at AS performed_at
    FROM returns
    INNER JOIN order_items
        ON returns.order_id = order_items.order_id AND returns.line_no = order_items.line_no
    GROUP BY returns.order_id, returns.reason, returns.created_at
),

refund_events AS (
    SELECT
        order_id,
        7 AS step,
        'refund' AS action,
        jsonb_build_object(
            'payment_id', payment_id,
            'amount', amount,
            'provider', provider,
            'reason', split_part(provider_reference, '/', 1)
        ) AS details,
        created_at AS performed_at
    FROM payments
    WHERE kind = 'refund'
),

final_events AS (
    SELECT
        orders.order_id,
        8 AS step,
        'refunded' AS action,
        '{}'::JSONB AS details,
        max(payments.created_at) AS performed_at
    FROM orders
    INNER JOIN payments ON orders.order_id = payments.order_id
    WHERE orders.status = 'refunded'
    GROUP BY orders.order_id
),

events AS (
    SELECT * FROM order_events
    UNION ALL
    SELECT * FROM return_events
    UNION ALL
    SELECT * FROM refund_events
    UNION ALL
    SELECT * FROM final_events
)

SELECT
    order_id,
    action,
    details,
    performed_at
FROM events
ORDER BY performed_at, order_id, step;
