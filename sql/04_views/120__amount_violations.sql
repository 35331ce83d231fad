-- Amounts of an order that its own lines, payments or credits contradict. Its total needs no check:
-- it is generated.

CREATE OR REPLACE FUNCTION _amount_violations(p_order_ids INT[])
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
            sum(amount) FILTER (WHERE kind = 'charge') AS charged,
            sum(amount) FILTER (WHERE kind IN ('refund', 'reversal')) AS refunded,
            sum(amount) FILTER (WHERE kind = 'chargeback') AS charged_back
        FROM payments
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    ),

    credit_sums AS (
        SELECT
            order_id,
            sum(amount) AS credited
        FROM credits
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
        GROUP BY order_id
    )

    SELECT
        amounts.invariant,
        format('order %s', orders.order_id) AS object,
        coalesce(amounts.expected, 0)::NUMERIC(14, 2)::TEXT AS expected,
        amounts.actual::NUMERIC(14, 2)::TEXT AS actual
    FROM orders
    LEFT JOIN line_sums ON orders.order_id = line_sums.order_id
    LEFT JOIN payment_sums ON orders.order_id = payment_sums.order_id
    LEFT JOIN credit_sums ON orders.order_id = credit_sums.order_id
    CROSS JOIN
        LATERAL (
            VALUES
            ('subtotal_equals_lines', line_sums.subtotal, orders.subtotal),
            ('discount_equals_lines', line_sums.discount, orders.discount),
            ('tax_equals_lines', coalesce(line_sums.tax, 0) + orders.shipping_tax, orders.tax),
            ('paid_equals_payments', payment_sums.charged, orders.paid_amount),
            ('refunded_equals_payments', payment_sums.refunded, orders.refunded_amount),
            ('charged_back_equals_payments', payment_sums.charged_back, orders.charged_back_amount),
            ('credited_equals_credits', credit_sums.credited, orders.credited_amount)
        ) AS amounts (invariant, expected, actual)
    WHERE
        (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
        AND coalesce(amounts.expected, 0) <> amounts.actual
    UNION ALL
    -- A charge taken off one order, and perhaps booked on another, keeps its amount.
    SELECT
        'moved_money_equals_its_charge' AS invariant,
        format('payment %s', moved.payment_id) AS object,
        format(
            '%s %s order %s', charges.amount,
            CASE moved.kind WHEN 'reversal' THEN 'of' ELSE 'not of' END, charges.order_id
        ) AS expected,
        format('%s of order %s', moved.amount, moved.order_id) AS actual
    FROM payments AS moved
    INNER JOIN payments AS charges ON moved.of_payment_id = charges.payment_id
    WHERE
        (p_order_ids IS NULL OR moved.order_id = ANY(p_order_ids))
        AND (
            moved.amount <> charges.amount
            OR (moved.order_id = charges.order_id) <> (moved.kind = 'reversal')
            OR charges.kind <> 'charge'
        )
    UNION ALL
    SELECT
        'moved_money_was_taken_off_first' AS invariant,
        format('payment %s', moved.payment_id) AS object,
        format('a reversal of payment %s', moved.of_payment_id) AS expected,
        'none' AS actual
    FROM payments AS moved
    LEFT JOIN payments AS reversals
        ON moved.of_payment_id = reversals.of_payment_id AND reversals.kind = 'reversal'
    WHERE
        moved.kind = 'charge'
        AND moved.of_payment_id IS NOT NULL
        AND (p_order_ids IS NULL OR moved.order_id = ANY(p_order_ids))
        AND reversals.payment_id IS NULL;
END;
REVOKE EXECUTE ON FUNCTION _amount_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _amount_violations(INT[]) IS
'Orders with an amount that is not the sum of their lines, payments or credits, and money moved
between orders that is not that of its charge: of p_order_ids, or of all where it is NULL.
Internal.';
