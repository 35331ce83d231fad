-- Where an order's audit trail and its books differ: what is not told, did not happen, or is told
-- with another amount. So a sealed row vouches for the ledgers.

CREATE OR REPLACE FUNCTION _audit_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH booked AS (
        SELECT
            orders.order_id,
            steps.event,
            steps.amount
        FROM orders
        INNER JOIN customers ON orders.customer_id = customers.customer_id
        CROSS JOIN
            LATERAL (
                VALUES
                ('placed', orders.total, TRUE),
                ('paid', orders.total, orders.paid_at IS NOT NULL),
                ('released', NULL, orders.released_at IS NOT NULL),
                ('written_off', NULL, orders.written_off_at IS NOT NULL),
                ('cancelled', NULL, orders.status = 'cancelled'),
                ('erased', NULL, customers.erased_at IS NOT NULL)
            ) AS steps (event, amount, is_due)
        WHERE steps.is_due
        UNION ALL
        SELECT
            order_id,
            format(
                '%s %s', CASE kind WHEN 'charge' THEN 'payment' ELSE kind END, payment_id
            ) AS event,
            amount
        FROM payments
        UNION ALL
        SELECT
            order_id,
            format('credit %s', credit_no) AS event,
            sum(amount) AS amount
        FROM credits
        GROUP BY order_id, credit_no
        UNION ALL
        SELECT
            order_id,
            format('parcel %s line %s', shipment_id, line_no) AS event,
            quantity AS amount
        FROM shipment_items
        UNION ALL
        SELECT
            order_id,
            format('delivery of parcel %s', shipment_id) AS event,
            NULL AS amount
        FROM shipments
        WHERE delivered_at IS NOT NULL
        UNION ALL
        SELECT
            order_id,
            format('returns of line %s', line_no) AS event,
            sum(quantity) AS amount
        FROM returns
        GROUP BY order_id, line_no
    ),

    told AS (
        SELECT
            order_id,
            CASE
                WHEN action IN ('payment', 'refund', 'chargeback', 'reversal')
                    THEN format('%s %s', action, details ->> 'payment_id')
                WHEN details ->> 'credit_no' IS NOT NULL
                    THEN format('credit %s', details ->> 'credit_no')
                WHEN action = 'expired' THEN 'cancelled'
                ELSE action
            END AS event,
            CASE
                WHEN action IN ('placed', 'paid') THEN (details ->> 'total')::NUMERIC
                WHEN action <> 'written_off' THEN (details ->> 'amount')::NUMERIC
            END AS amount
        FROM order_audit
        WHERE
            action IN (
                'placed', 'paid', 'released', 'written_off', 'cancelled', 'expired', 'erased',
                'payment', 'refund', 'chargeback', 'reversal'
            )
            OR details ->> 'credit_no' IS NOT NULL
        UNION ALL
        SELECT
            order_audit.order_id,
            CASE order_audit.action
                WHEN 'shipped'
                    THEN
                        format(
                            'parcel %s line %s',
                            order_audit.details ->> 'shipment_id',
                            items.line_no
                        )
                ELSE format('returns of line %s', items.line_no)
            END AS event,
            sum(items.quantity) AS amount
        FROM order_audit
        CROSS JOIN
            LATERAL jsonb_to_recordset(order_audit.details -> 'items') AS items (
                line_no INT, quantity INT
            )
        WHERE order_audit.action IN ('shipped', 'returned')
        GROUP BY order_audit.order_id, event
        UNION ALL
        SELECT
            order_audit.order_id,
            format('delivery of parcel %s', parcels.shipment_id) AS event,
            NULL AS amount
        FROM order_audit
        CROSS JOIN
            LATERAL jsonb_array_elements_text(order_audit.details -> 'shipment_ids')
                AS parcels (shipment_id)
        WHERE order_audit.action = 'delivered'
    ),

    events AS (
        SELECT
            booked.*,
            TRUE AS is_booked
        FROM booked
        UNION ALL
        SELECT
            told.*,
            FALSE AS is_booked
        FROM told
    ),

    sides AS (
        SELECT
            order_id,
            event,
            count(*) FILTER (WHERE is_booked) AS times_booked,
            count(*) FILTER (WHERE NOT is_booked) AS times_told,
            sum(amount) FILTER (WHERE is_booked) AS amount_booked,
            sum(amount) FILTER (WHERE NOT is_booked) AS amount_told
        FROM events
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, event
    )

    SELECT
        'audit_tells_what_is_booked' AS invariant,
        format('order %s', order_id) AS object,
        concat_ws(', ', format('%s x %s', times_booked, event), amount_booked) AS expected,
        concat_ws(', ', format('%s x %s', times_told, event), amount_told) AS actual
    FROM sides
    WHERE times_booked <> times_told OR amount_booked IS DISTINCT FROM amount_told;
END;
REVOKE EXECUTE ON FUNCTION _audit_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _audit_violations(INT[]) IS
'Events of orders that the audit trail does not tell as often, or with the same amount or units, as
the books do: of p_order_ids, or of all where it is NULL. Internal.';
