-- Where the worth of an order does not add up. Every cent of it lies in what is not yet supplied or
-- in what is supplied and kept, a line and the delivery each for itself: what was placed, less what
-- left and what was credited.

CREATE OR REPLACE FUNCTION _worth_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- Line 0 is the delivery.
    WITH placed AS (
        SELECT
            order_items.order_id,
            order_items.line_no,
            order_items.line_total
            - CASE WHEN orders.prices_include_tax THEN order_items.tax ELSE 0 END AS net,
            order_items.tax,
            order_items.quantity - order_items.shipped_quantity - order_items.cancelled_quantity
                AS open_units,
            order_items.shipped_quantity - order_items.returned_quantity AS kept_units
        FROM orders
        INNER JOIN order_items ON orders.order_id = order_items.order_id
        WHERE
            orders.status <> 'cancelled'  -- worth nothing, whatever its lines say
            AND (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
        UNION ALL
        SELECT
            order_id,
            0 AS line_no,
            shipping_fee - CASE WHEN prices_include_tax THEN shipping_tax ELSE 0 END AS net,
            shipping_tax AS tax,
            NULL AS open_units,
            NULL AS kept_units
        FROM orders
        WHERE
            status <> 'cancelled'
            AND (p_order_ids IS NULL OR order_id = ANY(p_order_ids))
    ),

    shipped AS (
        SELECT
            order_id,
            line_no,
            sum(net) AS net,
            sum(tax) AS tax
        FROM shipment_items
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, line_no
        UNION ALL
        SELECT
            order_id,
            0 AS line_no,
            sum(delivery_net) AS net,
            sum(delivery_tax) AS tax
        FROM shipments
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    credited AS (
        SELECT
            order_id,
            coalesce(line_no, 0) AS line_no,
            sum(net) FILTER (WHERE NOT is_supplied) AS open_net,
            sum(tax) FILTER (WHERE NOT is_supplied) AS open_tax,
            sum(net) FILTER (WHERE is_supplied) AS kept_net,
            sum(tax) FILTER (WHERE is_supplied) AS kept_tax
        FROM credits
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, coalesce(line_no, 0)
    ),

    sides AS (
        SELECT
            placed.order_id,
            placed.line_no,
            side.*
        FROM placed
        LEFT JOIN shipped
            ON placed.order_id = shipped.order_id AND placed.line_no = shipped.line_no
        LEFT JOIN credited
            ON placed.order_id = credited.order_id AND placed.line_no = credited.line_no
        CROSS JOIN
            LATERAL (
                VALUES
                (
                    CASE placed.line_no
                        WHEN 0 THEN 'delivery_leaves_with_the_first_parcel'
                        ELSE 'nothing_open_is_worth_nothing'
                    END,
                    'not supplied',
                    placed.net - coalesce(shipped.net, 0) - coalesce(credited.open_net, 0),
                    placed.tax - coalesce(shipped.tax, 0) - coalesce(credited.open_tax, 0),
                    CASE placed.line_no
                        WHEN 0 THEN shipped.order_id IS NOT NULL
                        ELSE placed.open_units = 0
                    END
                ),
                (
                    'nothing_kept_is_worth_nothing',
                    'kept',
                    coalesce(shipped.net, 0) - coalesce(credited.kept_net, 0),
                    coalesce(shipped.tax, 0) - coalesce(credited.kept_tax, 0),
                    coalesce(placed.kept_units = 0, FALSE)  -- a delivery may be kept without goods
                )
            ) AS side (invariant, name, net, tax, is_over)
    )

    SELECT
        CASE WHEN least(net, tax) < 0 THEN 'worth_is_never_negative' ELSE invariant END
            AS invariant,
        format(
            'order %s %s', order_id, CASE line_no WHEN 0 THEN 'delivery' ELSE 'line ' || line_no END
        ) AS object,
        CASE WHEN is_over THEN '0 ' ELSE '0 or more ' END || name AS expected,
        format('%s net and %s tax', net, tax) AS actual
    FROM sides
    WHERE least(net, tax) < 0 OR (is_over AND greatest(net, tax) > 0);
END;
REVOKE EXECUTE ON FUNCTION _worth_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _worth_violations(INT[]) IS
'Lines, and deliveries, of orders not cancelled that are worth less than 0 on either side, or more
where nothing of that side is left: of p_order_ids, or of all where it is NULL. Internal.';
