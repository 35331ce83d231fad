-- Erased customers of whom something is left, or who still do business.

CREATE OR REPLACE FUNCTION _privacy_violations(p_since TIMESTAMPTZ)
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH traces AS (
        SELECT
            customers.customer_id,
            'erased_customer_has_no_address' AS invariant
        FROM customers
        INNER JOIN addresses ON customers.customer_id = addresses.customer_id
        WHERE customers.erased_at >= p_since
        UNION ALL
        SELECT
            customers.customer_id,
            checks.invariant
        FROM customers
        INNER JOIN orders ON customers.customer_id = orders.customer_id
        CROSS JOIN
            LATERAL (
                VALUES
                (
                    'erased_customer_orders_are_anonymous',
                    num_nonnulls(
                        orders.ship_to, orders.bill_to, orders.idempotency_key,
                        orders.cancel_reason, orders.release_reason, orders.write_off_reason
                    ) > 0
                ),
                (
                    'erased_customer_has_no_open_order',
                    orders.status IN ('pending', 'paid', 'shipped')
                ),
                (
                    'erased_customer_left_no_reason',
                    EXISTS (
                        SELECT FROM payments
                        WHERE
                            payments.order_id = orders.order_id
                            AND payments.reason IS NOT NULL
                    )
                    OR EXISTS (
                        SELECT FROM returns
                        WHERE
                            returns.order_id = orders.order_id
                            AND returns.reason IS NOT NULL
                    )
                    OR EXISTS (
                        SELECT FROM credits
                        WHERE
                            credits.order_id = orders.order_id
                            AND credits.reason IS NOT NULL
                    )
                )
            ) AS checks (invariant, is_violated)
        WHERE customers.erased_at >= p_since AND checks.is_violated
    )

    SELECT
        invariant,
        format('customer %s', customer_id) AS object,
        '0' AS expected,
        count(*)::TEXT AS actual
    FROM traces
    GROUP BY invariant, customer_id;
END;
REVOKE EXECUTE ON FUNCTION _privacy_violations(TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _privacy_violations(TIMESTAMPTZ) IS
'Customers erased at or after p_since who still have an address, an order with an address, key or
reason of theirs, an open order, or a payment, return or credit with a reason. Internal.';
