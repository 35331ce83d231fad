-- Amounts of an order that its own lines or payments contradict. Internal: check_integrity() asks
-- it.

CREATE OR REPLACE FUNCTION price_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH line_sums AS (
        SELECT
            order_id,
            sum(quantity * unit_price) AS subtotal,
            sum(discount) AS discount,
            sum(tax) AS tax
        FROM order_items
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    payment_sums AS (
        SELECT
            order_id,
            coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS charged,
            coalesce(sum(amount) FILTER (WHERE kind <> 'charge'), 0) AS given_back
        FROM payments
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    )

    SELECT
        amounts.invariant,
        format('order %s', orders.order_id) AS object,
        amounts.expected::NUMERIC(14, 2)::TEXT AS expected,
        amounts.actual::TEXT AS actual
    FROM orders
    LEFT JOIN line_sums ON orders.order_id = line_sums.order_id
    LEFT JOIN payment_sums ON orders.order_id = payment_sums.order_id
    CROSS JOIN
        LATERAL (
            VALUES
            ('subtotal_equals_lines', coalesce(line_sums.subtotal, 0), orders.subtotal),
            ('discount_equals_lines', coalesce(line_sums.discount, 0), orders.discount),
            ('tax_equals_lines', coalesce(line_sums.tax, 0) + orders.shipping_tax, orders.tax),
            ('paid_equals_payments', coalesce(payment_sums.charged, 0), orders.paid_amount),
            (
                'refunded_equals_payments',
                coalesce(payment_sums.given_back, 0),
                orders.refunded_amount
            )
        ) AS amounts (invariant, expected, actual)
    WHERE
        (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
        AND amounts.expected <> amounts.actual;
END;
REVOKE EXECUTE ON FUNCTION price_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION price_violations(INT[]) IS
'Orders whose subtotal, discount or tax is not the sum of their lines (the tax with that of the
shipping), or whose paid or refunded amount is not the sum of their payments: of p_order_ids, or of
all where it is NULL. Totals need no check, they are generated. Internal.';
