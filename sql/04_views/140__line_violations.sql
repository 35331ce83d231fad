-- Lines of orders that their order, parcels, returns or audit trail contradict, and parcels that
-- hold nothing or had more come back than they held.

CREATE OR REPLACE FUNCTION _line_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH shipped AS (
        SELECT
            order_id,
            line_no,
            sum(quantity) AS units
        FROM shipment_items
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, line_no
    ),

    returned AS (
        SELECT
            order_id,
            line_no,
            sum(quantity) AS units
        FROM returns
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, line_no
    ),

    -- Cancelled units have no table of their own; the audit trail says which they were.
    cancelled AS (
        SELECT
            order_audit.order_id,
            items.line_no,
            sum(items.quantity) AS units
        FROM order_audit
        CROSS JOIN
            LATERAL jsonb_to_recordset(order_audit.details -> 'items') AS items (
                line_no INT, quantity INT
            )
        WHERE
            order_audit.action = 'items_cancelled'
            AND (p_order_ids IS NULL OR order_audit.order_id = ANY(p_order_ids))
        GROUP BY order_audit.order_id, items.line_no
    )

    SELECT
        facts.invariant,
        format('order %s line %s', order_items.order_id, order_items.line_no) AS object,
        trim_scale(coalesce(facts.expected, 0))::TEXT AS expected,
        trim_scale(facts.actual)::TEXT AS actual
    FROM order_items
    INNER JOIN orders ON order_items.order_id = orders.order_id
    LEFT JOIN shipped
        ON order_items.order_id = shipped.order_id AND order_items.line_no = shipped.line_no
    LEFT JOIN returned
        ON order_items.order_id = returned.order_id AND order_items.line_no = returned.line_no
    LEFT JOIN cancelled
        ON order_items.order_id = cancelled.order_id AND order_items.line_no = cancelled.line_no
    CROSS JOIN
        LATERAL (
            VALUES
            ('shipped_equals_parcels', shipped.units, order_items.shipped_quantity, 0),
            ('returned_equals_returns', returned.units, order_items.returned_quantity, 0),
            ('cancelled_equals_audit', cancelled.units, order_items.cancelled_quantity, 0),
            (
                'line_tax_follows_order',
                _tax_of(
                    order_items.line_total,
                    order_items.tax_rate,
                    orders.prices_include_tax,
                    orders.decimals
                ),
                order_items.tax,
                0
            ),
            (
                'discount_is_shared_fairly',
                round(
                    orders.discount * order_items.quantity * order_items.unit_price
                    / nullif(orders.subtotal, 0), 4
                ),
                order_items.discount,
                CASE orders.decimals WHEN 0 THEN 1 ELSE 0.01 END  -- an exact share is no whole cent
            )
        ) AS facts (invariant, expected, actual, tolerance)
    WHERE
        (p_order_ids IS NULL OR order_items.order_id = ANY(p_order_ids))
        AND abs(coalesce(facts.expected, 0) - facts.actual) > facts.tolerance
    UNION ALL
    SELECT
        'parcel_gives_back_what_it_held' AS invariant,
        format('parcel %s line %s', held.shipment_id, held.line_no) AS object,
        format('at most %s', held.quantity) AS expected,
        sum(returns.quantity)::TEXT AS actual
    FROM returns
    INNER JOIN shipment_items AS held
        ON
            returns.shipment_id = held.shipment_id
            AND returns.order_id = held.order_id
            AND returns.line_no = held.line_no
    WHERE p_order_ids IS NULL OR returns.order_id = ANY(p_order_ids)
    GROUP BY held.shipment_id, held.order_id, held.line_no
    HAVING sum(returns.quantity) > held.quantity
    UNION ALL
    SELECT
        'parcel_is_not_empty' AS invariant,
        format('parcel %s', shipments.shipment_id) AS object,
        '1 or more lines' AS expected,
        '0' AS actual
    FROM shipments
    WHERE
        (p_order_ids IS NULL OR shipments.order_id = ANY(p_order_ids))
        AND NOT EXISTS (
            SELECT
            FROM shipment_items
            WHERE shipment_items.shipment_id = shipments.shipment_id
        );
END;
REVOKE EXECUTE ON FUNCTION _line_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _line_violations(INT[]) IS
'Order lines with a quantity, tax or discount, and parcels with a content, that other rows
contradict: of p_order_ids, or of all where it is NULL. Internal.';
