-- Orders whose status says one thing, and their units or money another. Internal:
-- check_integrity() asks it.

CREATE OR REPLACE FUNCTION status_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH units AS (
        SELECT
            order_id,
            sum(shipped_quantity) AS shipped,
            sum(cancelled_quantity) AS cancelled,
            sum(quantity - shipped_quantity - cancelled_quantity) AS open
        FROM order_items
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    parcels AS (
        SELECT
            order_id,
            count(*) FILTER (WHERE delivered_at IS NULL) AS under_way
        FROM shipments
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    -- A shipped, refunded or cancelled order is past being judged by money: chargebacks and late
    -- charges may come at any time.
    judged AS (
        SELECT
            orders.order_id,
            orders.status,
            CASE orders.status
                WHEN 'pending' THEN units.shipped + units.cancelled = 0
                WHEN 'paid' THEN units.open > 0
                WHEN 'cancelled' THEN units.shipped = 0
                ELSE units.open = 0 AND units.shipped > 0
            END AS fits_units,
            CASE orders.status
                WHEN 'pending' THEN orders.paid_amount - orders.refunded_amount < orders.total
                WHEN 'cancelled' THEN TRUE
                WHEN 'refunded' THEN orders.refunded_amount > 0
                WHEN 'paid' THEN orders.paid_amount >= orders.total
                ELSE
                    orders.paid_amount >= orders.total
                    AND (orders.paid_amount = 0 OR orders.refunded_amount < orders.paid_amount)
            END AS fits_money,
            CASE orders.status
                WHEN 'delivered' THEN coalesce(parcels.under_way, 0) = 0
                WHEN 'shipped' THEN parcels.under_way > 0
                ELSE TRUE
            END AS fits_parcels,
            format(
                '%s open, %s shipped, %s cancelled', units.open, units.shipped, units.cancelled
            ) AS units_found,
            format(
                '%s paid, %s refunded of %s',
                orders.paid_amount,
                orders.refunded_amount,
                orders.total
            ) AS money_found,
            format('%s parcels under way', coalesce(parcels.under_way, 0)) AS parcels_found
        FROM orders
        LEFT JOIN units ON orders.order_id = units.order_id
        LEFT JOIN parcels ON orders.order_id = parcels.order_id
        WHERE p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids)
    )

    SELECT
        findings.invariant,
        format('order %s', judged.order_id) AS object,
        judged.status::TEXT AS expected,
        findings.found AS actual
    FROM judged
    CROSS JOIN
        LATERAL (
            VALUES
            ('status_fits_units', judged.fits_units, judged.units_found),
            ('status_fits_money', judged.fits_money, judged.money_found),
            ('status_fits_parcels', judged.fits_parcels, judged.parcels_found)
        ) AS findings (invariant, fits, found)
    WHERE findings.fits IS NOT TRUE;
END;
REVOKE EXECUTE ON FUNCTION status_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION status_violations(INT[]) IS
'Orders whose status is not what their units (pending: none left or cancelled; paid: some open;
shipped, delivered, refunded: none open, some shipped; cancelled: none shipped), their money
(pending: not paid in full; paid and later: was paid in full; refunded: something given back;
shipped and delivered: not all of it) or their parcels (shipped: one under way; delivered: none)
make it: of p_order_ids, or of all where it is NULL. Internal.';
