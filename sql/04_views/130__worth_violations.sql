-- Where the worth of an order does not add up. Every cent of it lies in what is not yet supplied or
-- in what is supplied and kept, a line and the delivery each for itself: what was placed, less what
-- left and what was credited.

CREATE OR REPLACE FUNCTION _worth_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH shipped AS (
        SELECT
            order_id,
            line_no,
            sum(net) AS net,
            sum(tax) AS tax
        FROM shipment_items
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, line_no
    ),

    delivered AS (
        SELECT
            order_id,
            sum(delivery_net) AS net,
            sum(delivery_tax) AS tax
        FROM shipments
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    credited AS NOT MATERIALIZED (
        SELECT
            order_id,
            line_no,  -- NULL = the delivery
            sum(net) FILTER (WHERE NOT is_supplied) AS open_net,
            sum(tax) FILTER (WHERE NOT is_supplied) AS open_tax,
            sum(net) FILTER (WHERE is_supplied) AS kept_net,
            sum(tax) FILTER (WHERE is_supplied) AS kept_tax
        FROM credits
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id, line_no
    ),

    -- A cancelled order is worth nothing, whatever its lines say. Lines and deliveries are each
    -- compared in the order of their keys: stacked first they would have to be sorted.
    worth AS (
        SELECT
            order_items.order_id,
            format('line %s', order_items.line_no) AS part,
            'nothing_open_is_worth_nothing' AS invariant,
            order_items.line_total
            - CASE WHEN orders.prices_include_tax THEN order_items.tax ELSE 0 END AS net,
            order_items.tax,
            shipped.net AS shipped_net,
            shipped.tax AS shipped_tax,
            credited.open_net,
            credited.open_tax,
            credited.kept_net,
            credited.kept_tax,
            order_items.quantity = order_items.shipped_quantity + order_items.cancelled_quantity
                AS is_supplied,
            order_items.shipped_quantity = order_items.returned_quantity AS is_back
        FROM orders
        INNER JOIN order_items ON orders.order_id = order_items.order_id
        LEFT JOIN shipped
            ON order_items.order_id = shipped.order_id AND order_items.line_no = shipped.line_no
        LEFT JOIN credited
            ON order_items.order_id = credited.order_id AND order_items.line_no = credited.line_no
        WHERE
            orders.status <> 'cancelled'
            AND (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
        UNION ALL
        SELECT
            orders.order_id,
            'delivery' AS part,
            'delivery_leaves_with_the_first_parcel' AS invariant,
            orders.shipping_fee
            - CASE WHEN orders.prices_include_tax THEN orders.shipping_tax ELSE 0 END AS net,
            orders.shipping_tax AS tax,
            delivered.net AS shipped_net,
            delivered.tax AS shipped_tax,
            credited.open_net,
            credited.open_tax,
            credited.kept_net,
            credited.kept_tax,
            delivered.order_id IS NOT NULL AS is_supplied,
            FALSE AS is_back  -- it may be kept without goods
        FROM orders
        LEFT JOIN delivered ON orders.order_id = delivered.order_id
        LEFT JOIN credited ON orders.order_id = credited.order_id AND credited.line_no IS NULL
        WHERE
            orders.status <> 'cancelled'
            AND (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
    ),

    sides AS (
        SELECT
            worth.order_id,
            worth.part,
            side.*
        FROM worth
        CROSS JOIN
            LATERAL (
                VALUES
                (
                    worth.invariant,
                    'not supplied',
                    worth.net - coalesce(worth.shipped_net, 0) - coalesce(worth.open_net, 0),
                    worth.tax - coalesce(worth.shipped_tax, 0) - coalesce(worth.open_tax, 0),
                    worth.is_supplied
                ),
                (
                    'nothing_kept_is_worth_nothing',
                    'kept',
                    coalesce(worth.shipped_net, 0) - coalesce(worth.kept_net, 0),
                    coalesce(worth.shipped_tax, 0) - coalesce(worth.kept_tax, 0),
                    worth.is_back
                )
            ) AS side (invariant, name, net, tax, is_over)
    )

    SELECT
        CASE WHEN least(net, tax) < 0 THEN 'worth_is_never_negative' ELSE invariant END
            AS invariant,
        format('order %s %s', order_id, part) AS object,
        CASE WHEN is_over THEN '0 ' ELSE '0 or more ' END || name AS expected,
        format('%s net and %s tax', net, tax) AS actual
    FROM sides
    WHERE least(net, tax) < 0 OR (is_over AND greatest(net, tax) > 0);
END;
REVOKE EXECUTE ON FUNCTION _worth_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _worth_violations(INT[]) IS
'Lines, and deliveries, of orders not cancelled that are worth less than 0 on either side, or more
where nothing of that side is left: of p_order_ids, or of all where it is NULL. Internal.';
