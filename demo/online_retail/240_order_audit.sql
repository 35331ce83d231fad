-- The life of each order as the store itself would have written it down, oldest first: the event
-- feed then tells a year of sales in the order they happened. Nobody was signed in.

INSERT INTO order_audit (order_id, action, details, customer_id, performed_at)
WITH parcels AS (
    SELECT
        shipment_id,
        order_id,
        jsonb_agg(
            jsonb_build_object('line_no', line_no, 'quantity', quantity) ORDER BY line_no
        ) AS items
    FROM shipment_items
    GROUP BY shipment_id, order_id
),

order_events AS (
    SELECT
        orders.order_id,
        event.step,
        event.action,
        event.details,
        orders.created_at AS performed_at
    FROM orders
    INNER JOIN source_invoices ON orders.idempotency_key = source_invoices.invoice_no
    INNER JOIN parcels ON orders.order_id = parcels.order_id
    CROSS JOIN
        LATERAL (
            VALUES
            -- The country as the invoice writes it: not all of them are one.
            (1, 'placed', jsonb_build_object(
                'total', orders.total, 'country', source_invoices.country
            )),
            (3, 'paid', jsonb_build_object('total', orders.total)),
            (4, 'shipped', jsonb_build_object(
                'shipment_id', parcels.shipment_id, 'items', parcels.items, 'complete', TRUE
            )),
            (5, 'delivered', jsonb_build_object('shipment_ids', ARRAY[parcels.shipment_id]))
        ) AS event (step, action, details)
),

payment_events AS (
    SELECT
        order_id,
        CASE kind WHEN 'charge' THEN 2 ELSE 7 END AS step,
        CASE kind WHEN 'charge' THEN 'payment' ELSE kind END AS action,
        jsonb_build_object(
            'payment_id', payment_id, 'amount', amount, 'provider', provider
        ) AS details,
        created_at AS performed_at
    FROM payments
),

returned_lines AS (
    SELECT
        order_id,
        line_no,
        shipment_id,
        reason,
        created_at,
        sum(quantity) AS quantity
    FROM returns
    GROUP BY order_id, line_no, shipment_id, reason, created_at
),

return_events AS (
    SELECT
        returned_lines.order_id,
        6 AS step,
        'returned' AS action,
        jsonb_build_object(
            'credit_no', max(credits.credit_no),
            'items',
            jsonb_agg(
                jsonb_build_object(
                    'line_no', returned_lines.line_no, 'quantity', returned_lines.quantity
                )
                ORDER BY returned_lines.line_no
            ),
            'amount', coalesce(sum(credits.amount), 0),
            'restocked', TRUE,
            'shipment_id', returned_lines.shipment_id
        ) AS details,
        returned_lines.created_at AS performed_at
    FROM returned_lines
    LEFT JOIN credits
        ON
            returned_lines.order_id = credits.order_id
            AND returned_lines.line_no = credits.line_no
            AND returned_lines.reason = credits.reason
    GROUP BY
        returned_lines.order_id, returned_lines.shipment_id, returned_lines.reason,
        returned_lines.created_at
),

events AS (
    SELECT * FROM order_events
    UNION ALL
    SELECT * FROM payment_events
    UNION ALL
    SELECT * FROM return_events
)

SELECT
    order_id,
    action,
    details,
    NULL AS customer_id,
    performed_at
FROM events
ORDER BY performed_at, order_id, step, details -> 'credit_no', details -> 'payment_id';
