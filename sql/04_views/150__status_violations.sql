-- Orders whose status says one thing, and their units, money or parcels another.

CREATE OR REPLACE FUNCTION _status_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH units AS (
        SELECT
            order_id,
            sum(quantity - shipped_quantity - cancelled_quantity) AS open,
            sum(shipped_quantity) AS shipped,
            sum(shipped_quantity - returned_quantity) AS kept
        FROM order_items
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    parcels AS (
        SELECT
            order_id,
            count(*) AS under_way
        FROM parcels_under_way
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    -- From shipping on money says nothing of the status: chargebacks and late charges may come.
    judged AS (
        SELECT
            orders.order_id,
            orders.status,
            CASE orders.status
                WHEN 'cancelled' THEN units.shipped = 0
                WHEN 'returned' THEN units.open = 0 AND units.kept = 0 AND units.shipped > 0
                WHEN 'shipped' THEN units.open = 0 AND units.kept > 0
                WHEN 'delivered' THEN units.open = 0 AND units.kept > 0
                ELSE units.open > 0
            END AS fits_units,
            CASE orders.status
                WHEN 'pending'
                    THEN
                        orders.balance > 0 AND orders.paid_at IS NULL
                        AND (units.shipped = 0 OR orders.released_at IS NOT NULL)
                WHEN 'paid' THEN orders.paid_at IS NOT NULL
                ELSE TRUE
            END AS fits_money,
            CASE orders.status
                WHEN 'delivered' THEN coalesce(parcels.under_way, 0) = 0
                WHEN 'shipped' THEN parcels.under_way > 0
                ELSE TRUE
            END AS fits_parcels,
            format(
                '%s open, %s shipped, %s kept', units.open, units.shipped, units.kept
            ) AS units_found,
            format(
                '%s owed, %s, %s', orders.balance,
                CASE WHEN orders.paid_at IS NULL THEN 'never paid' ELSE 'once paid' END,
                CASE WHEN orders.released_at IS NULL THEN 'not released' ELSE 'released' END
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
REVOKE EXECUTE ON FUNCTION _status_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _status_violations(INT[]) IS
'Orders whose status is not what their units, money or parcels make it: of p_order_ids, or of all
where it is NULL. Internal.';
